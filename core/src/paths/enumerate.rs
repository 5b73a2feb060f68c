//! Listing of all paths, one by one.

use super::Path;
use crate::graph::ComponentGraph;
use crate::graph::unroll::UnrolledCircuit;
use petgraph::graph::NodeIndex;

/// An iterator over the paths of a graph.
///
/// Paths are ordered by their ends. Among the paths to a node, those over its first predecessor come first,
/// then those over the next, each group in its own order. In an unrolled circuit these are the iterations
/// that are read out and the connections that end at a block. This is the order of the published
/// implementation.
///
/// # Complexity
///
/// O(length) time for each path and O(depth of the graph) memory, regardless of the number of paths: every
/// node of a graph lies on a path, so the search never backs out of a dead end.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Circuit;
/// use pathscope_core::paths::enumerate::Paths;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3))?;
/// let graph = unrolled.graph();
/// let lengths: Vec<usize> = Paths::new(graph).map(|path| path.length(graph)).collect();
/// assert_eq!(lengths, [1, 1, 2, 1, 2, 3]);
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Paths<'a> {
    graph: &'a ComponentGraph,
    /// The index of the end whose paths come next.
    next_end: usize,
    /// The current path, from its end backwards: each node with the index of the predecessor to try after the
    /// current one.
    trail: Vec<(NodeIndex, usize)>,
}

impl<'a> Paths<'a> {
    /// Returns an iterator over the paths of a graph.
    pub fn new(graph: &'a ComponentGraph) -> Self {
        Self { graph, next_end: 0, trail: Vec::new() }
    }
}

impl Iterator for Paths<'_> {
    type Item = Path;

    fn next(&mut self) -> Option<Path> {
        while let Some(&(node, next)) = self.trail.last() {
            if next < self.graph.predecessors(node).len() {
                break;
            }
            self.trail.pop();
        }
        if self.trail.is_empty() {
            let end = *self.graph.ends().get(self.next_end)?;
            self.next_end += 1;
            self.trail.push((end, 0));
        }
        while let Some((node, next)) = self.trail.last_mut() {
            let Some(&predecessor) = self.graph.predecessors(*node).get(*next) else { break };
            *next += 1;
            self.trail.push((predecessor, 0));
        }
        Some(Path { nodes: self.trail.iter().rev().map(|&(node, _)| node).collect(), end: self.next_end - 1 })
    }
}

impl UnrolledCircuit {
    /// Returns an iterator over all paths: see [`Paths`].
    pub fn paths(&self) -> Paths<'_> {
        Paths::new(self.graph())
    }
}
