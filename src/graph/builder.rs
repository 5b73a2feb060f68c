//! Making a graph of components.

use super::{ComponentGraph, Part};
use petgraph::graph::{DiGraph, NodeIndex};

/// Collects nodes in topological order.
#[derive(Clone, Debug)]
pub struct GraphBuilder {
    parts: Vec<Part>,
    predecessors: Vec<Vec<NodeIndex>>,
}

impl Default for GraphBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl GraphBuilder {
    /// Begins with the source alone.
    pub fn new() -> Self {
        Self { parts: vec![Part::Source], predecessors: vec![Vec::new()] }
    }

    /// Returns the node where every path begins.
    pub fn source(&self) -> NodeIndex {
        NodeIndex::new(0)
    }

    /// Returns the number of nodes so far.
    pub fn node_count(&self) -> usize {
        self.parts.len()
    }

    /// Adds a node after others. A node that is named twice is a predecessor over two edges.
    ///
    /// # Panics
    ///
    /// If a predecessor has not been added yet.
    pub fn add(&mut self, part: Part, predecessors: Vec<NodeIndex>) -> NodeIndex {
        let node = NodeIndex::new(self.parts.len());
        assert!(predecessors.iter().all(|&before| before < node), "nodes come after their predecessors");
        self.parts.push(part);
        self.predecessors.push(predecessors);
        node
    }

    /// Finishes the graph whose paths end at `ends`, without the nodes on no path from the source to an end.
    ///
    /// # Arguments
    ///
    /// * `ends` - where paths end; those that nothing leads to from the source are left out
    /// * `lengths` - by component, how much it adds to the length of a path
    ///
    /// # Returns
    ///
    /// The graph, and for each node that was added its index there, if it is on a path.
    ///
    /// # Complexity
    ///
    /// O(nodes + edges).
    pub fn finish(self, ends: &[NodeIndex], lengths: Vec<usize>) -> (ComponentGraph, Vec<Option<NodeIndex>>) {
        let count = self.parts.len();
        let mut reached = vec![false; count];
        reached[0] = true;
        for node in 1..count {
            reached[node] = self.predecessors[node].iter().any(|before| reached[before.index()]);
        }
        let mut wanted = vec![false; count];
        // The source stands even in a graph without paths.
        wanted[0] = true;
        for end in ends.iter().filter(|end| reached[end.index()]) {
            wanted[end.index()] = true;
        }
        for node in (1..count).rev().filter(|&node| reached[node]) {
            if wanted[node] {
                for before in &self.predecessors[node] {
                    wanted[before.index()] |= reached[before.index()];
                }
            }
        }

        let mut graph = DiGraph::new();
        let mut predecessors = Vec::new();
        let mut moved = vec![None; count];
        for node in (0..count).filter(|&node| wanted[node]) {
            let kept: Vec<NodeIndex> =
                self.predecessors[node].iter().filter_map(|before| moved[before.index()]).collect();
            let index = graph.add_node(self.parts[node]);
            for &before in &kept {
                graph.add_edge(before, index, ());
            }
            predecessors.push(kept);
            moved[node] = Some(index);
        }
        let ends = ends.iter().filter_map(|end| moved[end.index()]).collect();
        (ComponentGraph { graph, predecessors, lengths, ends }, moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_no_path_is_left_out() {
        let mut builder = GraphBuilder::new();
        let orphan = builder.add(Part::Sum, vec![]);
        let used = builder.add(Part::Component(0), vec![builder.source()]);
        let dead_end = builder.add(Part::Component(1), vec![used]);
        let end = builder.add(Part::Sum, vec![orphan, used, used]);
        let (graph, moved) = builder.finish(&[end, orphan], vec![1, 0]);
        assert_eq!(graph.node_count(), 3);
        assert_eq!((moved[orphan.index()], moved[dead_end.index()]), (None, None));
        assert_eq!(graph.predecessors(moved[end.index()].unwrap()), [moved[used.index()].unwrap(); 2]);
        assert_eq!(graph.ends(), [moved[end.index()].unwrap()]);
        assert_eq!(graph.petgraph().edge_count(), 3);
    }

    #[test]
    fn a_graph_without_paths_is_its_source() {
        let mut builder = GraphBuilder::new();
        let orphan = builder.add(Part::Sum, vec![]);
        let (graph, _) = builder.finish(&[orphan], vec![]);
        assert_eq!((graph.node_count(), graph.ends().len()), (1, 0));
    }
}
