//! The computation of a constant step by step, dropping values that are no longer needed.

use super::{Failure, Held, Machine, Plan, Step, Steps};
use crate::program::kernels::{Content, Reason};
use crate::program::{ConstantError, Origin, Tensors, ValueId};
use std::collections::HashMap;

/// The computation of one tensor that depends on no input.
pub(in crate::program) struct Evaluation<'a> {
    machine: Machine<'a>,
    steps: Steps<'a>,
    tensors: &'a dyn Tensors,
    /// The contents that are still needed.
    held: Held<f64>,
    /// The number of elements in them.
    elements: usize,
}

fn size(contents: &[Content]) -> usize {
    let size = |content: &Content| match content {
        Content::Array(array) => array.len(),
        Content::Uniform(_) => 0,
    };
    contents.iter().map(size).sum()
}

impl<'a> Evaluation<'a> {
    /// Prepares a computation.
    pub(in crate::program) fn new(machine: Machine<'a>, tensors: &'a dyn Tensors) -> Self {
        let steps = Steps { program: machine.program, storages: machine.storages, budget: machine.budget };
        Self { machine, steps, tensors, held: HashMap::new(), elements: 0 }
    }

    /// Computes a tensor as operation number `reader` reads it.
    pub(in crate::program) fn content(
        mut self,
        id: ValueId,
        reader: usize,
    ) -> Result<Content, ConstantError> {
        let goal = Step::State(id, self.machine.storages.version(id, reader));
        let plan = self.steps.plan(&[goal]).map_err(|failure| self.error(failure))?;
        self.check_inputs(&plan, id)?;
        let mut uses: HashMap<Step, usize> = HashMap::new();
        plan.iter()
            .flat_map(|(_, sources)| sources)
            .for_each(|&source| *uses.entry(source).or_default() += 1);
        for (step, sources) in &plan {
            let contents = self.compute(*step, sources)?;
            self.hold(*step, contents)?;
            for source in sources {
                let left = uses.entry(*source).and_modify(|left| *left -= 1).or_default();
                if *left == 0
                    && let Some(dropped) = self.held.remove(source)
                {
                    self.elements -= size(&dropped);
                }
            }
        }
        let content = self.held.remove(&goal).and_then(|contents| contents.into_iter().next());
        Ok(content.expect("the goal is the last step of the plan"))
    }

    fn error(&self, failure: Failure) -> ConstantError {
        ConstantError::of_operation(&self.machine.program.operations[failure.operation], failure.reason)
    }

    /// Fails where the computation depends on an input.
    fn check_inputs(&self, plan: &Plan, asked: ValueId) -> Result<(), ConstantError> {
        let value = |id| self.machine.program.value(id);
        let input = plan.iter().find_map(|(step, sources)| match (step, sources.is_empty()) {
            (Step::State(id, _), true) => match &value(*id).origin {
                Origin::Input(input) => Some(input.clone()),
                _ => None,
            },
            _ => None,
        });
        input.map_or(Ok(()), |input| Err(ConstantError::Input { value: value(asked).name.clone(), input }))
    }

    /// Keeps the result of a step.
    fn hold(&mut self, step: Step, contents: Vec<Content>) -> Result<(), ConstantError> {
        let size = size(&contents);
        self.elements += size;
        let within = if self.elements > self.machine.limits.elements {
            Err(self.machine.limits.memory())
        } else {
            self.machine.budget.spend(size as u64)
        };
        if let (Err(reason), Some(operation)) = (within, self.steps.operation(step)) {
            return Err(self.error(Failure { operation, reason }));
        }
        self.held.insert(step, contents);
        Ok(())
    }

    fn compute(&self, step: Step, sources: &[Step]) -> Result<Vec<Content>, ConstantError> {
        let Some(operation) = self.steps.operation(step) else {
            let Step::State(id, _) = step else { return Ok(Vec::new()) };
            let tensor = self.tensors.tensor(id).map_err(ConstantError::Stored)?;
            return Ok(vec![Content::Array(tensor.into_shared())]);
        };
        let failed = |reason: Reason| self.error(Failure { operation, reason });
        let sources = sources.iter().filter_map(|source| Some((*source, self.held.get(source)?.clone())));
        self.machine.perform(step, sources.collect()).map_err(failed)
    }
}
