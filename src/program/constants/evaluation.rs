//! Computing a tensor step by step, and dropping on the way what is no longer needed.

use super::call::{Call, elements, filled};
use super::plan::{Step, Steps};
use super::storages::{Storages, View, Write, needs};
use super::table::{Kernel, kernel};
use super::types::{cast, checked};
use super::{
    Constant, ConstantError, MOST_ELEMENTS, Reason, Tensor, Tensors, elementwise, reductions, shapes,
};
use crate::program::{Origin, Program, ValueId};
use std::collections::HashMap;
use std::iter::zip;
use std::sync::atomic::AtomicU64;

/// The computation of one tensor.
pub(super) struct Evaluation<'a> {
    program: &'a Program,
    storages: &'a Storages,
    steps: Steps<'a>,
    tensors: &'a dyn Tensors,
    /// The contents that are still needed.
    held: HashMap<Step, Vec<Constant>>,
    /// The number of elements in them.
    elements: usize,
}

fn size(contents: &[Constant]) -> usize {
    let size = |content: &Constant| match content {
        Constant::Array(array) => array.len(),
        Constant::Uniform(_) => 0,
    };
    contents.iter().map(size).sum()
}

impl<'a> Evaluation<'a> {
    /// Prepares a computation.
    pub(super) fn new(
        program: &'a Program,
        tensors: &'a dyn Tensors,
        storages: &'a Storages,
        work: &'a AtomicU64,
    ) -> Self {
        let steps = Steps { program, storages, work };
        Self { program, storages, steps, tensors, held: HashMap::new(), elements: 0 }
    }

