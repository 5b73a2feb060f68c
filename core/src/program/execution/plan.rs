//! The order of the steps that compute a tensor.

use super::{Budget, Storages, needs};
use crate::program::kernels::{Reason, kernel};
use crate::program::{Origin, Program, ValueId};
use std::collections::HashSet;

/// The minimum cost of a step, in elements.
const WORK_OF_A_STEP: u64 = 1 << 15;

/// A step of a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::program) enum Step {
    /// The result of the operation with the given number.
    Result(usize),
    /// The content of a tensor after the given number of changes of its memory.
    State(ValueId, usize),
}

/// The steps in the order of computation, each with the steps that it needs.
pub(in crate::program) type Plan = Vec<(Step, Vec<Step>)>;

/// The steps of a program and their dependencies.
#[derive(Clone, Copy)]
pub(in crate::program) struct Steps<'a> {
    /// The program.
    pub(in crate::program) program: &'a Program,
    /// The memory of its tensors.
    pub(in crate::program) storages: &'a Storages,
    /// The budget for all tensors of the program together.
    pub(in crate::program) budget: &'a Budget,
}

/// The failure of a step.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::program) struct Failure {
    /// The number of the operation that the step belongs to.
    pub(in crate::program) operation: usize,
    /// The reason.
    pub(in crate::program) reason: Reason,
}

impl Steps<'_> {
    /// Returns the number of the operation that a step belongs to; `None` where it reads a stored tensor or
    /// an input.
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

    /// Returns a failure at a step; a step that reads a tensor fails at the last operation.
    pub(in crate::program) fn failure(&self, step: Step, reason: Reason) -> Failure {
        let operation = self.operation(step).unwrap_or(self.program.operations.len().saturating_sub(1));
        Failure { operation, reason }
    }

    /// Lists the steps that some steps need, including these, each with its dependencies before it.
    ///
    /// A stored tensor or an input is a step without dependencies.
    pub(in crate::program) fn plan(&self, goals: &[Step]) -> Result<Plan, Failure> {
        let mut plan = Plan::new();
        let mut known = HashSet::new();
        // A step is listed together with its dependencies once these have been pushed.
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

    /// Returns the direct dependencies of a step.
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
