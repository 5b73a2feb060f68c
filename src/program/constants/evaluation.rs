//! Computing a tensor: what it needs, in which order, and what can be dropped on the way.

use super::call::{Call, elements, filled};
use super::storages::{Storages, View, Write, needs};
use super::table::{Kernel, kernel};
use super::{
    Constant, ConstantError, MOST_ELEMENTS, Reason, Tensor, Tensors, elementwise, reductions, shapes,
};
use crate::program::{Operation, Origin, Program, ValueId};
use std::collections::{HashMap, HashSet};
use std::iter::zip;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most work on all tensors of a program, in elements that are computed.
const MOST_WORK: u64 = 1 << 36;
/// What a step costs however few elements it has.
const WORK_OF_A_STEP: u64 = 1 << 8;

/// A step of a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// What the operation of that number gives.
    Result(usize),
    /// The content of a tensor after its memory has been changed that often.
    State(ValueId, usize),
}

/// Steps in the order in which they are computed, with the steps that each needs.
type Plan = Vec<(Step, Vec<Step>)>;

/// The computation of one tensor.
pub(super) struct Evaluation<'a> {
    program: &'a Program,
    tensors: &'a dyn Tensors,
    storages: &'a Storages,
    work: &'a AtomicU64,
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
        Self { program, tensors, storages, work, held: HashMap::new(), elements: 0 }
    }

    /// Computes a tensor as operation number `reader` reads it.
    pub(super) fn content(mut self, id: ValueId, reader: usize) -> Result<Constant, ConstantError> {
        let goal = Step::State(id, self.storages.version(id, reader));
        let plan = self.plan(goal, id)?;
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
        let work = WORK_OF_A_STEP + size as u64;
        let refused = if self.elements > MOST_ELEMENTS {
            Some(Reason::Memory)
        } else if self.work.fetch_add(work, Ordering::Relaxed) > MOST_WORK {
            Some(Reason::Work)
        } else {
            None
        };
        if let (Some(reason), Some(operation)) = (refused, self.operation(step)) {
            return Err(ConstantError::of_operation(operation, reason));
        }
        self.held.insert(step, contents);
        Ok(())
    }

    /// Returns the operation that a step belongs to; `None` where it reads a stored tensor.
    fn operation(&self, step: Step) -> Option<&'a Operation> {
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

    /// Returns an error at the operation that a step belongs to.
    fn error(&self, step: Step, reason: Reason) -> ConstantError {
        let operation = self.operation(step).expect("only steps of operations fail");
        ConstantError::of_operation(operation, reason)
    }

    /// Lists the steps that a step needs, and itself at the end.
    fn plan(&self, goal: Step, asked: ValueId) -> Result<Plan, ConstantError> {
        let mut plan = Plan::new();
        let mut known = HashSet::new();
        // A step stands here with the steps that it needs when those have been pushed.
        let mut stack = vec![(goal, None)];
        while let Some((step, sources)) = stack.pop() {
            if let Some(sources) = sources {
                plan.push((step, sources));
            } else if known.insert(step) {
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

    fn compute(&self, step: Step) -> Result<Vec<Constant>, ConstantError> {
        let content = match step {
            Step::Result(index) => {
                return self.result(index).map_err(|reason| self.error(step, reason));
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
        content.map(|content| vec![content]).map_err(|reason| self.error(step, reason))
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
        let call = Call { program: self.program, operation, contents };
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
            // In place, they would change the shape of the tensor and not its content.
            Kernel::View(function) | Kernel::PerhapsView(function) => {
                let array = function(&call.tensor("self")?, &call)?;
                Ok(array.into_iter().map(Constant::Array).collect())
            }
        }
    }

    /// Picks a tensor from what an operation gives.
    fn picked(&self, id: ValueId, index: usize) -> Result<Constant, Reason> {
        let outputs = &self.program.operations[index].outputs;
        let position = outputs.iter().position(|&output| output == Some(id));
        let content = position.and_then(|position| self.held(Step::Result(index)).ok()?.get(position));
        self.checked(id, content.ok_or(Reason::Only("as far as its first result"))?.clone())
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
        self.checked(id, content)
    }

    /// Moves the elements of an array as an operation does that gives a view.
    fn moved(&self, array: &Tensor, operation: usize, output: usize) -> Result<Tensor, Reason> {
        let operation = &self.program.operations[operation];
        let call = Call { program: self.program, operation, contents: HashMap::new() };
        let views = match kernel(operation) {
            Some(Kernel::View(function) | Kernel::PerhapsView(function)) => function(array, &call)?,
            _ => return Err(Reason::Unlisted),
        };
        views.into_iter().nth(output).ok_or(Reason::Only("for as many results as its arguments say"))
    }

    /// Puts the result of an operation in place into the memory that it changes.
    fn written(&self, id: ValueId, write: Write, version: usize) -> Result<Constant, Reason> {
        let result = self.held(Step::Result(write.operation))?.first().cloned();
        let result = result.ok_or(Reason::Only("as far as it has a result"))?;
        if self.storages.is_whole(write.target) {
            return self.checked(id, result);
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
        match self.cast(id, result)? {
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
            if let Some(output) = view.output {
                places = self.moved(&places, view.operation, output)?;
            }
        }
        Ok(places)
    }

    /// Makes the elements numbers of the tensor's type, and compares the shape with what the program says.
    fn checked(&self, id: ValueId, content: Constant) -> Result<Constant, Reason> {
        let value = self.program.value(id);
        if let (Constant::Array(array), Some(tensor)) = (&content, &value.tensor) {
            let expected = &tensor.shape;
            let fits = |(&found, extent): (&usize, &crate::program::Extent)| {
                extent.known().is_none_or(|extent| extent == found as i64)
            };
            if array.ndim() != expected.len() || !zip(array.shape(), expected).all(fits) {
                let found = array.shape().to_vec();
                return Err(Reason::Declared { found, expected: super::call::written_shape(expected) });
            }
        }
        self.cast(id, content)
    }

    /// Makes numbers whole, or truth values, where the tensor's type holds only those.
    fn cast(&self, id: ValueId, content: Constant) -> Result<Constant, Reason> {
        let value = self.program.value(id);
        let element_type = value.tensor.as_ref().map_or("", |tensor| tensor.element_type.as_str());
        let bounds = match element_type {
            "bool" => {
                return Ok(map(content, |number| f64::from(number != 0.0)));
            }
            "uint8" => (0.0, 255.0),
            "int8" => (-128.0, 127.0),
            "int16" => (-32_768.0, 32_767.0),
            "int32" => (f64::from(i32::MIN), f64::from(i32::MAX)),
            // Beyond 2⁵³ not every whole number is a double.
            "int64" => (-9_007_199_254_740_992.0, 9_007_199_254_740_992.0),
            _ => return Ok(content),
        };
        let content = map(content, f64::trunc);
        let outside = |number: &f64| !(bounds.0..=bounds.1).contains(number);
        let wrong = match &content {
            Constant::Array(array) => array.iter().copied().find(outside),
            Constant::Uniform(number) => Some(*number).filter(outside),
        };
        match wrong {
            Some(number) => Err(Reason::Range { number, element_type: element_type.to_owned() }),
            None => Ok(content),
        }
    }
}

fn map(content: Constant, function: impl Fn(f64) -> f64) -> Constant {
    match content {
        Constant::Array(mut array) => {
            array.mapv_inplace(function);
            Constant::Array(array)
        }
        Constant::Uniform(number) => Constant::Uniform(function(number)),
    }
}
