//! The number of paths through each node and edge: the line widths of Fig. 4a.

use super::PathCount;
use crate::graph::ComponentGraph;
use petgraph::graph::NodeIndex;

/// The numbers of paths through each node and edge of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathsThrough {
    to: Vec<PathCount>,
    onward: Vec<PathCount>,
}

impl PathsThrough {
    /// Counts the paths whose ends have a weight.
    ///
    /// # Arguments
    ///
    /// * `graph` - the graph
    /// * `weights` - the weight of each of [`ComponentGraph::ends`]; paths of weight 0 do not count
    ///
    /// # Complexity
    ///
    /// O(edges).
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::circuit::{Circuit, Readout};
    /// use pathscope_core::paths::through::PathsThrough;
    /// use pathscope_core::graph::unroll::UnrolledCircuit;
    ///
    /// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3))?;
    /// let graph = unrolled.graph();
    /// let through = PathsThrough::new(graph, &unrolled.readout_weights(Readout::EarlyAvg));
    /// // One path to iteration 1, two to iteration 2 and three to iteration 3.
    /// assert_eq!(through.node(graph.source()).to_u64(), Some(6));
    /// # Ok::<(), pathscope_core::circuit::CircuitError>(())
    /// ```
    pub fn new(graph: &ComponentGraph, weights: &[f64]) -> Self {
        let count = graph.node_count();
        let mut to = vec![PathCount::ZERO; count];
        for node in graph.nodes() {
            let mut sum = if node == graph.source() { PathCount::ONE } else { PathCount::ZERO };
            for predecessor in graph.predecessors(node) {
                sum += &to[predecessor.index()];
            }
            to[node.index()] = sum;
        }
        let mut onward = vec![PathCount::ZERO; count];
        for (end, &weight) in graph.ends().iter().zip(weights) {
            if weight > 0.0 {
                onward[end.index()] += &PathCount::ONE;
            }
        }
        for node in graph.nodes().rev() {
            for predecessor in graph.predecessors(node) {
                let more = onward[node.index()].clone();
                onward[predecessor.index()] += &more;
            }
        }
        Self { to, onward }
    }

    /// Returns the number of paths through a node.
    pub fn node(&self, node: NodeIndex) -> PathCount {
        &self.to[node.index()] * &self.onward[node.index()]
    }

    /// Returns the number of paths over one edge between two nodes. Parallel edges have the same number.
    pub fn edge(&self, from: NodeIndex, to: NodeIndex) -> PathCount {
        &self.to[from.index()] * &self.onward[to.index()]
    }

    /// Returns the number of ways from a node to the ends.
    pub fn onward(&self, node: NodeIndex) -> &PathCount {
        &self.onward[node.index()]
    }

    /// Returns the number of ways from the source to a node.
    pub fn reaching(&self, node: NodeIndex) -> PathCount {
        self.to[node.index()].clone()
    }
}
