//! Paths: chains of components from the input of the recurrent stage to the readout.
//!
//! Deep unrollings have more paths than can be listed, so [`lengths`] counts and weighs them by
//! dynamic programming, [`enumerate`] lists them lazily and [`strongest`] finds the strongest
//! without listing the rest.

mod count;
pub mod enumerate;
pub mod lengths;
pub mod strongest;
pub mod through;

pub use count::PathCount;

use crate::unroll::UnrolledCircuit;
use petgraph::graph::NodeIndex;

/// A path through an unrolled circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its nodes, from the input to the output that is read.
    pub nodes: Vec<NodeIndex>,
    /// Index into [`UnrolledCircuit::readout_inputs`] of where it ends.
    pub readout_input: usize,
}

impl Path {
    /// The number of convolutions on it.
    pub fn length(&self, unrolled: &UnrolledCircuit) -> usize {
        self.nodes.iter().map(|&node| unrolled.length(node)).sum()
    }
}
