//! The steps of a program, performed in order and observed by the code that decomposes them.

use super::error::ContributionError;
use super::forward::Contributor;
use crate::program::execution::{Action, ExecutionError, Failure, Held, Machine, Step};
use crate::program::kernels::{Content, Reason, Tensor};
use crate::program::tracing::OperationName;
use crate::program::{Element, Program};
use std::collections::HashMap;

/// A step that is about to be performed, or was just performed.
pub(super) struct At<'s, 'm, T> {
    pub(super) step: Step,
    /// The results of the steps that it needs.
    pub(super) sources: &'s Held<T>,
    /// Its own result; `None` before it is performed.
    pub(super) contents: &'s [Content<T>],
    /// The steps that no later step needs.
    pub(super) drops: &'s [Step],
    pub(super) machine: Machine<'m>,
}

impl<T: Element> Contributor<'_, T> {
    /// Performs all steps, and shows the operands and results of some of them.
    pub(super) fn each_step<'m>(
        &'m self,
        program: &'m Program,
        inputs: &[Tensor<T>],
        is_seen: impl Fn(Step) -> bool,
        see: impl FnMut(At<'_, 'm, T>) -> Result<(), ContributionError>,
    ) -> Result<(), ContributionError> {
        self.each_step_or(program, inputs, is_seen, |_| Ok(None), see)
    }

    /// Performs all steps like [`Self::each_step`], but observed steps may be performed in another way.
    ///
    /// # Arguments
    ///
    /// * `perform` - returns the result of a step, or `None` where it is to be performed as usual
    pub(super) fn each_step_or<'m>(
        &'m self,
        program: &'m Program,
        inputs: &[Tensor<T>],
        is_seen: impl Fn(Step) -> bool,
        mut perform: impl FnMut(&At<'_, 'm, T>) -> Result<Option<Vec<Content<T>>>, ContributionError>,
        mut see: impl FnMut(At<'_, 'm, T>) -> Result<(), ContributionError>,
    ) -> Result<(), ContributionError> {
        let prepared = self.execution.prepared();
        let machine = prepared.machine(program);
        let mut held: Held<T> = HashMap::new();
        for planned in prepared.steps() {
            let step = planned.step;
            let mut sources: Held<T> = HashMap::new();
            for source in &planned.sources {
                let contents = held.get(source).or_else(|| prepared.constants().get(source));
                sources.extend(contents.map(|contents| (*source, contents.clone())));
            }
            for dropped in &planned.drops {
                held.remove(dropped);
            }
            // A value that nobody observes may be overwritten by the result of the step.
            let kept = if is_seen(step) { sources.clone() } else { HashMap::new() };
            let before = At { step, sources: &kept, contents: &[], drops: &planned.drops, machine };
            let performed = if is_seen(step) { perform(&before)? } else { None };
            let contents = match (performed, machine.action(step)) {
                (Some(contents), _) => contents,
                (None, Action::Leaf(id)) => {
                    let at = self.program.inputs.iter().position(|&input| input == id);
                    at.and_then(|at| inputs.get(at))
                        .map(|input| Content::Array(input.clone()))
                        .into_iter()
                        .collect()
                }
                (None, _) => machine.perform(step, sources).map_err(|reason| self.failed(step, reason))?,
            };
            if is_seen(step) {
                see(At { step, sources: &kept, contents: &contents, drops: &planned.drops, machine })?;
            }
            held.insert(step, contents);
        }
        Ok(())
    }

    /// Returns the value that a step gave.
    pub(super) fn whole(&self, at: &At<'_, '_, T>) -> Result<Tensor<T>, ContributionError> {
        match at.contents.first() {
            Some(Content::Array(whole)) => Ok(whole.clone()),
            _ => Err(self.refused(at.step, Reason::Only("where what it gives has a shape"))),
        }
    }

    fn operation_of(&self, step: Step) -> Option<usize> {
        match self.execution.prepared().machine(self.program).action(step) {
            Action::Leaf(_) => None,
            Action::Operation(operation)
            | Action::Pick { operation, .. }
            | Action::View { operation, .. }
            | Action::Replace { operation }
            | Action::Write { operation, .. } => Some(operation),
        }
    }

    /// Returns the error of a step that cannot be performed.
    pub(super) fn failed(&self, step: Step, reason: Reason) -> ContributionError {
        match self.operation_of(step) {
            Some(operation) => ExecutionError::new(self.program, Failure { operation, reason }).into(),
            None => ContributionError::Value { value: self.name(step), reason: Box::new(reason) },
        }
    }

    /// Returns the error of a step that cannot be decomposed.
    pub(super) fn refused(&self, step: Step, reason: Reason) -> ContributionError {
        match self.operation_of(step) {
            Some(operation) => {
                let operation = OperationName::of(&self.program.operations[operation]);
                ContributionError::Operation { operation: Box::new(operation), reason: Box::new(reason) }
            }
            None => ContributionError::Value { value: self.name(step), reason: Box::new(reason) },
        }
    }

    /// Returns the name of the value that a step gives.
    pub(super) fn name(&self, step: Step) -> String {
        match step {
            Step::State(id, _) => self.program.value(id).name.clone(),
            Step::Result(index) => self.program.operations[index].name.clone(),
        }
    }
}
