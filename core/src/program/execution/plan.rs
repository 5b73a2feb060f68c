//! What has to be computed for a tensor, and in which order.

use super::{Budget, Storages, needs};
use crate::program::kernels::{Reason, kernel};
use crate::program::{Origin, Program, ValueId};
use std::collections::HashSet;

/// What a step costs however few elements it has.
const WORK_OF_A_STEP: u64 = 1 << 15;

/// A step of a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::program) enum Step {
    /// What the operation of that number gives.
    Result(usize),
    /// The content of a tensor after its memory has been changed that often.
    State(ValueId, usize),
}

/// Steps in the order in which they are computed, with the steps that each needs.
pub(in crate::program) type Plan = Vec<(Step, Vec<Step>)>;

/// The steps of a program, and what each needs.
#[derive(Clone, Copy)]
pub(in crate::program) struct Steps<'a> {
    /// The program.
    pub(in crate::program) program: &'a Program,
    /// The memory of its tensors.
    pub(in crate::program) storages: &'a Storages,
    /// What may be spent on all tensors of the program together.
    pub(in crate::program) budget: &'a Budget,
}

/// Why a step cannot be performed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::program) struct Failure {
    /// The number of the operation that the step belongs to.
    pub(in crate::program) operation: usize,
    /// What is wrong with it.
    pub(in crate::program) reason: Reason,
}

impl Steps<'_> {
    /// Returns the number of the operation that a step belongs to; `None` where it reads a tensor that is stored
    /// or given.
    pub(in crate::program) fn operation(&self, step: Step) -> Option<usize> {
        match step {
            Step::Result(operation) => Some(operation),
            Step::State(id, version) => {
                let view = self.storages.view(id).map(|view| view.operation);
                let write = || self.storages.write(id, version).map(|write| write.operation);
                view.or_else(write).or(match self.program.value(id).origin {
                    Origin::Operation(operation) => Some(operation),
                    _ => None,
                })
            }
        }
    }

    /// Returns a failure at a step; one that reads a tensor fails at the last operation that there is.
    pub(in crate::program) fn failure(&self, step: Step, reason: Reason) -> Failure {
        let operation = self.operation(step).unwrap_or(self.program.operations.len().saturating_sub(1));
        Failure { operation, reason }
    }

    /// Lists the steps that others need, each with what it needs before it, and those others among them.
    ///
    /// A tensor that is stored or given is a step that needs none.
    pub(in crate::program) fn plan(&self, goals: &[Step]) -> Result<Plan, Failure> {
        let mut plan = Plan::new();
        let mut known = HashSet::new();
        // A step stands here with the steps that it needs when those have been pushed.
        let mut stack: Vec<_> = goals.iter().rev().map(|&goal| (goal, None)).collect();
        while let Some((step, sources)) = stack.pop() {
            if let Some(sources) = sources {
                plan.push((step, sources));
            } else if known.insert(step) {
                self.budget.spend(WORK_OF_A_STEP).map_err(|reason| self.failure(step, reason))?;
                let sources = self.sources(step).map_err(|reason| self.failure(step, reason))?;
                let missing: Vec<Step> =
                    sources.iter().copied().filter(|step| !known.contains(step)).collect();
                stack.push((step, Some(sources)));
                stack.extend(missing.into_iter().rev().map(|step| (step, None)));
            }
        }
        Ok(plan)
    }

    /// Returns the steps that a step needs directly.
    fn sources(&self, step: Step) -> Result<Vec<Step>, Reason> {
        let (id, version) = match step {
            Step::Result(index) => {
                let operation = &self.program.operations[index];
                if kernel::<f64>(operation).is_none() {
                    return Err(Reason::Unlisted);
                }
                let read = |id| Step::State(id, self.storages.version(id, index));
                return Ok(needs(operation).into_iter().map(read).collect());
            }
            Step::State(id, version) => (id, version),
        };
        let value = self.program.value(id);
        let uncertain = || Err(Reason::Sharing { value: value.name.clone() });
        if !self.storages.is_certain(id, version) {
            return uncertain();
        }
        if let Some(view) = self.storages.view(id) {
            return match (view.output, kernel::<f64>(&self.program.operations[view.operation])) {
                (Some(_), None) => Err(Reason::Unlisted),
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
        match value.origin {
            Origin::Operation(index) => Ok(vec![Step::Result(index)]),
            _ => Ok(Vec::new()),
        }
    }
}
