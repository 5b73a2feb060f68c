//! The amount that passes over each part of a graph, and line widths for it.

use super::numbers;
use pathscope_core::circuit::{UnknownName, Word};
use pathscope_core::graph::ComponentGraph;
use pathscope_core::paths::Magnitude;
use pathscope_core::paths::PathCount;
use pathscope_core::paths::strength::Strengths;
use pathscope_core::paths::through::PathsThrough;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The quantity that the width of a line stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Width {
    /// The number of paths over it (paper, Fig. 4a).
    #[default]
    Paths,
    /// The share of the total strength that these paths have (paper, Fig. 5a).
    Strength,
}

impl Word for Width {
    const WHAT: &'static str = "meaning of line widths";
}

/// The widest line.
const WIDEST: f64 = 7.0;
/// The widest line for a single path. A thicker line would not show more.
const WIDEST_SINGLE: f64 = 2.0;
/// The thinnest line on a logarithmic scale, and the thinnest for a share.
const THINNEST: f64 = 0.7;
/// The largest number of paths up to which widths are proportional to numbers of paths.
const MOST_PROPORTIONAL: f64 = 16.0;

/// The natural logarithms of the amounts on nodes and edges: numbers of paths, or shares of the total
/// strength. They are logarithms because neither need fit into an `f64`.
pub(super) struct Flow {
    /// The amounts by node.
    pub nodes: Vec<f64>,
    /// The amounts on incoming edges, by node and position among its predecessors.
    pub edges: Vec<Vec<f64>>,
    /// The amounts by end.
    pub readout: Vec<f64>,
    /// The number of paths of nonzero weight.
    pub paths: PathCount,
}

impl Flow {
    /// Returns the amounts, given the weights of the ends.
    pub(super) fn new(graph: &ComponentGraph, strengths: &Strengths, weights: &[f64], width: Width) -> Self {
        let through = PathsThrough::new(graph, weights);
        let paths = through.node(graph.source());
        match width {
            Width::Paths => Self::of_paths(graph, &through, weights, paths),
            Width::Strength => Self::of_strength(graph, strengths, weights, paths),
        }
    }

    /// Returns the largest amount on an edge or readout, or `-inf` if nothing passes anywhere.
    pub(super) fn largest(&self) -> f64 {
        self.edges.iter().flatten().chain(&self.readout).copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn of_paths(graph: &ComponentGraph, through: &PathsThrough, weights: &[f64], paths: PathCount) -> Self {
        let edges = graph.nodes().map(|node| {
            let before = graph.predecessors(node).iter();
            before.map(|&before| through.edge(before, node).ln()).collect()
        });
        let readout =
            graph.ends().iter().zip(weights).map(|(&end, &weight)| {
                if weight > 0.0 { through.reaching(end).ln() } else { f64::NEG_INFINITY }
            });
        Self {
            nodes: graph.nodes().map(|node| through.node(node).ln()).collect(),
            edges: edges.collect(),
            readout: readout.collect(),
            paths,
        }
    }

    fn of_strength(graph: &ComponentGraph, strengths: &Strengths, weights: &[f64], paths: PathCount) -> Self {
        // The total strengths of all paths from the source up to and including a node (`up_to`), and of all
        // paths from just after it to the ends (`after`).
        let mut up_to: Vec<Magnitude> = Vec::with_capacity(graph.node_count());
        for node in graph.nodes() {
            let before: Magnitude = graph.predecessors(node).iter().map(|before| up_to[before.index()]).sum();
            let before = if node == graph.source() { Magnitude::ONE } else { before };
            up_to.push(before * strengths.of_node(graph, node));
        }
        let mut after = vec![Magnitude::ZERO; graph.node_count()];
        let mut total = Magnitude::ZERO;
        let mut read = Vec::with_capacity(weights.len());
        for (end, &weight) in graph.ends().iter().zip(weights) {
            after[end.index()] += Magnitude::new(weight);
            read.push(up_to[end.index()] * Magnitude::new(weight));
            total += up_to[end.index()] * Magnitude::new(weight);
        }
        for node in graph.nodes().rev() {
            let through_node = strengths.of_node(graph, node) * after[node.index()];
            for before in graph.predecessors(node) {
                after[before.index()] += through_node;
            }
        }
        let share = |part: Magnitude| if part.is_zero() { f64::NEG_INFINITY } else { part.ln() - total.ln() };
        let edges = graph.nodes().map(|node| {
            let through_node = strengths.of_node(graph, node) * after[node.index()];
            let before = graph.predecessors(node).iter();
            before.map(|before| share(up_to[before.index()] * through_node)).collect()
        });
        Self {
            edges: edges.collect(),
            nodes: graph.nodes().map(|node| share(up_to[node.index()] * after[node.index()])).collect(),
            readout: read.into_iter().map(share).collect(),
            paths,
        }
    }
}

/// Returns ln(eᵃ + eᵇ).
pub(super) fn ln_sum(a: f64, b: f64) -> f64 {
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// A scale that maps amounts to line widths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WidthScale {
    width: Width,
    /// The logarithm of the largest amount; `-inf` if nothing passes anywhere.
    largest: f64,
}

impl WidthScale {
    /// Returns the scale for amounts, given the logarithm of the largest.
    pub(super) fn new(width: Width, largest: f64) -> Self {
        Self { width, largest }
    }

