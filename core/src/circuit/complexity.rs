//! Architectural complexity of a recurrent circuit, as Zhang et al. 2016 define it (reference 26 of
//! the paper: *Architectural complexity measures of recurrent neural networks*).
//!
//! That article considers the cyclic graph of a recurrent network. An edge stands for one nonlinear
//! transition and carries a delay σ. With l the number of edges and σ the sum of delays,
//!
//! * the recurrent depth is the largest l / σ of any cycle: transitions for each step in time;
//! * the feed-forward depth is the largest l − σ · (recurrent depth) of any path from the input to
//!   the output: transitions that come on top of those;
//! * the recurrent skip coefficient is the largest σ / l of any cycle: steps in time for each
//!   transition, on the fastest way.
//!
//! Here the input is that of the recurrent stage and the output is the readout. Every connection is an edge,
//! even an identity, because the block's activation follows it. The step from the top block to the readout is
//! an edge too. So one RCPB has recurrent depth 1, feed-forward depth 2 and skip coefficient 1, like the
//! one-layer network of that article. The measures describe the circuit unrolled without end: they depend
//! neither on T nor on the iterations at which connections are active.

use crate::circuit::{Circuit, INPUT_BLOCK};
use serde::Serialize;

/// The three measures of architectural complexity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Complexity {
    /// Transitions per iteration on the slowest cycle; 0 without a cycle.
    pub recurrent_depth: f64,
    /// Transitions from input to output beyond those of the recurrence.
    pub feedforward_depth: f64,
    /// Iterations per transition on the fastest cycle; `None` without a cycle.
    pub recurrent_skip_coefficient: Option<f64>,
}

/// An edge of the cyclic graph.
#[derive(Clone, Copy, Debug)]
struct Edge {
    from: usize,
    to: usize,
    /// Its transitions and its iterations.
    transitions: i128,
    delay: i128,
}

impl Complexity {
    /// Measures a circuit.
    ///
    /// # Arguments
    ///
    /// * `circuit` - a valid circuit: see [`Circuit::validate`]
    ///
    /// # Complexity
    ///
    /// O(blocks · connections) for each improvement of a ratio; there are few improvements. The result is
    /// exact, as all arithmetic is on integers.
    ///
    /// # Examples
    ///
    /// In two RCPBs with a top-down connection, the slowest cycle makes two transitions in one iteration, and
    /// each lateral connection is a fastest cycle.
    ///
    /// ```
    /// use pathscope_core::circuit::{Circuit, Connection, Operation};
    /// use pathscope_core::circuit::complexity::Complexity;
    ///
    /// let mut circuit = Circuit::of_recurrent_blocks(2, 3);
    /// circuit.connections.push(Connection::new(3, 2, 1, Operation::Convolution));
    /// let measured = Complexity::of(&circuit);
    /// assert_eq!(measured.recurrent_depth, 2.0);
    /// assert_eq!(measured.feedforward_depth, 3.0);
    /// assert_eq!(measured.recurrent_skip_coefficient, Some(1.0));
    /// ```
    pub fn of(circuit: &Circuit) -> Self {
        let readout = INPUT_BLOCK + circuit.blocks.len() + 1;
        let mut edges: Vec<Edge> = circuit
            .connections
            .iter()
            .map(|connection| Edge {
                from: connection.from,
                to: connection.to,
                transitions: 1,
                delay: connection.delay as i128,
            })
            .collect();
        edges.push(Edge { from: circuit.read_from, to: readout, transitions: 1, delay: 0 });
        let edges = edges_between(&edges, INPUT_BLOCK, readout);
        let nodes = readout + 1;

        let depth = largest_cycle_ratio(nodes, &edges, |edge| (edge.transitions, edge.delay));
        let skip = largest_cycle_ratio(nodes, &edges, |edge| (edge.delay, edge.transitions));
        let (numerator, denominator) = depth.unwrap_or((0, 1));
        let beyond = longest_path(nodes, &edges, INPUT_BLOCK, readout, |edge| {
            denominator * edge.transitions - numerator * edge.delay
        });
        Self {
            recurrent_depth: numerator as f64 / denominator as f64,
            feedforward_depth: beyond as f64 / denominator as f64,
            recurrent_skip_coefficient: skip
                .map(|(iterations, transitions)| iterations as f64 / transitions as f64),
        }
    }
}

/// Returns the edges that lie on a path from `start` to `end`.
fn edges_between(edges: &[Edge], start: usize, end: usize) -> Vec<Edge> {
    let reach = |start: usize, step: &dyn Fn(&Edge) -> (usize, usize)| {
        let mut reached = vec![start];
        let mut next = 0;
        while let Some(&node) = reached.get(next) {
            for (from, to) in edges.iter().map(step) {
                if from == node && !reached.contains(&to) {
                    reached.push(to);
                }
            }
            next += 1;
        }
        reached
    };
    let forward = reach(start, &|edge| (edge.from, edge.to));
    let backward = reach(end, &|edge| (edge.to, edge.from));
    edges.iter().filter(|edge| forward.contains(&edge.from) && backward.contains(&edge.to)).copied().collect()
}

