//! Path counts and strengths by length, computed by dynamic programming over the graph.
//!
//! The strength of a path is the product of its components' strengths times the readout's weight
//! (paper, section 4.3). Products distribute over sums, so the totals over all paths of
//! one length follow node by node from those of the nodes before, without listing a path.

use super::PathCount;
use crate::graph::ComponentGraph;
use crate::paths::Magnitude;
use crate::paths::strength::Strengths;

/// The totals of all paths of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct LengthTotal {
    /// The number of paths.
    pub paths: PathCount,
    /// The sum of their strengths.
    pub strength: Magnitude,
    /// The mean of the logarithms of their strengths, weighted by strength; 0 if the sum is 0. It determines
    /// the entropy over single paths.
    pub mean_log_strength: f64,
}

impl LengthTotal {
    const NONE: Self = Self { paths: PathCount::ZERO, strength: Magnitude::ZERO, mean_log_strength: 0.0 };

    fn merge(&mut self, other: &Self) {
        self.paths += &other.paths;
        let sum = self.strength + other.strength;
        if !sum.is_zero() {
            let share = other.strength.ratio(sum);
            self.mean_log_strength += share * (other.mean_log_strength - self.mean_log_strength);
        }
        self.strength = sum;
    }

    fn scale(&mut self, factor: Magnitude, ln_factor: f64) {
        self.strength *= factor;
        self.mean_log_strength =
            if self.strength.is_zero() { 0.0 } else { self.mean_log_strength + ln_factor };
    }
}

/// The totals by length, for the lengths `shortest`, `shortest + 1` and so on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LengthTotals {
    shortest: usize,
    totals: Vec<LengthTotal>,
}

impl LengthTotals {
    /// Returns the lengths that have paths, ascending, with their totals.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &LengthTotal)> {
        self.totals
            .iter()
            .enumerate()
            .filter_map(|(index, total)| (!total.paths.is_zero()).then_some((self.shortest + index, total)))
    }

    fn merge(&mut self, other: &Self) {
        if self.totals.is_empty() {
            self.clone_from(other);
            return;
        }
        if other.totals.is_empty() {
            return;
        }
        if other.shortest < self.shortest {
            let missing = self.shortest - other.shortest;
            self.totals.splice(0..0, std::iter::repeat_n(LengthTotal::NONE, missing));
            self.shortest = other.shortest;
        }
        let offset = other.shortest - self.shortest;
        if self.totals.len() < offset + other.totals.len() {
            self.totals.resize(offset + other.totals.len(), LengthTotal::NONE);
        }
        for (total, more) in self.totals[offset..].iter_mut().zip(&other.totals) {
            total.merge(more);
        }
    }

    fn scale(&mut self, factor: Magnitude) {
        if factor != Magnitude::ONE {
            let ln_factor = factor.ln();
            for total in &mut self.totals {
                total.scale(factor, ln_factor);
            }
        }
    }
}

/// Returns the approximate number of additions in [`totals_by_length`]. Additions of large path counts are
/// weighted more.
///
/// # Complexity
///
/// O(edges).
pub fn work(graph: &ComponentGraph) -> f64 {
    /// The number of bits whose addition takes as long as everything else about a total.
    const BITS: f64 = 2048.0;
    let mut work = 0.0;
    // For each node, its shortest and longest paths, and the logarithm of their number.
    let mut found: Vec<(usize, usize, f64)> = Vec::with_capacity(graph.node_count());
    for node in graph.nodes() {
        let before = || graph.predecessors(node).iter().map(|before| found[before.index()]);
        for (shortest, longest, bits) in before() {
            work += (longest - shortest + 1) as f64 * (1.0 + bits / BITS);
        }
        let shortest = before().map(|(shortest, ..)| shortest).min().unwrap_or(0) + graph.length(node);
        let longest = before().map(|(_, longest, _)| longest).max().unwrap_or(0) + graph.length(node);
        let most = before().map(|(.., bits)| bits).fold(0.0, f64::max);
        let bits = most + before().map(|(.., bits)| (bits - most).exp2()).sum::<f64>().max(1.0).log2();
        found.push((shortest, longest, bits));
    }
    work
}

/// Returns the totals by length for each of several readouts.
///
/// # Arguments
///
/// * `graph` - the graph
/// * `strengths` - the strengths of its components
/// * `weights` - for each readout, the weight of each of [`ComponentGraph::ends`]; paths of weight 0 do not
///   count
///
/// # Complexity
///
/// O(edges · lengths) time. The totals of a node are dropped after their last use, so memory is O(nodes + w ·
/// lengths), with w the largest number of nodes whose totals are needed at once. In an unrolled circuit w is
/// blocks · (longest delay + 1).
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::{Circuit, Readout};
/// use pathscope_core::paths::lengths::totals_by_length;
/// use pathscope_core::paths::strength::Strengths;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// // All strengths 1: the totals are the numbers of paths. With 2 RCPBs there are C(t+1, 2) paths
/// // to iteration t = 3, and C(n+1, 1) of them have n lateral steps.
/// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(2, 3))?;
/// let strengths = Strengths::new(unrolled.components(), |_| 1.0);
/// let weights = unrolled.readout_weights(Readout::NoAvg);
/// let totals = totals_by_length(unrolled.graph(), &strengths, &[weights]);
/// let counts: Vec<_> = totals[0].iter().map(|(length, total)| (length, total.paths.to_u64())).collect();
/// assert_eq!(counts, [(2, Some(1)), (3, Some(2)), (4, Some(3))]);
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
pub fn totals_by_length(
    graph: &ComponentGraph,
    strengths: &Strengths,
    weights: &[Vec<f64>],
) -> Vec<LengthTotals> {
    let mut uses_left = vec![0usize; graph.node_count()];
    for node in graph.nodes() {
        for predecessor in graph.predecessors(node) {
            uses_left[predecessor.index()] += 1;
        }
    }
    let mut ends_at: Vec<Vec<usize>> = vec![Vec::new(); graph.node_count()];
    for (index, end) in graph.ends().iter().enumerate() {
        ends_at[end.index()].push(index);
    }

    let mut sums = vec![LengthTotals::default(); weights.len()];
    let mut totals = vec![LengthTotals::default(); graph.node_count()];
    for node in graph.nodes() {
        let mut total = LengthTotals::default();
        if node == graph.source() {
            total.totals.push(LengthTotal {
                paths: PathCount::ONE,
                strength: Magnitude::ONE,
                mean_log_strength: 0.0,
            });
        }
        for predecessor in graph.predecessors(node) {
            let uses = &mut uses_left[predecessor.index()];
            *uses -= 1;
            if *uses == 0 && total.totals.is_empty() {
                total = std::mem::take(&mut totals[predecessor.index()]);
            } else {
                total.merge(&totals[predecessor.index()]);
                if *uses == 0 {
                    totals[predecessor.index()] = LengthTotals::default();
                }
            }
        }
        total.shortest += graph.length(node);
        total.scale(strengths.of_node(graph, node));
        for &end in &ends_at[node.index()] {
            for (sum, weights) in sums.iter_mut().zip(weights) {
                if weights[end] > 0.0 {
                    let mut weighted = total.clone();
                    weighted.scale(Magnitude::new(weights[end]));
                    sum.merge(&weighted);
                }
            }
        }
        totals[node.index()] = total;
    }
    sums
}
