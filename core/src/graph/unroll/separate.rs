//! Multi-path models with one normalization for each path: every path is a chain of its own.

use super::builder::{Builder, End};
use super::{Component, UnrolledCircuit};
use crate::circuit::{Circuit, CircuitError, MAX_UNROLLED_NODES, Normalization};
use petgraph::graph::NodeIndex;
use std::collections::HashMap;

/// A path of a circuit with shared components, in the order in which normalization layers are assigned.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Chain {
    /// The iterations at which it is read out.
    iterations: Vec<usize>,
    /// Its connections, from the readout back to the input.
    connections: Vec<usize>,
    nodes: Vec<NodeIndex>,
}

/// Returns a graph in which each path of `shared` is a chain of its own. The j-th use of a normalization
/// takes the j-th layer of its block and iteration.
///
/// # Errors
///
/// [`CircuitError::TooLarge`] beyond [`MAX_UNROLLED_NODES`].
pub(super) fn separate_paths(
    circuit: &Circuit,
    shared: &UnrolledCircuit,
) -> Result<UnrolledCircuit, CircuitError> {
    let too_large = || CircuitError::TooLarge { iterations: circuit.iterations };
    let mut builder = Builder::default();
    let mut uses: HashMap<Component, usize> = HashMap::new();
    let mut ends = Vec::new();
    for chain in chains(shared).ok_or_else(too_large)? {
        let mut end = builder.input();
        for &node in &chain.nodes[1..] {
            let part = match shared.component(node) {
                None => shared.graph().part(node),
                Some(&component @ Component::Normalization { block, iteration, .. })
                    if circuit.block(block).normalization == Normalization::PerPath =>
                {
                    let used = uses.entry(component).or_default();
                    *used += 1;
                    builder.component(Component::Normalization { block, iteration, path_use: *used - 1 })
                }
                Some(&shared_by_all) => builder.component(shared_by_all),
            };
            end = builder.add(part, shared.place(node), [end]);
        }
        ends.push(End { node: end, iterations: chain.iterations });
    }
    builder.finish(ends, shared.readout_iterations().to_vec()).ok_or_else(too_large)
}

/// Returns the paths in the order of the published implementation; `None` if they have too many nodes
/// together.
///
/// Iterations ascend, and at every block the paths over its first connection come first. A recurrent circuit
/// lists its paths in this order too, but an ablated one lists them by length.
fn chains(shared: &UnrolledCircuit) -> Option<Vec<Chain>> {
    let mut chains = Vec::new();
    let mut nodes = 1;
    for path in shared.paths() {
        let iterations = shared.end_iterations()[path.end].clone();
        // Every chain stores the iterations at which it is read, which may be many where its block is held.
        nodes += path.nodes.len() - 1 + iterations.len() - 1;
        if nodes > MAX_UNROLLED_NODES {
            return None;
        }
        let connections =
            path.nodes.iter().rev().filter_map(|&node| shared.component(node)?.connection()).collect();
        chains.push(Chain { iterations, connections, nodes: path.nodes });
    }
    chains.sort();
    Some(chains)
}