/// Returns the largest ratio of sums over any cycle, as numerator and denominator; `None` without cycles.
///
/// Starts from 0 and moves to the ratio of any cycle that exceeds it, until no cycle does.
fn largest_cycle_ratio(
    nodes: usize,
    edges: &[Edge],
    measure: impl Fn(&Edge) -> (i128, i128),
) -> Option<(i128, i128)> {
    let mut best = (-1, 1);
    while let Some(cycle) = positive_cycle(nodes, edges, |edge| {
        let (numerator, denominator) = measure(edge);
        best.1 * numerator - best.0 * denominator
    }) {
        let sums = cycle.iter().map(|&edge| measure(&edges[edge]));
        best = sums.fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    }
    (best.0 >= 0).then_some(best)
}

/// Returns the edges of a cycle of positive weight, if there is one (Bellman and Ford).
fn positive_cycle(nodes: usize, edges: &[Edge], weight: impl Fn(&Edge) -> i128) -> Option<Vec<usize>> {
    let mut longest = vec![0; nodes];
    let mut reached_by: Vec<Option<usize>> = vec![None; nodes];
    let mut improved = None;
    for _ in 0..nodes {
        improved = None;
        for (index, edge) in edges.iter().enumerate() {
            let length = longest[edge.from] + weight(edge);
            if length > longest[edge.to] {
                longest[edge.to] = length;
                reached_by[edge.to] = Some(index);
                improved = Some(edge.to);
            }
        }
    }
    // An improvement in the last round comes from a cycle; `nodes` steps back lead onto it.
    let mut node = improved?;
    for _ in 0..nodes {
        node = edges[reached_by[node]?].from;
    }
    let mut cycle = Vec::new();
    let start = node;
    loop {
        let edge = reached_by[node]?;
        cycle.push(edge);
        node = edges[edge].from;
        if node == start {
            return Some(cycle);
        }
    }
}

/// Returns the largest sum of weights from `start` to `end`, in a graph without cycles of positive weight.
fn longest_path(
    nodes: usize,
    edges: &[Edge],
    start: usize,
    end: usize,
    weight: impl Fn(&Edge) -> i128,
) -> i128 {
    let mut longest: Vec<Option<i128>> = vec![None; nodes];
    longest[start] = Some(0);
    for _ in 0..nodes {
        for edge in edges {
            let length = longest[edge.from].map(|length| length + weight(edge));
            longest[edge.to] = longest[edge.to].max(length);
        }
    }
    longest[end].unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{Connection, Operation};

    fn connect(circuit: &mut Circuit, from: usize, to: usize, delay: usize) {
        circuit.connections.push(Connection::new(from, to, delay, Operation::Convolution));
    }

    #[test]
    fn stacked_blocks() {
        let measured = Complexity::of(&Circuit::of_recurrent_blocks(3, 5));
        assert_eq!(measured.recurrent_depth, 1.0);
        assert_eq!(measured.feedforward_depth, 4.0);
        assert_eq!(measured.recurrent_skip_coefficient, Some(1.0));
    }

    #[test]
    fn a_feed_forward_circuit_has_no_recurrence() {
        let measured = Complexity::of(&Circuit::of_recurrent_blocks(2, 1));
        assert_eq!(measured.recurrent_depth, 0.0);
        assert_eq!(measured.feedforward_depth, 3.0);
        assert_eq!(measured.recurrent_skip_coefficient, None);
    }

    #[test]
    fn a_longer_delay_lets_signals_skip() {
        let mut circuit = Circuit::of_recurrent_blocks(1, 5);
        connect(&mut circuit, 2, 2, 3);
        let measured = Complexity::of(&circuit);
        assert_eq!(measured.recurrent_depth, 1.0);
        assert_eq!(measured.recurrent_skip_coefficient, Some(3.0));
    }

    #[test]
    fn ratios_need_not_be_whole() {
        // Without lateral connections, three blocks in a loop that takes two iterations:
        // 3 transitions / 2 iterations; from the input 4 transitions.
        let mut circuit = Circuit::of_recurrent_blocks(3, 5);
        circuit.connections.retain(|connection| connection.from != connection.to);
        connect(&mut circuit, 4, 2, 2);
        let measured = Complexity::of(&circuit);
        assert_eq!(measured.recurrent_depth, 1.5);
        assert_eq!(measured.feedforward_depth, 4.0);
        assert_eq!(measured.recurrent_skip_coefficient, Some(2.0 / 3.0));
    }

    #[test]
    fn cycles_that_the_readout_does_not_see_do_not_count() {
        let mut circuit = Circuit::of_recurrent_blocks(3, 5);
        circuit.connections.retain(|connection| connection.from != connection.to || connection.to == 4);
        circuit.read_from = 3;
        let measured = Complexity::of(&circuit);
        assert_eq!(measured.recurrent_depth, 0.0);
        assert_eq!(measured.feedforward_depth, 3.0);
    }
}
