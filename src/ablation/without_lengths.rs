//! The graph of a multi-path model without the paths of some lengths.
//!
//! A path keeps its place in the graph by how long it is so far, so an ablated model stays a
//! graph whose size is that of the original one times the number of lengths, however many paths
//! it has.

use crate::circuit::CircuitError;
use crate::unroll::{Builder, ReadoutInput, UnrolledCircuit};
use petgraph::graph::NodeIndex;
use std::collections::{BTreeMap, BTreeSet};

/// The unrolled circuit without its paths of the lengths `removed`.
///
/// Iterations left without a path drop out of the readout, which then averages over those that
/// are left.
///
/// # Arguments
///
/// * `unrolled` - a circuit with shared components
/// * `removed` - lengths in convolutions; those that the circuit does not have are ignored
///
/// # Errors
///
/// [`CircuitError::NothingLeft`] where no path is left; [`CircuitError::TooLarge`] where nodes times lengths are
/// more than [`MAX_UNROLLED_NODES`](crate::circuit::MAX_UNROLLED_NODES).
///
/// # Complexity
///
/// O(edges · lengths) in time and memory.
///
/// # Examples
///
/// ```
/// use pathscope::ablation::without_lengths;
/// use pathscope::circuit::Circuit;
/// use pathscope::unroll::UnrolledCircuit;
///
/// let full = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 4))?;
/// let ablated = without_lengths(&full, &[1, 2].into())?;
/// // Lengths 3 (at iterations 3 and 4) and 4 (at iteration 4) are left.
/// assert_eq!(ablated.paths().count(), 3);
/// assert_eq!(ablated.readout_iterations(), [3, 4]);
/// # Ok::<(), pathscope::circuit::CircuitError>(())
/// ```
pub fn without_lengths(
    unrolled: &UnrolledCircuit,
    removed: &BTreeSet<usize>,
) -> Result<UnrolledCircuit, CircuitError> {
    let graph = unrolled.graph();
    let mut builder = Builder::with_components_of(unrolled);
    // For each node its copies, by the length of what leads up to and through it.
    let mut copies: Vec<BTreeMap<usize, NodeIndex>> = Vec::with_capacity(graph.node_count());
    for node in graph.node_indices() {
        let own = unrolled.length(node);
        let mut arriving: BTreeMap<usize, Vec<NodeIndex>> = BTreeMap::new();
        for predecessor in unrolled.predecessors(node) {
            for (&length, &copy) in &copies[predecessor.index()] {
                arriving.entry(length + own).or_default().push(copy);
            }
        }
        if node == unrolled.input() {
            arriving.insert(own, Vec::new());
        }
        builder.check_room_for(arriving.len(), unrolled)?;
        copies.push(
            arriving
                .into_iter()
                .map(|(length, predecessors)| (length, builder.add(graph[node], predecessors)))
                .collect(),
        );
    }
    let mut readout_inputs = Vec::new();
    let mut read = 0;
    let mut lengths = BTreeSet::new();
    for input in unrolled.readout_inputs() {
        for (&length, &node) in &copies[input.node.index()] {
            lengths.insert(length);
            if !removed.contains(&length) {
                read += input.iterations.len();
                builder.check_room_for(read, unrolled)?;
                readout_inputs.push(ReadoutInput { node, iterations: input.iterations.clone() });
            }
        }
    }
    let iterations: BTreeSet<usize> =
        readout_inputs.iter().flat_map(|input| input.iterations.iter().copied()).collect();
    builder.finish(readout_inputs, iterations.into_iter().collect()).ok_or_else(|| {
        CircuitError::NothingLeft {
            removed: removed.iter().copied().collect(),
            lengths: lengths.into_iter().collect(),
        }
    })
}
