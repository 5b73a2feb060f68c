//! The execution of single steps of a program.

use super::{Budget, Step, Storages, View, Write, needs};
use crate::program::kernels::{
    Call, Content, Kernel, Limits, Reason, Tensor, array, cast, checked, kernel, materialized, perform,
    reshape,
};
use crate::program::{Element, Origin, Program, ValueId};
use std::collections::HashMap;
use std::iter::zip;

/// The results of steps.
pub(in crate::program) type Held<T> = HashMap<Step, Vec<Content<T>>>;

/// The action of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::program) enum Action {
    /// Reads a tensor that is stored or is an input.
    Leaf(ValueId),
    /// Performs the operation with the given number, as if it changed no memory.
    Operation(usize),
    /// Takes one of the results of an operation.
    Pick {
        /// The operation.
        operation: usize,
        /// The index of the result.
        output: usize,
    },
    /// Shows the elements of another tensor, moved by an operation if there is one.
    View {
        /// The other tensor.
        source: Step,
        /// The operation.
        operation: usize,
        /// The index of the result; `None` where the elements stay in place.
        output: Option<usize>,
    },
    /// Replaces the whole content of a tensor by the result of an in-place operation.
    Replace {
        /// The operation.
        operation: usize,
    },
    /// Replaces elements of a tensor by the result of an in-place operation.
    Write {
        /// The operation.
        operation: usize,
        /// The content before.
        before: Step,
        /// The tensor that shows the elements that are replaced ([`Machine::places`]).
        target: ValueId,
    },
}

/// A machine that performs the steps of a program.
#[derive(Clone, Copy)]
pub(in crate::program) struct Machine<'a> {
    /// The program.
    pub(in crate::program) program: &'a Program,
    /// The memory of its tensors.
    pub(in crate::program) storages: &'a Storages,
    /// The limits for one operation.
    pub(in crate::program) limits: Limits,
    /// The budget for all tensors of the program together.
    pub(in crate::program) budget: &'a Budget,
}

const UNKNOWN: Reason = Reason::Only("where it reads what stands before it");

fn first<T>(contents: &Held<T>, step: Step) -> Result<&Content<T>, Reason> {
    contents.get(&step).and_then(|contents| contents.first()).ok_or(UNKNOWN)
}

impl<'a> Machine<'a> {
    /// Returns the action of a step.
    pub(in crate::program) fn action(&self, step: Step) -> Action {
        let (id, version) = match step {
            Step::Result(index) => return Action::Operation(index),
            Step::State(id, version) => (id, version),
        };
        if let Some(View { source, operation, output }) = self.storages.view(id) {
            return Action::View { source: Step::State(source, version), operation, output };
        }
        if let Some(Write { operation, target, .. }) = self.storages.write(id, version) {
            if self.storages.is_whole(target) {
                return Action::Replace { operation };
            }
            return Action::Write { operation, before: Step::State(id, version - 1), target };
        }
        match self.program.value(id).origin {
            Origin::Operation(operation) => {
                let outputs = &self.program.operations[operation].outputs;
                let output = outputs.iter().position(|&output| output == Some(id)).unwrap_or(0);
                Action::Pick { operation, output }
            }
            _ => Action::Leaf(id),
        }
    }

    /// Performs a step.
    ///
    /// # Arguments
    ///
    /// * `sources` - the results of the steps that this one needs
    ///
    /// # Errors
    ///
    /// Fails if a source is missing, an operation cannot be performed, or the step reads a stored tensor or
    /// an input.
    pub(in crate::program) fn perform<T: Element>(
        &self,
        step: Step,
        mut sources: Held<T>,
    ) -> Result<Vec<Content<T>>, Reason> {
        let value = |step| match step {
            Step::State(id, _) => Some(self.program.value(id)),
            Step::Result(_) => None,
        };
        let content = match self.action(step) {
            Action::Leaf(_) => return Err(UNKNOWN),
            Action::Operation(index) => return perform(self.call(index, sources)?),
            Action::Pick { operation, output } => {
                let mut results = sources.remove(&Step::Result(operation)).ok_or(UNKNOWN)?;
                if output >= results.len() {
                    return Err(Reason::Only("as far as its first result"));
                }
                results.swap_remove(output)
            }
            Action::View { source, operation, output } => match (first(&sources, source)?, output) {
                (Content::Array(array), Some(output)) => {
                    Content::Array(self.moved(array, operation, output)?)
                }
                (content, _) => content.clone(),
            },
            Action::Replace { operation } => {
                let results = sources.remove(&Step::Result(operation)).ok_or(UNKNOWN)?;
                results.into_iter().next().ok_or(Reason::Only("as far as it has a result"))?
            }
            Action::Write { operation, before, target } => {
                let result = first(&sources, Step::Result(operation))?;
                let before = first(&sources, before)?;
                return self.written(step, target, before, result).map(|content| vec![content]);
            }
        };
        let content = match value(step) {
            Some(value) => checked(value, content)?,
            None => content,
        };
        Ok(vec![content])
    }