    /// Returns the width of a line, or `None` if nothing passes over it.
    pub(super) fn of(&self, amount: f64) -> Option<f64> {
        if amount == f64::NEG_INFINITY {
            return None;
        }
        Some(match self.width {
            Width::Strength => (WIDEST * (amount - self.largest).exp()).clamp(THINNEST, WIDEST),
            Width::Paths if self.is_logarithmic() => {
                THINNEST + (WIDEST - THINNEST) * (amount / self.largest).clamp(0.0, 1.0)
            }
            Width::Paths => (amount.exp() * (WIDEST / self.largest.exp()).min(WIDEST_SINGLE)).min(WIDEST),
        })
    }

    /// Returns whether numbers of paths differ too much for proportional widths.
    fn is_logarithmic(&self) -> bool {
        self.width == Width::Paths && self.largest > MOST_PROPORTIONAL.ln() + 1e-9
    }

    /// Returns the caption in the legend.
    pub(super) fn caption(&self) -> &'static str {
        match self.width {
            Width::Paths if self.is_logarithmic() => "width: number of paths, logarithmic",
            Width::Paths => "width: number of paths",
            Width::Strength => "width: share of the total strength",
        }
    }

    /// Returns ascending widths with their amounts for the legend.
    pub(super) fn samples(&self) -> Vec<(f64, String)> {
        if self.largest == f64::NEG_INFINITY {
            return Vec::new();
        }
        let mut amounts = match self.width {
            Width::Strength => {
                let least = self.largest + (THINNEST / WIDEST).ln();
                return [least, self.largest - 2_f64.ln(), self.largest]
                    .into_iter()
                    .enumerate()
                    .filter_map(|(index, amount)| {
                        let most = if index == 0 { "≤ " } else { "" };
                        Some((self.of(amount)?, format!("{most}{}", numbers::from_ln(amount))))
                    })
                    .collect();
            }
            Width::Paths if self.is_logarithmic() => {
                let middle = self.largest / 2.0;
                // Round the amount: nearby amounts have almost the same width.
                let round = (middle * std::f64::consts::LOG10_E).round() * std::f64::consts::LN_10;
                vec![0.0, if middle > 4.0 { round } else { middle }, self.largest]
            }
            Width::Paths => vec![0.0, (self.largest.exp() / 2.0).ceil().ln(), self.largest],
        };
        // Round to integers, as long as an `f64` can tell them apart.
        for amount in &mut amounts {
            if *amount < 30.0 {
                *amount = amount.exp().round().ln();
            }
        }
        amounts.dedup();
        let label = |amount: f64| {
            if amount < 999_999.5_f64.ln() {
                format!("{:.0}", amount.exp())
            } else {
                numbers::from_ln(amount)
            }
        };
        amounts.into_iter().filter_map(|amount| Some((self.of(amount)?, label(amount)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::circuit::{Circuit, Readout};
    use pathscope_core::graph::unroll::{Component, UnrolledCircuit};

    fn flow(width: Width, strength: impl FnMut(&Component) -> f64) -> (UnrolledCircuit, Flow) {
        let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3)).unwrap();
        let strengths = Strengths::new(unrolled.components(), strength);
        let weights = unrolled.readout_weights(Readout::EarlyAvg);
        let flow = Flow::new(unrolled.graph(), &strengths, &weights, width);
        (unrolled, flow)
    }

    #[test]
    fn shares_are_those_of_the_paths_over_an_edge() {
        // Bottom-up 1, lateral ½, normalizations 1: the paths of lengths 1, 1, 2, 1, 2, 3 have
        // strengths 1, 1, ½, 1, ½, ¼ by iteration, in sum 4.25.
        let (unrolled, flow) = flow(Width::Strength, |component| match component {
            Component::Convolution { connection: 1, .. } => 0.5,
            _ => 1.0,
        });
        let read: Vec<f64> = flow.readout.iter().map(|share| share.exp()).collect();
        for (found, expected) in read.iter().zip([1.0, 1.5, 1.75]) {
            assert!((found - expected / 4.25).abs() < 1e-12, "{read:?}");
        }
        // The paths of strengths ½ (read at 2) and ¼ (read at 3) pass over the edge from the output at t = 1.
        let graph = unrolled.graph();
        let output = graph.ends()[0];
        let after = graph.nodes().find(|&node| graph.predecessors(node) == [output]).unwrap();
        assert!((flow.edges[after.index()][0].exp() - 0.75 / 4.25).abs() < 1e-12);
        assert!(flow.nodes[0].abs() < 1e-12);
    }

    #[test]
    fn nothing_passes_where_all_strengths_are_zero() {
        let (_, flow) = flow(Width::Strength, |_| 0.0);
        assert!(flow.nodes.iter().all(|&share| share == f64::NEG_INFINITY));
        assert!(flow.edges.iter().flatten().all(|&share| share == f64::NEG_INFINITY));
        assert_eq!(flow.paths.to_u64(), Some(6));
    }

    #[test]
    fn widths_are_proportional_while_they_can_be_told_apart() {
        let (_, flow) = flow(Width::Paths, |_| 1.0);
        let scale = WidthScale::new(Width::Paths, flow.largest());
        let ratio = scale.of(3_f64.ln()).unwrap() / scale.of(0.0).unwrap();
        assert!((ratio - 3.0).abs() < 1e-12);
        assert_eq!(scale.caption(), "width: number of paths");
        let labels: Vec<String> = scale.samples().into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["1", "2", "4"]);
    }

    #[test]
    fn many_paths_are_drawn_on_a_logarithmic_scale() {
        let scale = WidthScale::new(Width::Paths, 5000.0);
        assert!(scale.caption().contains("logarithmic"));
        let widths: Vec<f64> = scale.samples().into_iter().map(|(width, _)| width).collect();
        for (width, expected) in widths.iter().zip([THINNEST, (THINNEST + WIDEST) / 2.0, WIDEST]) {
            assert!((width - expected).abs() < 0.01, "{widths:?}");
        }
        assert_eq!(widths.len(), 3);
        assert_eq!(scale.of(f64::NEG_INFINITY), None);
    }

    #[test]
    fn sums_of_logarithms() {
        assert!((ln_sum(2_f64.ln(), 3_f64.ln()) - 5_f64.ln()).abs() < 1e-15);
        assert_eq!(ln_sum(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert_eq!(ln_sum(f64::NEG_INFINITY, 1.0), 1.0);
    }
}
