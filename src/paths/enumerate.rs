//! All paths, one by one.

use super::Path;
use crate::unroll::UnrolledCircuit;
use petgraph::graph::NodeIndex;

/// Lists the paths of an unrolled circuit lazily.
///
/// They come by the iteration they are read at; among those that reach a block, first the ones
/// that arrive over its first connection (the bottom-up one of an RCPB), then those over the next,
/// each group in its own order. That is the order of the published implementation.
///
/// # Complexity
///
/// O(length) time for each path and O(depth of the graph) memory, however many there are: every
/// node of an unrolled circuit is on a path, so the search never backs out of a dead end.
///
/// # Examples
///
/// ```
/// use pathscope::circuit::Circuit;
/// use pathscope::unroll::UnrolledCircuit;
///
/// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3))?;
/// let lengths: Vec<usize> = unrolled.paths().map(|path| path.length(&unrolled)).collect();
/// assert_eq!(lengths, [1, 1, 2, 1, 2, 3]);
/// # Ok::<(), pathscope::circuit::CircuitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Paths<'a> {
    unrolled: &'a UnrolledCircuit,
    /// The readout input whose paths come next.
    next_input: usize,
    /// The current path, from its end backwards: each node with the index of the predecessor
    /// that is tried after the current one.
    trail: Vec<(NodeIndex, usize)>,
}

impl<'a> Paths<'a> {
    pub(crate) fn new(unrolled: &'a UnrolledCircuit) -> Self {
        Self { unrolled, next_input: 0, trail: Vec::new() }
    }
}

impl Iterator for Paths<'_> {
    type Item = Path;

    fn next(&mut self) -> Option<Path> {
        while let Some(&(node, next)) = self.trail.last() {
            if next < self.unrolled.predecessors(node).len() {
                break;
            }
            self.trail.pop();
        }
        if self.trail.is_empty() {
            let input = self.unrolled.readout_inputs().get(self.next_input)?;
            self.next_input += 1;
            self.trail.push((input.node, 0));
        }
        while let Some((node, next)) = self.trail.last_mut() {
            let Some(&predecessor) = self.unrolled.predecessors(*node).get(*next) else { break };
            *next += 1;
            self.trail.push((predecessor, 0));
        }
        Some(Path {
            nodes: self.trail.iter().rev().map(|&(node, _)| node).collect(),
            readout_input: self.next_input - 1,
        })
    }
}