    /// Returns the call of an operation without contents, as views need it.
    pub(in crate::program) fn bare_call<T: Element>(&self, index: usize) -> Call<'a, T> {
        let operation = &self.program.operations[index];
        Call { program: self.program, operation, output: 0, contents: HashMap::new(), limits: self.limits }
    }

    /// Returns the call of an operation, with the contents of the tensors that it needs.
    pub(in crate::program) fn call<T: Element>(
        &self,
        index: usize,
        mut sources: Held<T>,
    ) -> Result<Call<'a, T>, Reason> {
        let operation = &self.program.operations[index];
        let mut contents = HashMap::new();
        for id in needs(operation) {
            let state = Step::State(id, self.storages.version(id, index));
            if let Some(content) = sources.remove(&state).and_then(|contents| contents.into_iter().next()) {
                contents.insert(id, content);
            } else if !contents.contains_key(&id) {
                return Err(UNKNOWN);
            }
        }
        Ok(Call { program: self.program, operation, output: 0, contents, limits: self.limits })
    }

    /// Moves the elements of an array in the same way as an operation that returns a view.
    pub(in crate::program) fn moved<T: Element>(
        &self,
        array: &Tensor<T>,
        operation: usize,
        output: usize,
    ) -> Result<Tensor<T>, Reason> {
        let operation = &self.program.operations[operation];
        let limits = self.limits;
        let call = Call { program: self.program, operation, output, contents: HashMap::new(), limits };
        match kernel(operation) {
            Some(Kernel::View(function) | Kernel::PerhapsView(function)) => function(array, &call),
            _ => Err(Reason::Unlisted),
        }
    }

    /// Writes the result of an in-place operation into the part of memory that it changes.
    fn written<T: Element>(
        &self,
        step: Step,
        target: ValueId,
        before: &Content<T>,
        result: &Content<T>,
    ) -> Result<Content<T>, Reason> {
        let Step::State(id, _) = step else { return Err(UNKNOWN) };
        if before == result && matches!(result, Content::Uniform(_)) {
            return Ok(result.clone());
        }
        let value = self.program.value(id);
        let before = materialized(value, before, self.limits)?;
        let places = self.places(before.shape(), target)?;
        let mut numbers: Vec<T> = before.iter().copied().collect();
        match cast(value, result.clone())? {
            Content::Uniform(number) => {
                places.iter().for_each(|&place| numbers[place as usize] = T::of(number));
            }
            Content::Array(array) => {
                if array.shape() != places.shape() {
                    return Err(Reason::Shapes {
                        first: places.shape().to_vec(),
                        second: array.shape().to_vec(),
                    });
                }
                zip(&places, &array).for_each(|(&place, &number)| numbers[place as usize] = number);
            }
        }
        array(before.shape(), numbers).map(Content::Array)
    }

    /// Returns the place in memory of each element that a tensor shows.
    ///
    /// # Arguments
    ///
    /// * `shape` - the shape of the tensor that owns the memory
    /// * `target` - a tensor that shows elements of it
    ///
    /// # Errors
    ///
    /// Fails if there are too many places, or an operation that returns a view cannot be performed.
    pub(in crate::program) fn places(&self, shape: &[usize], target: ValueId) -> Result<Tensor, Reason> {
        let mut views = Vec::new();
        let mut shown = target;
        while let Some(view) = self.storages.view(shown) {
            views.push(view);
            shown = view.source;
        }
        let count = self.limits.elements(shape)?;
        let flat = array(&[count], (0..count).map(|place| place as f64).collect())?;
        let mut places = reshape(&flat, shape)?;
        for view in views.into_iter().rev() {
            self.budget.spend(places.len() as u64)?;
            if let Some(output) = view.output {
                places = self.moved(&places, view.operation, output)?;
            }
        }
        Ok(places)
    }
}
