//! Paths: chains of components from the source of a graph to one of its ends.
//!
//! Deep graphs have more paths than can be listed, so [`lengths`] counts and weighs them by
//! dynamic programming, [`enumerate`] lists them lazily and [`strongest`] finds the strongest
//! without listing the rest.
//!
//! Input: a graph with a strength for each component. Output: counts, lengths, ensembles and single paths.
//! Read [`lengths`] first.

mod count;
pub mod ensemble;
pub mod enumerate;
pub mod lengths;
mod magnitude;
mod reading;
pub mod strength;
pub mod strongest;
#[cfg(test)]
mod tests;
pub mod through;

pub use count::PathCount;
pub use magnitude::Magnitude;
pub use reading::Reading;

use crate::graph::ComponentGraph;
use petgraph::graph::NodeIndex;

/// A path through a graph of components.
///
/// Where two edges join the same nodes, two paths differ only in which of them they take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its nodes, from the source to its end.
    pub nodes: Vec<NodeIndex>,
    /// Index of its end in [`ComponentGraph::ends`].
    pub end: usize,
}

impl Path {
    /// Returns its length: the number of convolutions on it.
    pub fn length(&self, graph: &ComponentGraph) -> usize {
        self.nodes.iter().map(|&node| graph.length(node)).sum()
    }
}
