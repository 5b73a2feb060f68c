//! The builder of a component graph.

use super::predecessors::Predecessors;
use super::{ComponentGraph, Part};
use petgraph::graph::NodeIndex;

/// A builder that collects nodes in topological order.
#[derive(Clone, Debug)]
pub struct GraphBuilder {
    parts: Vec<Part>,
    predecessors: Predecessors,
}

impl Default for GraphBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl GraphBuilder {
    /// Returns a builder that holds only the source.
    pub fn new() -> Self {
        let mut predecessors = Predecessors::none();
        predecessors.push([]);
        Self { parts: vec![Part::Source], predecessors }
    }

    /// Returns the node where every path begins.
    pub fn source(&self) -> NodeIndex {
        NodeIndex::new(0)
    }

    /// Returns the number of nodes so far.
    pub fn node_count(&self) -> usize {
        self.parts.len()
    }

    /// Returns the number of edges so far.
    pub fn edge_count(&self) -> usize {
        self.predecessors.count()
    }

    /// Adds a node after its predecessors. A predecessor that is given twice is joined by two edges.
    ///
    /// # Panics
    ///
    /// If a predecessor has not been added yet.
    pub fn add(&mut self, part: Part, predecessors: impl IntoIterator<Item = NodeIndex>) -> NodeIndex {
        let node = NodeIndex::new(self.parts.len());
        self.parts.push(part);
        self.predecessors.push(predecessors);
        let before = self.predecessors.of(node);
        assert!(before.iter().all(|&before| before < node), "nodes come after their predecessors");
        node
    }

    /// Returns the graph whose paths end at `ends`, without nodes that lie on no path from the source to an
    /// end.
    ///
    /// # Arguments
    ///
    /// * `ends` - where paths end; ends that are not reachable from the source are left out
    /// * `lengths` - by component, how much it adds to the length of a path
    ///
    /// # Returns
    ///
    /// The graph, and for each node that was added its index in the graph, if it lies on a path.
    ///
    /// # Complexity
    ///
    /// O(nodes + edges).
    pub fn finish(self, ends: &[NodeIndex], lengths: Vec<usize>) -> (ComponentGraph, Vec<Option<NodeIndex>>) {
        let wanted = self.on_paths(ends);
        let mut parts = Vec::new();
        let mut predecessors = Predecessors::none();
        let mut moved = vec![None; self.parts.len()];
        for index in (0..self.parts.len()).filter(|&index| wanted[index]) {
            let before = self.predecessors.of(NodeIndex::new(index));
            predecessors.push(before.iter().filter_map(|before| moved[before.index()]));
            moved[index] = Some(NodeIndex::new(parts.len()));
            parts.push(self.parts[index]);
        }
        let ends = ends.iter().filter_map(|end| moved[end.index()]).collect();
        (ComponentGraph { parts, predecessors, lengths, ends }, moved)
    }

    /// Returns which nodes lie on a path from the source to an end. The source always counts.
    fn on_paths(&self, ends: &[NodeIndex]) -> Vec<bool> {
        let count = self.parts.len();
        let before = |index: usize| self.predecessors.of(NodeIndex::new(index)).iter();
        let mut reached = vec![false; count];
        reached[0] = true;
        for index in 1..count {
            reached[index] = before(index).any(|before| reached[before.index()]);
        }
        let mut wanted = vec![false; count];
        wanted[0] = true;
        for end in ends {
            wanted[end.index()] |= reached[end.index()];
        }
        for index in (1..count).rev() {
            if wanted[index] {
                for before in before(index) {
                    wanted[before.index()] |= reached[before.index()];
                }
            }
        }
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_no_path_is_left_out() {
        let mut builder = GraphBuilder::new();
        let orphan = builder.add(Part::Sum, []);
        let used = builder.add(Part::Component(0), [builder.source()]);
        let dead_end = builder.add(Part::Component(1), [used]);
        let end = builder.add(Part::Sum, [orphan, used, used]);
        let (graph, moved) = builder.finish(&[end, orphan], vec![1, 0]);
        assert_eq!((graph.node_count(), graph.edge_count()), (3, 3));
        assert_eq!((moved[orphan.index()], moved[dead_end.index()]), (None, None));
        assert_eq!(graph.predecessors(moved[end.index()].unwrap()), [moved[used.index()].unwrap(); 2]);
        assert_eq!(graph.ends(), [moved[end.index()].unwrap()]);
        assert_eq!(graph.uses(), [1, 0]);
    }

    #[test]
    fn a_graph_without_paths_is_its_source() {
        let mut builder = GraphBuilder::new();
        let orphan = builder.add(Part::Sum, []);
        let (graph, _) = builder.finish(&[orphan], vec![]);
        assert_eq!((graph.node_count(), graph.ends().len()), (1, 0));
    }
}
