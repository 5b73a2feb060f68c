//! One step of a program.

use super::{Budget, Step, Storages, View, Write, needs};
use crate::program::kernels::{
    self, Call, Content, Kernel, Limits, Reason, Tensor, array, cast, checked, kernel, perform, reshape,
};
use crate::program::{Element, Origin, Program, ValueId};
use std::collections::HashMap;
use std::iter::zip;

/// The contents that steps gave.
pub(in crate::program) type Held<T> = HashMap<Step, Vec<Content<T>>>;

/// Performs the steps of a program.
#[derive(Clone, Copy)]
pub(in crate::program) struct Machine<'a> {
    /// The program.
    pub(in crate::program) program: &'a Program,
    /// The memory of its tensors.
    pub(in crate::program) storages: &'a Storages,
    /// The most that one operation may need.
    pub(in crate::program) limits: Limits,
    /// What may be spent on all tensors of the program together.
    pub(in crate::program) budget: &'a Budget,
}

fn held<T>(held: &Held<T>, step: Step) -> Result<&[Content<T>], Reason> {
    held.get(&step).map(Vec::as_slice).ok_or(Reason::Only("where it reads what stands before it"))
}

fn first<T>(contents: &Held<T>, step: Step) -> Result<&Content<T>, Reason> {
    held(contents, step)?.first().ok_or(Reason::Only("where it reads what stands before it"))
}

impl<'a> Machine<'a> {
    /// Performs a step that reads no stored or given tensor.
    ///
    /// # Arguments
    ///
    /// * `sources` - what the steps gave that this one needs
    ///
    /// # Errors
    ///
    /// If one of them is missing, or an operation cannot be performed.
    pub(in crate::program) fn perform<T: Element>(
        &self,
        step: Step,
        sources: &Held<T>,
    ) -> Result<Vec<Content<T>>, Reason> {
        let (id, version) = match step {
            Step::Result(index) => return perform(&self.call(index, sources)?),
            Step::State(id, version) => (id, version),
        };
        let content = if let Some(view) = self.storages.view(id) {
            self.viewed(id, view, first(sources, Step::State(view.source, version))?)
        } else if let Some(write) = self.storages.write(id, version) {
            self.written(id, write, version, sources)
        } else if let Origin::Operation(index) = self.program.value(id).origin {
            self.picked(id, index, held(sources, Step::Result(index))?)
        } else {
            Err(Reason::Only("where what it reads is known"))
        };
        content.map(|content| vec![content])
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
        sources: &Held<T>,
    ) -> Result<Call<'a, T>, Reason> {
        let operation = &self.program.operations[index];
        let mut contents = HashMap::new();
        for id in needs(operation) {
            let state = Step::State(id, self.storages.version(id, index));
            contents.insert(id, first(sources, state)?.clone());
        }
        Ok(Call { program: self.program, operation, output: 0, contents, limits: self.limits })
    }

    /// Picks a tensor from what an operation gives.
    fn picked<T: Element>(
        &self,
        id: ValueId,
        index: usize,
        results: &[Content<T>],
    ) -> Result<Content<T>, Reason> {
        let outputs = &self.program.operations[index].outputs;
        let position = outputs.iter().position(|&output| output == Some(id));
        let content = position.and_then(|position| results.get(position));
        checked(self.program.value(id), content.ok_or(Reason::Only("as far as its first result"))?.clone())
    }

    /// Shows the elements of another tensor.
    fn viewed<T: Element>(&self, id: ValueId, view: View, source: &Content<T>) -> Result<Content<T>, Reason> {
        let content = match (source, view.output) {
            (Content::Array(array), Some(output)) => {
                Content::Array(self.moved(array, view.operation, output)?)
            }
            (content, _) => content.clone(),
        };
        checked(self.program.value(id), content)
    }

    /// Moves the elements of an array as an operation does that gives a view.
    fn moved<T: Element>(
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

    /// Puts the result of an operation in place into the memory that it changes.
    fn written<T: Element>(
        &self,
        id: ValueId,
        write: Write,
        version: usize,
        sources: &Held<T>,
    ) -> Result<Content<T>, Reason> {
        let results = held(sources, Step::Result(write.operation))?;
        let result = results.first().cloned().ok_or(Reason::Only("as far as it has a result"))?;
        if self.storages.is_whole(write.target) {
            return checked(self.program.value(id), result);
        }
        let before = first(sources, Step::State(id, version - 1))?;
        if *before == result && matches!(result, Content::Uniform(_)) {
            return Ok(result);
        }
        let before = match before {
            Content::Array(array) => array.clone(),
            Content::Uniform(number) => {
                self.limits.filled(&kernels::shape(self.program.value(id))?, *number)?
            }
        };
        let places = self.places(before.shape(), write.target)?;
        let mut numbers: Vec<T> = before.iter().copied().collect();
        match cast(self.program.value(id), result)? {
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

    /// Returns for each element of a tensor where it stands in the memory that the tensor shows.
    ///
    /// # Arguments
    ///
    /// * `shape` - the shape of the tensor that the memory was made for
    /// * `target` - a tensor that shows elements of it
    ///
    /// # Errors
    ///
    /// If there are too many, or an operation that gives a view cannot be performed.
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
