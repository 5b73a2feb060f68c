//! Elementwise choices between several values.

use super::Tracer;
use super::layout::Layout;
use super::products::Operand;
use super::signal::{Flow, Gate, Hard, Paths, Signal};
use super::stacks::base;
use crate::program::ValueId;

impl Tracer<'_> {
    pub(super) fn choice(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let names = ["self", "other", "value"];
        let condition = operation.tensor("condition").or_else(|| operation.tensor("mask"));
        if let Some(flow) = condition.and_then(|condition| self.chosen_by_constant(index, condition)) {
            return flow;
        }
        let operands: Vec<Operand> = names
            .iter()
            .filter_map(|name| {
                operation.tensor(name)?;
                self.aligned(index, name)
            })
            .collect();
        let chosen: Vec<Signal> = operands.iter().filter_map(|operand| operand.signal().cloned()).collect();
        let is_masked = matches!(base(operation).trim_end_matches('_'), "where" | "masked_fill");
        let signal = match chosen.as_slice() {
            [] => {
                // A choice between constants, made by the image, has zero slope.
                let signal = self.fresh(Paths::None, None);
                Signal { gate: Gate::ByNonlinearity, ..signal }
            }
            // A masked gate is still a gate; the maximum of a gate and a number is another function.
            [one] if is_masked => Signal { hard: Hard::No, ..one.clone() },
            [one] => Signal { gate: Gate::No, hard: Hard::No, ..one.clone() },
            [first, rest @ ..] if rest.iter().all(|other| other.origin == first.origin) => {
                self.function_of_origin(first, Gate::No)
            }
            _ => {
                let operands: Vec<&Operand> = operands.iter().collect();
                Signal { gate: Gate::No, ..self.alongside(&operands) }
            }
        };
        Flow::Image(signal)
    }

    /// Decomposes a choice by a mask that depends on no input, as in a decomposed change of a part of a
    /// value; `None` where the mask is unknown or of another form.
    fn chosen_by_constant(&mut self, index: usize, mask: ValueId) -> Option<Flow> {
        let operation = self.operation(index);
        let name = base(operation).trim_end_matches('_');
        let (if_true, if_false) = match name {
            "where" => ("self", "other"),
            "masked_fill" => ("value", "self"),
            _ => return None,
        };
        let output = self.extents(operation.outputs.first().copied().flatten()?);
        let mask_shape = self.extents(mask);
        let divided: Vec<usize> = (0..mask_shape.len()).filter(|&at| mask_shape[at] != Some(1)).collect();
        let numbers = self.numbers(index, mask)?;
        let chosen: Vec<bool> = numbers.into_iter().map(|number| number != 0.0).collect();
        let options = [if_true, if_false].map(|name| self.aligned(index, name));
        let uniform = chosen.iter().all(|one| *one == chosen[0]).then(|| chosen.first().copied()).flatten();
        if let Some(first) = uniform {
            let taken = options[usize::from(!first)].as_ref()?;
            return Some(taken.flow.clone());
        }
        let &[own] = divided.as_slice() else { return None };
        let at = (own + output.len()).checked_sub(mask_shape.len())?;
        let signals = options.map(|option| option.and_then(|option| option.signal().cloned()));
        let obstacle = signals.iter().flatten().find_map(|signal| signal.obstacle);
        let layouts =
            signals.map(|signal| signal.map_or(Paths::None, |signal| signal.paths).layout(output.len()));
        let mut places = Vec::new();
        let mut start = 0;
        for run in chosen.chunk_by(|one, other| one == other) {
            let part = layouts[usize::from(!run[0])].range(at, start, run.len())?;
            places.push((part, Some(run.len())));
            start += run.len();
        }
        let paths = self.paths_of(&Layout::concatenated(&places, at));
        Some(Flow::Image(self.fresh(paths, obstacle)))
    }
}
