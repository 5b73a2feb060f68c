//! What has to be computed for a tensor, and in which order.

use super::storages::{Storages, needs};
use super::table::kernel;
use super::{ConstantError, Reason};
use crate::program::{Operation, Origin, Program, ValueId};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most work on all tensors of a program, in elements that are computed.
const MOST_WORK: u64 = 1 << 36;
/// What a step costs however few elements it has.
const WORK_OF_A_STEP: u64 = 1 << 15;

/// A step of a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// What the operation of that number gives.
    Result(usize),
    /// The content of a tensor after its memory has been changed that often.
    State(ValueId, usize),
}

/// Steps in the order in which they are computed, with the steps that each needs.
pub(super) type Plan = Vec<(Step, Vec<Step>)>;

/// The steps of a program, and what each needs.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    /// The program.
    pub(super) program: &'a Program,
    /// The memory of its tensors.
    pub(super) storages: &'a Storages,
    /// What has been spent on all tensors of the program together.
    pub(super) work: &'a AtomicU64,
}

impl<'a> Steps<'a> {
    /// Returns the operation that a step belongs to; `None` where it reads a stored tensor.
    pub(super) fn operation(&self, step: Step) -> Option<&'a Operation> {
        let index = match step {
            Step::Result(operation) => operation,
            Step::State(id, version) => {
                let view = self.storages.view(id).map(|view| view.operation);
                let write = || self.storages.write(id, version).map(|write| write.operation);
                view.or_else(write).or(match self.program.value(id).origin {
                    Origin::Operation(operation) => Some(operation),
                    _ => None,
                })?
            }
        };
        Some(&self.program.operations[index])
    }

    /// Counts work, in elements that are computed.
    pub(super) fn spend(&self, work: u64) -> Result<(), Reason> {
        let spent = self.work.fetch_add(work, Ordering::Relaxed);
        if spent > MOST_WORK { Err(Reason::Work) } else { Ok(()) }
    }

    /// Returns an error at the operation that a step belongs to.
    pub(super) fn error(&self, step: Step, reason: Reason) -> ConstantError {
        let operation = self.operation(step).expect("only steps of operations fail");
        ConstantError::of_operation(operation, reason)
    }

    /// Lists the steps that a step needs, and itself at the end.
    pub(super) fn plan(&self, goal: Step, asked: ValueId) -> Result<Plan, ConstantError> {
        let mut plan = Plan::new();
        let mut known = HashSet::new();
        // A step stands here with the steps that it needs when those have been pushed.
        let mut stack = vec![(goal, None)];
        while let Some((step, sources)) = stack.pop() {
            if let Some(sources) = sources {
                plan.push((step, sources));
            } else if known.insert(step) {
                if let (Err(reason), Some(operation)) = (self.spend(WORK_OF_A_STEP), self.operation(step)) {
                    return Err(ConstantError::of_operation(operation, reason));
                }
                let sources = self.sources(step, asked)?;
                let missing: Vec<Step> =
                    sources.iter().copied().filter(|step| !known.contains(step)).collect();
                stack.push((step, Some(sources)));
                stack.extend(missing.into_iter().rev().map(|step| (step, None)));
            }
        }
        Ok(plan)
    }

    /// Returns the steps that a step needs directly.
    fn sources(&self, step: Step, asked: ValueId) -> Result<Vec<Step>, ConstantError> {
        let (id, version) = match step {
            Step::Result(index) => {
                let operation = &self.program.operations[index];
                if kernel(operation).is_none() {
                    return Err(self.error(step, Reason::Unlisted));
                }
                let read = |id| Step::State(id, self.storages.version(id, index));
                return Ok(needs(operation).into_iter().map(read).collect());
            }
            Step::State(id, version) => (id, version),
        };
        let value = self.program.value(id);
        let uncertain = || Err(self.error(step, Reason::Sharing { value: value.name.clone() }));
        if !self.storages.is_certain(id, version) {
            return uncertain();
        }
        if let Some(view) = self.storages.view(id) {
            return match (view.output, kernel(&self.program.operations[view.operation])) {
                (Some(_), None) => Err(self.error(step, Reason::Unlisted)),
                _ => Ok(vec![Step::State(view.source, version)]),
            };
        }
        if let Some(write) = self.storages.write(id, version) {
            let result = Step::Result(write.operation);
            return match (write.is_certain, self.storages.is_whole(write.target)) {
                (false, _) => uncertain(),
                (true, true) => Ok(vec![result]),
                (true, false) => Ok(vec![Step::State(id, version - 1), result]),
            };
        }
        match &value.origin {
            Origin::Operation(index) => Ok(vec![Step::Result(*index)]),
            Origin::Input(input) => Err(ConstantError::Input {
                value: self.program.value(asked).name.clone(),
                input: input.clone(),
            }),
            Origin::Parameter(_) | Origin::Buffer(_) | Origin::Constant(_) => Ok(Vec::new()),
        }
    }
}
