//! The predecessors of each node of a graph.

use petgraph::graph::NodeIndex;

/// The predecessors of every node, concatenated in a single array.
#[derive(Clone, Debug)]
pub(super) struct Predecessors {
    /// Where the list of each node begins, and where the last one ends.
    starts: Vec<usize>,
    nodes: Vec<NodeIndex>,
}

impl Predecessors {
    /// Returns predecessors of an empty graph.
    pub(super) fn none() -> Self {
        Self { starts: vec![0], nodes: Vec::new() }
    }

    /// Appends the predecessors of the next node.
    pub(super) fn push(&mut self, before: impl IntoIterator<Item = NodeIndex>) {
        self.nodes.extend(before);
        self.starts.push(self.nodes.len());
    }

    /// Returns the predecessors of a node.
    pub(super) fn of(&self, node: NodeIndex) -> &[NodeIndex] {
        &self.nodes[self.starts[node.index()]..self.starts[node.index() + 1]]
    }

    /// Returns the total number of predecessors of all nodes.
    pub(super) fn count(&self) -> usize {
        self.nodes.len()
    }
}
