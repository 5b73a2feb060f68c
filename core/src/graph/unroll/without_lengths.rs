//! The graph of a multi-path model without the paths of some lengths.
//!
//! Each node is split by the length of the path that leads to it. So an ablated model is still a graph, whose
//! size is that of the original times the number of lengths, however many paths it has.

use crate::circuit::CircuitError;
use crate::graph::unroll::{Builder, End, UnrolledCircuit};
use petgraph::graph::NodeIndex;
use std::collections::{BTreeMap, BTreeSet};

/// Returns the unrolled circuit without its paths of the lengths `removed`.
///
/// Iterations left without a path drop out of the readout, which then averages over the remaining ones.
///
/// # Arguments
///
/// * `unrolled` - a circuit with shared components
/// * `removed` - lengths in convolutions; lengths that the circuit does not have are ignored
///
/// # Errors
///
/// [`CircuitError::NothingLeft`] if no path is left; [`CircuitError::TooLarge`] if nodes times lengths exceed
/// [`MAX_UNROLLED_NODES`](crate::circuit::MAX_UNROLLED_NODES).
///
/// # Complexity
///
/// O(edges · lengths) in time and memory.
///
/// # Examples
///
/// ```
/// use pathscope_core::graph::unroll::without_lengths;
/// use pathscope_core::circuit::Circuit;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let full = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 4))?;
/// let ablated = without_lengths(&full, &[1, 2].into())?;
/// // Lengths 3 (at iterations 3 and 4) and 4 (at iteration 4) are left.
/// assert_eq!(ablated.paths().count(), 3);
/// assert_eq!(ablated.readout_iterations(), [3, 4]);
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
pub fn without_lengths(
    unrolled: &UnrolledCircuit,
    removed: &BTreeSet<usize>,
) -> Result<UnrolledCircuit, CircuitError> {
    let graph = unrolled.graph();
    let mut builder = Builder::with_components_of(unrolled);
    // The copies of each node, by the length of the paths that lead up to and through it.
    let mut copies: Vec<BTreeMap<usize, NodeIndex>> = Vec::with_capacity(graph.node_count());
    copies.push([(0, builder.input())].into());
    for node in graph.nodes().skip(1) {
        let own = graph.length(node);
        let mut arriving: BTreeMap<usize, Vec<NodeIndex>> = BTreeMap::new();
        for predecessor in graph.predecessors(node) {
            for (&length, &copy) in &copies[predecessor.index()] {
                arriving.entry(length + own).or_default().push(copy);
            }
        }
        builder.check_room_for(arriving.len(), unrolled)?;
        let (part, place) = (graph.part(node), unrolled.place(node));
        let mut copy = |(length, before)| (length, builder.add(part, place, before));
        copies.push(arriving.into_iter().map(&mut copy).collect());
    }
    let mut ends = Vec::new();
    let mut read = 0;
    let mut lengths = BTreeSet::new();
    for (end, iterations) in graph.ends().iter().zip(unrolled.end_iterations()) {
        for (&length, &node) in &copies[end.index()] {
            lengths.insert(length);
            if !removed.contains(&length) {
                read += iterations.len();
                builder.check_room_for(read, unrolled)?;
                ends.push(End { node, iterations: iterations.clone() });
            }
        }
    }
    let iterations: BTreeSet<usize> = ends.iter().flat_map(|end| end.iterations.iter().copied()).collect();
    builder.finish(ends, iterations.into_iter().collect()).ok_or_else(|| CircuitError::NothingLeft {
        removed: removed.iter().copied().collect(),
        lengths: lengths.into_iter().collect(),
    })
}