    /// Computes a tensor as operation number `reader` reads it.
    pub(super) fn content(mut self, id: ValueId, reader: usize) -> Result<Constant, ConstantError> {
        let goal = Step::State(id, self.storages.version(id, reader));
        let plan = self.steps.plan(goal, id)?;
        let mut uses: HashMap<Step, usize> = HashMap::new();
        plan.iter()
            .flat_map(|(_, sources)| sources)
            .for_each(|&source| *uses.entry(source).or_default() += 1);
        for (step, sources) in &plan {
            let contents = self.compute(*step)?;
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

    /// Keeps what a step gives.
    fn hold(&mut self, step: Step, contents: Vec<Constant>) -> Result<(), ConstantError> {
        let size = size(&contents);
        self.elements += size;
        let within =
            if self.elements > MOST_ELEMENTS { Err(Reason::Memory) } else { self.steps.spend(size as u64) };
        if let (Err(reason), Some(operation)) = (within, self.steps.operation(step)) {
            return Err(ConstantError::of_operation(operation, reason));
        }
        self.held.insert(step, contents);
        Ok(())
    }

    fn compute(&self, step: Step) -> Result<Vec<Constant>, ConstantError> {
        let content = match step {
            Step::Result(index) => {
                return self.result(index).map_err(|reason| self.steps.error(step, reason));
            }
            Step::State(id, version) => {
                if let Some(view) = self.storages.view(id) {
                    self.viewed(id, view, version)
                } else if let Some(write) = self.storages.write(id, version) {
                    self.written(id, write, version)
                } else if let Origin::Operation(index) = self.program.value(id).origin {
                    self.picked(id, index)
                } else {
                    let tensor = self.tensors.tensor(id).map_err(ConstantError::Stored)?;
                    return Ok(vec![Constant::Array(tensor.into_shared())]);
                }
            }
        };
        content.map(|content| vec![content]).map_err(|reason| self.steps.error(step, reason))
    }

    fn held(&self, step: Step) -> Result<&[Constant], Reason> {
        let held = self.held.get(&step).map(Vec::as_slice);
        held.ok_or(Reason::Only("where it reads what stands before it"))
    }

    /// Performs an operation.
    fn result(&self, index: usize) -> Result<Vec<Constant>, Reason> {
        let operation = &self.program.operations[index];
        let mut contents = HashMap::new();
        for id in needs(operation) {
            let held = self.held(Step::State(id, self.storages.version(id, index)))?;
            contents.extend(held.first().map(|content| (id, content.clone())));
        }
        let call = Call { program: self.program, operation, output: 0, contents };
        match kernel(operation).ok_or(Reason::Unlisted)? {
            Kernel::Elementwise(operands, function) => {
                elementwise::elementwise(&call, operands, function).map(|content| vec![content])
            }
            Kernel::Reduction(parameter, function) => {
                reductions::reduction(&call, parameter(&call)?, function).map(|content| vec![content])
            }
            Kernel::Made(function) | Kernel::Computed(function) => {
                function(&call).map(|content| vec![content])
            }
            Kernel::Several(function) => function(&call),
            // Only in place is one performed here, as `detach_`: it changes no element.
            Kernel::View(function) | Kernel::PerhapsView(function) => match call.operand("self", None)? {
                Constant::Array(array) => function(&array, &call).map(|array| vec![Constant::Array(array)]),
                uniform => Ok(vec![uniform]),
            },
        }
    }

    /// Picks a tensor from what an operation gives.
    fn picked(&self, id: ValueId, index: usize) -> Result<Constant, Reason> {
        let outputs = &self.program.operations[index].outputs;
        let position = outputs.iter().position(|&output| output == Some(id));
        let content = position.and_then(|position| self.held(Step::Result(index)).ok()?.get(position));
        checked(self.program.value(id), content.ok_or(Reason::Only("as far as its first result"))?.clone())
    }

    /// Shows the elements of another tensor.
    fn viewed(&self, id: ValueId, view: View, version: usize) -> Result<Constant, Reason> {
        let source = self.held(Step::State(view.source, version))?;
        let content = match (source.first(), view.output) {
            (Some(Constant::Array(array)), Some(output)) => {
                Constant::Array(self.moved(array, view.operation, output)?)
            }
            (Some(content), _) => content.clone(),
            (None, _) => return Err(Reason::Only("where it reads what stands before it")),
        };
        checked(self.program.value(id), content)
    }

    /// Moves the elements of an array as an operation does that gives a view.
    fn moved(&self, array: &Tensor, operation: usize, output: usize) -> Result<Tensor, Reason> {
        let operation = &self.program.operations[operation];
        let call = Call { program: self.program, operation, output, contents: HashMap::new() };
        match kernel(operation) {
            Some(Kernel::View(function) | Kernel::PerhapsView(function)) => function(array, &call),
            _ => Err(Reason::Unlisted),
        }
    }

    /// Puts the result of an operation in place into the memory that it changes.
    fn written(&self, id: ValueId, write: Write, version: usize) -> Result<Constant, Reason> {
        let result = self.held(Step::Result(write.operation))?.first().cloned();
        let result = result.ok_or(Reason::Only("as far as it has a result"))?;
        if self.storages.is_whole(write.target) {
            return checked(self.program.value(id), result);
        }
        let before = self.held(Step::State(id, version - 1))?.first();
        if before == Some(&result) && matches!(result, Constant::Uniform(_)) {
            return Ok(result);
        }
        let before = match before {
            Some(Constant::Array(array)) => array.clone(),
            Some(Constant::Uniform(number)) => filled(&self.shape(id)?, *number)?,
            None => return Err(Reason::Only("where it reads what stands before it")),
        };
        let places = self.places(before.shape(), write.target)?;
        let mut numbers: Vec<f64> = before.iter().copied().collect();
        match cast(self.program.value(id), result)? {
            Constant::Uniform(number) => places.iter().for_each(|&place| numbers[place as usize] = number),
            Constant::Array(array) => {
                if array.shape() != places.shape() {
                    return Err(Reason::Shapes {
                        first: places.shape().to_vec(),
                        second: array.shape().to_vec(),
                    });
                }
                zip(&places, &array).for_each(|(&place, &number)| numbers[place as usize] = number);
            }
        }
        super::call::array(before.shape(), numbers).map(Constant::Array)
    }

    fn shape(&self, id: ValueId) -> Result<Vec<usize>, Reason> {
        super::call::shape(self.program.value(id))
    }

    /// Returns for each element of a tensor where it stands in the memory that the tensor shows.
    fn places(&self, shape: &[usize], target: ValueId) -> Result<Tensor, Reason> {
        let mut views = Vec::new();
        let mut shown = target;
        while let Some(view) = self.storages.view(shown) {
            views.push(view);
            shown = view.source;
        }
        let count = elements(shape)?;
        let flat = super::call::array(&[count], (0..count).map(|place| place as f64).collect())?;
        let mut places = shapes::reshape(&flat, shape)?;
        for view in views.into_iter().rev() {
            self.steps.spend(places.len() as u64)?;
            if let Some(output) = view.output {
                places = self.moved(&places, view.operation, output)?;
            }
        }
        Ok(places)
    }
}
