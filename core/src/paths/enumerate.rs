//! All paths, one by one.

use super::Path;
use crate::graph::ComponentGraph;
use crate::graph::unroll::UnrolledCircuit;
use petgraph::graph::NodeIndex;

/// Lists the paths of a graph lazily.
///
/// They come by their ends; among those that reach a node, first the ones over its first predecessor, then
/// those over the next, each group in its own order. In an unrolled circuit these are the iterations that are
/// read and the connections that end at a block, which is the order of the published implementation.
///
/// # Complexity
///
/// O(length) time for each path and O(depth of the graph) memory, however many there are: every
/// node of a graph is on a path, so the search never backs out of a dead end.
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
    /// The end whose paths come next.
    next_end: usize,
    /// The current path, from its end backwards: each node with the index of the predecessor
    /// that is tried after the current one.
    trail: Vec<(NodeIndex, usize)>,
}

impl<'a> Paths<'a> {
    /// Lists the paths of a graph.
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
    /// Returns all paths, lazily: see [`Paths`].
    pub fn paths(&self) -> Paths<'_> {
        Paths::new(self.graph())
    }
}
