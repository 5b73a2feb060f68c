//! The order in which the blocks of a circuit are computed, with the inputs of each.
//!
//! Blocks are computed iteration by iteration, and within an iteration in the order of the connections
//! without delay (paper, Eqs. 2f-2i). Steps that no readout depends on are left out. A convolution with the
//! same input at several iterations, such as the output of the first CPB or of a held block, is computed
//! once.

use pathscope_core::circuit::{Circuit, INPUT_BLOCK, LayerName, TensorName, TensorPart};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The output of a block at an iteration. The input of the stage has iteration 1.
pub(crate) type Output = (usize, usize);

/// A term in the input of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The source.
    pub source: Output,
    /// The kernel of the convolution, or `None` for an unchanged source.
    pub kernel: Option<TensorName>,
    /// Whether another block or iteration has the same term.
    pub shared: bool,
}

/// The computation of a block at an iteration (Eq. 2i).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockStep {
    /// The computed output.
    pub output: Output,
    /// The terms to add up. There are none if all connections still wait for their delay.
    pub terms: Vec<Term>,
    /// The normalization, if the block has one.
    pub normalization: Option<LayerName>,
    /// Outputs that no later step needs.
    pub released: Vec<Output>,
}

/// The steps of a recurrent stage, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The blocks and iterations to compute.
    pub steps: Vec<BlockStep>,
    /// The outputs that the readout sees, by iteration.
    pub read: Vec<Output>,
}

impl Plan {
    /// Plans a valid circuit that is not a multi-path model, for readouts of the given iterations (from 1).
    ///
    /// # Complexity
    ///
    /// O(T · connections).
    pub(crate) fn new(circuit: &Circuit, read_at: &[usize]) -> Self {
        let last_of = |block| if block == INPUT_BLOCK { 1 } else { circuit.block(block).iterations };
        let output = |block, iteration: usize| (block, iteration.min(last_of(block)));
        let read: Vec<Output> = read_at.iter().map(|&t| output(circuit.read_from, t)).collect();
        let order = order_within_iteration(circuit);

        let sources = |(block, iteration): Output| {
            circuit.connections.iter().enumerate().filter_map(move |(index, connection)| {
                let since = iteration.checked_sub(connection.delay).filter(|&since| since > 0)?;
                (connection.to == block).then(|| (index, output(connection.from, since)))
            })
        };
        let mut needed = BTreeSet::new();
        let mut waiting: Vec<Output> = read.clone();
        while let Some(next) = waiting.pop() {
            if next.0 != INPUT_BLOCK && needed.insert(next) {
                waiting.extend(sources(next).map(|(_, source)| source));
            }
        }

        let mut steps = Vec::new();
        for iteration in 1..=circuit.iterations {
            for &block in order.iter().filter(|&&block| needed.contains(&(block, iteration))) {
                let terms = sources((block, iteration)).map(|(connection, source)| Term {
                    source,
                    kernel: kernel(circuit, connection, iteration),
                    shared: false,
                });
                steps.push(BlockStep {
                    output: (block, iteration),
                    terms: terms.collect(),
                    normalization: circuit.normalization_name(block, iteration),
                    released: Vec::new(),
                });
            }
        }
        mark_shared(&mut steps);
        mark_released(&mut steps);
        Self { steps, read }
    }
}

fn kernel(circuit: &Circuit, connection: usize, iteration: usize) -> Option<TensorName> {
    let name = circuit.connection_name(connection);
    let layer = name.convolution(circuit.connections[connection].operation, iteration)?;
    Some(layer.tensor(TensorPart::Weight))
}

/// Returns the blocks in an order in which connections without delay lead forward.
fn order_within_iteration(circuit: &Circuit) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    let mut left: Vec<usize> = circuit.block_numbers().collect();
    while !left.is_empty() {
        let ready = |block: &usize| {
            let mut inputs = circuit.connections.iter().filter(|connection| connection.to == *block);
            inputs.all(|connection| connection.delay > 0 || !left.contains(&connection.from))
        };
        // A valid circuit has no cycle without delay, so some block is always ready.
        let next = left.iter().position(ready).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}

fn mark_shared(steps: &mut [BlockStep]) {
    let key = |term: &Term| Some((term.source, term.kernel.clone()?));
    let mut uses: HashMap<(Output, TensorName), usize> = HashMap::new();
    for key in steps.iter().flat_map(|step| &step.terms).filter_map(key) {
        *uses.entry(key).or_default() += 1;
    }
    for term in steps.iter_mut().flat_map(|step| &mut step.terms) {
        term.shared = key(term).is_some_and(|key| uses[&key] > 1);
    }
}

fn mark_released(steps: &mut [BlockStep]) {
    let mut needed_later = HashSet::new();
    for step in steps.iter_mut().rev() {
        let sources = step.terms.iter().map(|term| term.source).chain([step.output]);
        step.released = sources.filter(|&source| needed_later.insert(source)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::circuit::Connection;

    fn outputs(plan: &Plan) -> Vec<Output> {
        plan.steps.iter().map(|step| step.output).collect()
    }

    #[test]
    fn the_bottom_up_convolution_of_the_first_rcpb_is_computed_once() {
        let plan = Plan::new(&Circuit::of_recurrent_blocks(1, 3), &[3]);
        assert_eq!(outputs(&plan), [(2, 1), (2, 2), (2, 3)]);
        assert!(plan.steps.iter().all(|step| step.terms[0].shared));
        assert!(!plan.steps[2].terms[1].shared);
        assert_eq!(plan.steps[2].terms[1].source, (2, 2));
        let released: Vec<&[Output]> = plan.steps.iter().map(|step| step.released.as_slice()).collect();
        assert_eq!(released, [[].as_slice(), &[(2, 1)], &[(1, 1), (2, 2), (2, 3)]]);
    }

    #[test]
    fn a_held_block_is_computed_only_until_it_is_held() {
        let mut circuit = Circuit::of_recurrent_blocks(2, 3);
        circuit.blocks[0].iterations = 1;
        let plan = Plan::new(&circuit, &[1, 2, 3]);
        assert_eq!(outputs(&plan), [(2, 1), (3, 1), (3, 2), (3, 3)]);
        assert_eq!(plan.steps[3].terms[0].source, (2, 1));
        assert!(plan.steps[3].terms[0].shared);
    }

    #[test]
    fn what_no_readout_sees_is_left_out() {
        let mut circuit = Circuit::of_recurrent_blocks(2, 3);
        circuit.connections.retain(|connection| connection.from != connection.to);
        let plan = Plan::new(&circuit, &[3]);
        assert_eq!(outputs(&plan), [(2, 3), (3, 3)]);
        assert_eq!(outputs(&Plan::new(&Circuit::of_recurrent_blocks(1, 5), &[2])), [(2, 1), (2, 2)]);
    }

    #[test]
    fn top_down_connections_arrive_an_iteration_later() {
        let mut circuit = Circuit::of_recurrent_blocks(2, 2);
        circuit
            .connections
            .insert(0, Connection::new(3, 2, 1, pathscope_core::circuit::Operation::Convolution));
        let plan = Plan::new(&circuit, &[2]);
        assert_eq!(outputs(&plan), [(2, 1), (3, 1), (2, 2), (3, 2)]);
        assert_eq!(plan.steps[0].terms.len(), 1);
        assert_eq!(plan.steps[2].terms[0].source, (3, 1));
    }
}
