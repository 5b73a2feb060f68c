//! The parts of an unrolled circuit that are drawn, by block and iteration.

use crate::figures::flow::{Flow, ln_sum};
use pathscope_core::graph::Part;
use pathscope_core::graph::unroll::{self, Component, UnrolledCircuit};
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;

/// The kind of a node. A block has several nodes at an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Input,
    Connection(usize),
    Normalization,
    Output,
}

/// The place of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub block: usize,
    pub iteration: usize,
    pub kind: Kind,
}

/// A node as it is drawn. An ablated circuit has several copies of a node, one for each length of the paths
/// up to it, which are drawn as one.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlanNode {
    /// The index into [`UnrolledCircuit::components`].
    pub component: Option<usize>,
    /// The index of the normalization of a connection, which is drawn in the same box.
    pub normalization: Option<usize>,
    /// The logarithm of the amount that passes over it.
    pub amount: f64,
}

/// An output that is read out.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlanReadout {
    pub amount: f64,
    /// The index into the ends of the graph. If several ends are drawn as one, it is that of the first.
    pub end: usize,
}

/// The nodes, edges and readouts, each in a fixed order.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub nodes: BTreeMap<Place, PlanNode>,
    /// The logarithm of the amount that passes over each edge.
    pub edges: BTreeMap<(Place, Place), f64>,
    pub readouts: BTreeMap<Place, PlanReadout>,
}

impl Plan {
    pub(super) fn new(unrolled: &UnrolledCircuit, flow: &Flow) -> Self {
        let graph = unrolled.graph();
        let place = |node: NodeIndex| {
            let kind = match (graph.part(node), unrolled.component(node)) {
                (Part::Source, _) => Kind::Input,
                (_, Some(Component::Normalization { .. })) => Kind::Normalization,
                (_, Some(component)) => component.connection().map_or(Kind::Output, Kind::Connection),
                (_, None) => Kind::Output,
            };
            let unroll::Place { block, iteration } = unrolled.place(node);
            Place { block, iteration, kind }
        };
        let mut plan = Self::default();
        for node in graph.nodes() {
            let component = graph.component(node);
            let here = place(node);
            let unused = PlanNode { component, normalization: None, amount: f64::NEG_INFINITY };
            let drawn = plan.nodes.entry(here).or_insert(unused);
            if let Some(Component::ConnectionNormalization { .. }) = unrolled.component(node) {
                drawn.normalization = component;
                continue;
            }
            drawn.amount = ln_sum(drawn.amount, flow.nodes[node.index()]);
            for (&before, &amount) in graph.predecessors(node).iter().zip(&flow.edges[node.index()]) {
                let drawn = plan.edges.entry((place(before), here)).or_insert(f64::NEG_INFINITY);
                *drawn = ln_sum(*drawn, amount);
            }
        }
        for (index, (&end, &amount)) in graph.ends().iter().zip(&flow.readout).enumerate() {
            let unread = PlanReadout { amount: f64::NEG_INFINITY, end: index };
            let drawn = plan.readouts.entry(place(end)).or_insert(unread);
            drawn.amount = ln_sum(drawn.amount, amount);
        }
        plan
    }

    /// Returns the connection that an edge into a place belongs to, if it leads from block to block.
    pub(super) fn connection(to: Place) -> Option<usize> {
        match to.kind {
            Kind::Connection(index) => Some(index),
            Kind::Input | Kind::Normalization | Kind::Output => None,
        }
    }

    /// Removes the parts that no path passes.
    pub(super) fn without_unused(mut self) -> Self {
        self.nodes.retain(|_, node| node.amount > f64::NEG_INFINITY);
        self.edges.retain(|_, amount| *amount > f64::NEG_INFINITY);
        self.readouts.retain(|_, readout| readout.amount > f64::NEG_INFINITY);
        self
    }
}

/// Returns the iterations that are drawn: the first `fold` and the last, or all. The last is the last
/// iteration at which anything is computed for the readout. It comes before T if the block that is read out
/// is held.
pub(super) fn shown_iterations(unrolled: &UnrolledCircuit, fold: Option<usize>) -> Vec<usize> {
    let all = unrolled.graph().nodes().map(|node| unrolled.place(node).iteration).max().unwrap_or(0);
    match fold {
        Some(first) if first.max(1) + 1 < all => (1..=first.max(1)).chain([all]).collect(),
        _ => (1..=all).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::flow::Width;
    use pathscope_core::circuit::{Circuit, MultiPath, Readout};
    use pathscope_core::paths::strength::Strengths;

    #[test]
    fn folding_keeps_the_ends() {
        let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 6)).unwrap();
        assert_eq!(shown_iterations(&unrolled, Some(2)), [1, 2, 6]);
        assert_eq!(shown_iterations(&unrolled, Some(0)), [1, 6]);
        assert_eq!(shown_iterations(&unrolled, Some(5)), [1, 2, 3, 4, 5, 6]);
        assert_eq!(shown_iterations(&unrolled, None).len(), 6);
    }

    #[test]
    fn copies_of_a_node_in_an_ablated_circuit_are_drawn_as_one() {
        let mut circuit = Circuit::of_recurrent_blocks(1, 4);
        circuit.multi_path = Some(MultiPath { lengths_removed: [2].into() });
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let strengths = Strengths::new(unrolled.components(), |_| 1.0);
        let weights = unrolled.readout_weights(Readout::EarlyAvg);
        let flow = Flow::new(unrolled.graph(), &strengths, &weights, Width::Paths);
        let plan = Plan::new(&unrolled, &flow);
        // The input, four iterations of bottom-up, normalization and output, and three laterals.
        assert_eq!(plan.nodes.len(), 1 + 4 * 3 + 3);
        assert!(unrolled.graph().node_count() > plan.nodes.len());
        // Lengths 1 to 4 at iteration 4, without 2.
        let last = Place { block: 2, iteration: 4, kind: Kind::Output };
        assert!((plan.nodes[&last].amount.exp() - 3.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_read_can_be_left_out() {
        let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3)).unwrap();
        let strengths = Strengths::new(unrolled.components(), |_| 1.0);
        let weights = unrolled.readout_weights(Readout::NoAvg);
        let flow = Flow::new(unrolled.graph(), &strengths, &weights, Width::Paths);
        let plan = Plan::new(&unrolled, &flow);
        assert_eq!(plan.readouts.len(), 3);
        let plan = plan.without_unused();
        assert_eq!(plan.readouts.len(), 1);
        assert_eq!(plan.nodes.len(), unrolled.graph().node_count());
    }
}
