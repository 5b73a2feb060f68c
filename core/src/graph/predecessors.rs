//! The nodes before each node of a graph.

use petgraph::graph::NodeIndex;

/// By node the nodes before it, one list after the other in a single array.
#[derive(Clone, Debug)]
pub(super) struct Predecessors {
    /// Where the list of each node begins; one more for where the last one ends.
    starts: Vec<usize>,
    nodes: Vec<NodeIndex>,
}

impl Predecessors {
    /// The predecessors of no node.
    pub(super) fn none() -> Self {
        Self { starts: vec![0], nodes: Vec::new() }
    }

    /// Adds the predecessors of one more node.
    pub(super) fn push(&mut self, before: impl IntoIterator<Item = NodeIndex>) {
        self.nodes.extend(before);
        self.starts.push(self.nodes.len());
    }

    /// Returns the predecessors of a node.
    pub(super) fn of(&self, node: NodeIndex) -> &[NodeIndex] {
        &self.nodes[self.starts[node.index()]..self.starts[node.index() + 1]]
    }

    /// Returns how many there are of all nodes together.
    pub(super) fn count(&self) -> usize {
        self.nodes.len()
    }
}
