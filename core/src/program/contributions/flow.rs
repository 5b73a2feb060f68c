//! The steps of a program that carry paths from where they begin to where they end.

use super::super::execution::{Planned, Step, Storages};
use super::super::kernels::is_in_place;
use crate::program::rules::{Rule, rule};
use crate::program::tracing::Traced;
use crate::program::{Argument, Operation, Origin, Program, ValueId};
use std::collections::HashSet;

/// The steps that paths lead through.
#[derive(Debug)]
pub(super) struct Flow {
    /// The steps whose values paths begin at.
    pub(super) starts: HashSet<Step>,
    /// The steps on the way from a start to an end.
    pub(super) on_the_way: HashSet<Step>,
}

/// The information that is needed to follow paths.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    pub(super) program: &'a Program,
    pub(super) storages: &'a Storages,
    pub(super) traced: &'a Traced,
}

impl<'a> Course<'a> {
    /// Follows paths through the steps of a plan.
    ///
    /// # Arguments
    ///
    /// * `starts` - the values where paths begin
    /// * `ends` - the steps where paths end
    pub(super) fn flow(self, plan: &[Planned], starts: &[ValueId], ends: &[Step]) -> Flow {
        let starts: HashSet<Step> = plan
            .iter()
            .map(|planned| planned.step)
            .filter(|step| starts.iter().any(|start| self.is_start(*step, *start)))
            .collect();
        let mut carrying: HashSet<Step> = HashSet::new();
        for Planned { step, sources, .. } in plan {
            let carries = |source: &&Step| carrying.contains(*source) && self.passes(**source, *step);
            if starts.contains(step) || sources.iter().any(|source| carries(&source)) {
                carrying.insert(*step);
            }
        }
        let mut on_the_way: HashSet<Step> =
            ends.iter().copied().filter(|end| carrying.contains(end)).collect();
        for Planned { step, sources, .. } in plan.iter().rev() {
            if on_the_way.contains(step) && !starts.contains(step) {
                let before = sources
                    .iter()
                    .filter(|source| carrying.contains(*source) && self.passes(**source, *step));
                on_the_way.extend(before);
            }
        }
        Flow { starts, on_the_way }
    }

    /// Returns whether a step gives a value where paths begin, under whatever name.
    fn is_start(self, step: Step, start: ValueId) -> bool {
        let made_by = match self.program.value(start).origin {
            Origin::Operation(index) => Some(index),
            _ => None,
        };
        match (step, made_by) {
            // The tensor that is changed in place and the one that is returned are the same.
            (Step::Result(index), Some(made_by)) => {
                let operation = &self.program.operations[made_by];
                index == made_by
                    && (is_in_place(operation) && operation.outputs.first() == Some(&Some(start)))
            }
            (Step::State(id, version), made_by) => {
                let reader = made_by.map_or(0, |index| index + 1);
                id == start && version == self.storages.version(start, reader)
            }
            (Step::Result(_), None) => false,
        }
    }

    /// Returns whether paths lead from the result of one step into another that needs it.
    fn passes(self, source: Step, step: Step) -> bool {
        match (source, step) {
            (Step::State(id, _), Step::Result(index)) => self.carries(index, id),
            // Only the first result of an operation carries paths; parts of a tensor are views.
            (Step::Result(index), Step::State(id, _)) => {
                let operation = &self.program.operations[index];
                is_in_place(operation) || operation.outputs.first() == Some(&Some(id))
            }
            _ => true,
        }
    }

    /// Returns whether paths lead through a tensor where an operation reads it.
    fn carries(self, index: usize, id: ValueId) -> bool {
        let operation = &self.program.operations[index];
        let read_as = |name: &str| operation.tensor(name) == Some(id);
        let rule = rule(&operation.target).map(|(rule, _)| rule);
        // In self-attention, one tensor passes as the values and gates as the queries.
        let passes_too = rule == Some(Rule::Attention) || self.traced.functions.contains(&index);
        if self.traced.gates.contains(&(index, id)) && !passes_too {
            return false;
        }
        match rule {
            None | Some(Rule::Step | Rule::Shape) => false,
            Some(Rule::Quotient) => *operation.argument("rounding_mode") == Argument::None,
            Some(Rule::Attention) => read_as("value"),
            Some(Rule::Copy) => read_as("src") || read_as("value"),
            Some(_) => true,
        }
    }

    /// Returns the tensors that carry paths into an operation, among the results of the given steps.
    pub(super) fn carried(self, index: usize, on_the_way: &HashSet<Step>) -> HashSet<ValueId> {
        let operation: &Operation = &self.program.operations[index];
        let state = |id: ValueId| Step::State(id, self.storages.version(id, index));
        operation.reads().filter(|&id| on_the_way.contains(&state(id)) && self.carries(index, id)).collect()
    }
}
