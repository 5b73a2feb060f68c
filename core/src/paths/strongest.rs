//! The strongest paths, found without listing the rest.
//!
//! Every path but the strongest deviates from another path: it follows that path from its end backwards,
//! takes a different edge somewhere, and from there the best way to the source (Hoffman and Pavley 1959;
//! Eppstein 1998). The candidates wait in a heap. Each one that is taken out adds the deviations from its own
//! last part, so every path is generated once.

use super::Path;
use crate::graph::ComponentGraph;
use crate::paths::Magnitude;
use crate::paths::strength::Strengths;
use petgraph::graph::NodeIndex;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A path with its strength, including the weight of its end.
#[derive(Clone, Debug, PartialEq)]
pub struct StrongPath {
    /// The path.
    pub path: Path,
    /// The product of its components' strengths and the weight of its end.
    pub strength: Magnitude,
}

/// An iterator over paths, from the strongest downward.
///
/// Paths of strength 0 are left out. The order of equally strong paths is fixed but arbitrary.
#[derive(Clone, Debug)]
pub struct Strongest<'a> {
    graph: &'a ComponentGraph,
    strengths: &'a Strengths,
    weights: &'a [f64],
    /// For each node, the strength of the best way from the source up to and including it.
    best: Vec<Magnitude>,
    candidates: BinaryHeap<Candidate>,
    /// The paths returned so far, backwards.
    found: Vec<Vec<NodeIndex>>,
    next_serial: usize,
}

/// A path that has not been returned yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    strength: Magnitude,
    /// A running number, so that ties are always broken the same way.
    serial: usize,
    /// The path that it deviates from, as an index into `found`; `None` if it is a best way from end to
    /// source.
    parent: Option<usize>,
    /// The number of nodes that it shares with its parent, counted from the end.
    shared: usize,
    /// The first node after the deviation.
    next: NodeIndex,
    end: usize,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.strength.cmp(&other.strength).then(other.serial.cmp(&self.serial))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns an iterator over the paths of a graph, from the strongest downward.
///
/// # Arguments
///
/// * `graph` - the graph
/// * `strengths` - the strengths of its components
/// * `weights` - the weight of each of [`ComponentGraph::ends`]
///
/// # Complexity
///
/// O(edges) before the first path, then O(L · d · log(k · L · d)) time and O(L · d) memory for the k-th,
/// with L the longest path in nodes and d the most edges to a node.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::{Circuit, Readout};
/// use pathscope_core::paths::strongest::strongest;
/// use pathscope_core::paths::strength::Strengths;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(8, 64))?;
/// let strengths = Strengths::new(unrolled.components(), |_| 0.5);
/// let weights = unrolled.readout_weights(Readout::NoAvg);
/// // Ten thousand million paths, but the strongest takes the fewest steps: 8 convolutions and
/// // 8 normalizations.
/// let first = strongest(unrolled.graph(), &strengths, &weights).next().unwrap();
/// assert_eq!(first.path.length(unrolled.graph()), 8);
/// assert_eq!(first.strength.to_f64(), Some(0.5_f64.powi(16)));
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
pub fn strongest<'a>(
    graph: &'a ComponentGraph,
    strengths: &'a Strengths,
    weights: &'a [f64],
) -> Strongest<'a> {
    let mut best = Vec::with_capacity(graph.node_count());
    for node in graph.nodes() {
        let before = graph.predecessors(node).iter().map(|node| best[node.index()]).max();
        best.push(before.unwrap_or(Magnitude::ONE) * strengths.of_node(graph, node));
    }
    let mut listing = Strongest {
        graph,
        strengths,
        weights,
        best,
        candidates: BinaryHeap::new(),
        found: Vec::new(),
        next_serial: 0,
    };
    for (index, &end) in graph.ends().iter().enumerate() {
        let strength = listing.best[end.index()] * Magnitude::new(weights[index]);
        listing.offer(strength, None, 0, end, index);
    }
    listing
}

impl Strongest<'_> {
    fn offer(
        &mut self,
        strength: Magnitude,
        parent: Option<usize>,
        shared: usize,
        next: NodeIndex,
        end: usize,
    ) {
        if !strength.is_zero() {
            let serial = self.next_serial;
            self.candidates.push(Candidate { strength, serial, parent, shared, next, end });
            self.next_serial += 1;
        }
    }

    /// Returns the best way to a node, as the index of the predecessor that it comes over; the first index if
    /// several are equally good. `None` for the source.
    fn best_position(&self, node: NodeIndex) -> Option<usize> {
        let before = self.graph.predecessors(node);
        let strength = |position: usize| self.best[before[position].index()];
        (0..before.len()).reduce(|best, other| if strength(other) > strength(best) { other } else { best })
    }
}

impl Iterator for Strongest<'_> {
    type Item = StrongPath;

    fn next(&mut self) -> Option<StrongPath> {
        let taken = self.candidates.pop()?;
        let mut nodes =
            taken.parent.map_or_else(Vec::new, |parent| self.found[parent][..taken.shared].to_vec());
        let id = self.found.len();
        let mut node = taken.next;
        nodes.push(node);
        while let Some(best) = self.best_position(node) {
            let before = self.graph.predecessors(node);
            for (position, &other) in before.iter().enumerate() {
                // Only the edge that was taken: a parallel edge from the same node is another way.
                if position != best {
                    // At most 1, because the way that was taken is the best.
                    let share = self.best[other.index()] / self.best[before[best].index()];
                    self.offer(taken.strength * share, Some(id), nodes.len(), other, taken.end);
                }
            }
            node = before[best];
            nodes.push(node);
        }
        self.found.push(nodes.clone());
        nodes.reverse();
        let path = Path { nodes, end: taken.end };
        let strength = self.strengths.of_read_path(self.graph, &path, self.weights);
        Some(StrongPath { path, strength })
    }
}

#[cfg(test)]
mod tests {
    use super::strongest;
    use crate::circuit::{Circuit, Readout};
    use crate::graph::unroll::{Component, UnrolledCircuit};
    use crate::paths::strength::Strengths;

    #[test]
    fn paths_weaker_than_any_double_are_found_too() {
        let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 4)).unwrap();
        let strengths = Strengths::new(unrolled.components(), |component| match component {
            Component::Normalization { iteration: Some(1..=3), .. } => 1e-200,
            _ => 1.0,
        });
        let weights = unrolled.readout_weights(Readout::NoAvg);
        let graph = unrolled.graph();
        let found: Vec<usize> =
            strongest(graph, &strengths, &weights).map(|found| found.path.length(graph)).collect();
        assert_eq!(found, [1, 2, 3, 4]);
    }

    #[test]
    fn paths_of_no_strength_are_left_out() {
        let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3)).unwrap();
        let strengths = Strengths::new(unrolled.components(), |component| match component {
            Component::Normalization { iteration: Some(1), .. } => 0.0,
            _ => 2.0,
        });
        let weights = unrolled.readout_weights(Readout::NoAvg);
        let graph = unrolled.graph();
        let found: Vec<usize> =
            strongest(graph, &strengths, &weights).map(|found| found.path.length(graph)).collect();
        assert_eq!(found, [2, 1]);
    }
}
