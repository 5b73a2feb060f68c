//! How many paths pass through each node and edge: the line widths of Fig. 4a.

use super::PathCount;
use crate::unroll::UnrolledCircuit;

/// Numbers of paths through the parts of an unrolled circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathsThrough {
    to: Vec<PathCount>,
    onward: Vec<PathCount>,
}

impl PathsThrough {
    /// Counts the paths of a readout.
    ///
    /// # Arguments
    ///
    /// * `unrolled` - the unrolled circuit
    /// * `weights` - the weight of each of [`UnrolledCircuit::readout_inputs`]; paths of weight 0
    ///   do not count
    ///
    /// # Complexity
    ///
    /// O(edges).
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::circuit::{Circuit, Readout};
    /// use pathscope::paths::through::PathsThrough;
    /// use pathscope::unroll::UnrolledCircuit;
    ///
    /// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3))?;
    /// let through = PathsThrough::new(&unrolled, &unrolled.readout_weights(Readout::EarlyAvg));
    /// // One path to iteration 1, two to iteration 2 and three to iteration 3.
    /// assert_eq!(through.node(unrolled.input().index()).to_u64(), Some(6));
    /// # Ok::<(), pathscope::circuit::CircuitError>(())
    /// ```
    pub fn new(unrolled: &UnrolledCircuit, weights: &[f64]) -> Self {
        let count = unrolled.graph().node_count();
        let mut to = vec![PathCount::ZERO; count];
        for node in unrolled.graph().node_indices() {
            let mut sum = if node == unrolled.input() { PathCount::ONE } else { PathCount::ZERO };
            for predecessor in unrolled.predecessors(node) {
                sum += &to[predecessor.index()];
            }
            to[node.index()] = sum;
        }
        let mut onward = vec![PathCount::ZERO; count];
        for (input, &weight) in unrolled.readout_inputs().iter().zip(weights) {
            if weight > 0.0 {
                onward[input.node.index()] += &PathCount::ONE;
            }
        }
        for node in unrolled.graph().node_indices().rev() {
            for predecessor in unrolled.predecessors(node) {
                let more = onward[node.index()].clone();
                onward[predecessor.index()] += &more;
            }
        }
        Self { to, onward }
    }

    /// The number of paths through a node.
    pub fn node(&self, node: usize) -> PathCount {
        &self.to[node] * &self.onward[node]
    }

    /// The number of paths over the edge between two nodes.
    pub fn edge(&self, from: usize, to: usize) -> PathCount {
        &self.to[from] * &self.onward[to]
    }

    /// The number of paths that end at a node: that are read out there.
    pub fn reaching(&self, node: usize) -> PathCount {
        self.to[node].clone()
    }
}
