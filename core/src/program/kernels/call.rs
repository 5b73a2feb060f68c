//! A call of an operation: its arguments, with the contents of its tensors.

use super::{Content, Limits, Reason, Tensor};
use crate::program::{Argument, Element, Extent, Operation, Program, Value, ValueId};
use std::collections::HashMap;

/// A call of an operation on tensors with known contents.
#[derive(Clone, Debug)]
pub(in crate::program) struct Call<'a, T> {
    /// The program.
    pub(in crate::program) program: &'a Program,
    /// The operation.
    pub(in crate::program) operation: &'a Operation,
    /// The index of the requested result, if one is requested.
    pub(in crate::program) output: usize,
    /// The contents of the tensors that the operation reads.
    pub(in crate::program) contents: HashMap<ValueId, Content<T>>,
    /// The limits of the operation.
    pub(in crate::program) limits: Limits,
}

/// Returns an array with the given shape and elements.
pub(in crate::program) fn array<T: Clone>(shape: &[usize], elements: Vec<T>) -> Result<Tensor<T>, Reason> {
    let count = elements.len();
    Tensor::from_shape_vec(shape, elements)
        .map_err(|_| Reason::Shapes { first: shape.to_vec(), second: vec![count] })
}

/// Returns the shape of a tensor, if the program states all of it.
pub(super) fn shape(value: &Value) -> Result<Vec<usize>, Reason> {
    let extents = value.tensor.iter().flat_map(|tensor| &tensor.shape);
    let shape: Option<Vec<usize>> =
        extents.map(|extent| extent.known().and_then(|extent| usize::try_from(extent).ok())).collect();
    let shape = shape.filter(|_| value.tensor.is_some());
    shape.ok_or_else(|| Reason::Shapeless { value: value.name.clone() })
}

/// Returns the elements of a tensor.
///
/// # Errors
///
/// Fails if the tensor is uniform and the program does not state its size.
pub(in crate::program) fn materialized<T: Element>(
    value: &Value,
    content: &Content<T>,
    limits: Limits,
) -> Result<Tensor<T>, Reason> {
    match content {
        Content::Array(array) => Ok(array.clone()),
        Content::Uniform(number) => limits.filled(&shape(value)?, *number),
    }
}

/// Returns a shape as it is written in messages, with `?` for an unknown extent.
pub(in crate::program) fn written_shape(shape: &[Extent]) -> String {
    let extents: Vec<String> = shape
        .iter()
        .map(|extent| extent.known().map_or("?".to_owned(), |extent| extent.to_string()))
        .collect();
    format!("[{}]", extents.join(", "))
}

/// Returns the axis that an argument refers to; negative numbers count from the end.
pub(in crate::program) fn axis(name: &str, given: i64, dimensions: usize) -> Result<usize, Reason> {
    let axis = if given < 0 { given.checked_add_unsigned(dimensions as u64) } else { Some(given) };
    axis.and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < dimensions)
        .ok_or_else(|| Reason::argument(name, "an axis of the tensor"))
}

impl<T: Element> Call<'_, T> {
    /// Returns whether an argument is given.
    pub(in crate::program) fn has(&self, name: &str) -> bool {
        *self.operation.argument(name) != Argument::None
    }

    fn content(&self, id: ValueId) -> Result<&Content<T>, Reason> {
        let missing = || Reason::argument(&self.program.value(id).name, "known here");
        self.contents.get(&id).ok_or_else(missing)
    }

    fn materialized(&self, id: ValueId) -> Result<Tensor<T>, Reason> {
        materialized(self.program.value(id), self.content(id)?, self.limits)
    }

    /// Returns the shape of a tensor in the program.
    pub(in crate::program) fn shape(&self, id: ValueId) -> Result<Vec<usize>, Reason> {
        shape(self.program.value(id))
    }

    /// Returns the extents of the operation's result, if the program states them.
    pub(in crate::program) fn declared(&self) -> Option<&[Extent]> {
        let output = self.operation.outputs.first().copied().flatten()?;
        Some(&self.program.value(output).tensor.as_ref()?.shape)
    }

    /// Returns the tensor with the given name, or a number as a uniform tensor.
    pub(in crate::program) fn operand(&self, name: &str, default: Option<f64>) -> Result<Content<T>, Reason> {
        match *self.operation.argument(name) {
            Argument::Tensor(id) => self.content(id).cloned(),
            Argument::Int(Extent::Known(number)) => Ok(Content::Uniform(number as f64)),
            Argument::Float(Some(number)) => Ok(Content::Uniform(number)),
            Argument::Bool(Some(value)) => Ok(Content::Uniform(f64::from(value))),
            Argument::None => {
                default.map(Content::Uniform).ok_or_else(|| Reason::argument(name, "a tensor or a number"))
            }
            _ => Err(Reason::argument(name, "a tensor or a number")),
        }
    }

    /// Returns the same as [`Call::operand`], but takes the content of a tensor that is read only once.
    pub(super) fn take_operand(&mut self, name: &str, default: Option<f64>) -> Result<Content<T>, Reason> {
        if let Argument::Tensor(id) = *self.operation.argument(name)
            && self.operation.reads().filter(|&read| read == id).count() == 1
            && let Some(content) = self.contents.remove(&id)
        {
            return Ok(content);
        }
        self.operand(name, default)
    }

    /// Returns the tensor with the given name.
    pub(in crate::program) fn tensor(&self, name: &str) -> Result<Tensor<T>, Reason> {
        self.optional_tensor(name)?.ok_or_else(|| Reason::argument(name, "a tensor"))
    }

    /// Returns the first tensor that the operation reads.
    pub(in crate::program) fn first(&self) -> Result<Tensor<T>, Reason> {
        self.materialized(self.first_read()?)
    }

    /// Returns the content of the first tensor that the operation reads.
    pub(super) fn first_content(&self) -> Result<Content<T>, Reason> {
        self.content(self.first_read()?).cloned()
    }

    fn first_read(&self) -> Result<ValueId, Reason> {
        self.operation.reads().next().ok_or_else(|| Reason::argument("self", "a tensor"))
    }

    /// Returns the tensor with the given name, if it is given.
    pub(in crate::program) fn optional_tensor(&self, name: &str) -> Result<Option<Tensor<T>>, Reason> {
        match *self.operation.argument(name) {
            Argument::Tensor(id) => self.materialized(id).map(Some),
            Argument::None => Ok(None),
            _ => Err(Reason::argument(name, "a tensor")),
        }
    }

    /// Returns the tensors of a list, where some may be missing.
    pub(in crate::program) fn tensors(&self, name: &str) -> Result<Vec<Option<Tensor<T>>>, Reason> {
        let Argument::Tensors(ids) = self.operation.argument(name) else {
            return Err(Reason::argument(name, "a list of tensors"));
        };
        ids.iter().map(|id| id.map(|id| self.materialized(id)).transpose()).collect()
    }

    /// Returns the contents of the tensors of a list, where none may be missing.
    pub(in crate::program) fn operands(&self, name: &str) -> Result<Vec<Content<T>>, Reason> {
        match self.operation.argument(name) {
            Argument::Tensors(ids) => {
                let missing = || Reason::argument(name, "a list without gaps");
                ids.iter().map(|id| self.content(id.ok_or_else(missing)?).cloned()).collect()
            }
            _ => Err(Reason::argument(name, "a list of tensors")),
        }
    }

    /// Returns an integer.
    pub(in crate::program) fn int(&self, name: &str, default: Option<i64>) -> Result<i64, Reason> {
        let default = default.filter(|_| !self.has(name));
        self.operation.int(name).or(default).ok_or_else(|| Reason::argument(name, "a known integer"))
    }

    /// Returns a non-negative integer.
    pub(in crate::program) fn count(&self, name: &str, default: Option<i64>) -> Result<usize, Reason> {
        let number = self.int(name, default)?;
        usize::try_from(number).map_err(|_| Reason::argument(name, "a count"))
    }

    /// Returns a number.
    pub(in crate::program) fn number(&self, name: &str, default: Option<f64>) -> Result<f64, Reason> {
        let default = default.filter(|_| !self.has(name));
        self.operation.number(name).or(default).ok_or_else(|| Reason::argument(name, "a known number"))
    }

    /// Returns a list of integers, or a default if there is none.
    pub(in crate::program) fn ints(&self, name: &str, default: &[i64]) -> Result<Vec<i64>, Reason> {
        if !self.has(name) {
            return Ok(default.to_vec());
        }
        self.operation.ints(name).ok_or_else(|| Reason::argument(name, "a list of known integers"))
    }

    /// Returns a bool.
    pub(in crate::program) fn flag(&self, name: &str, default: bool) -> Result<bool, Reason> {
        if !self.has(name) {
            return Ok(default);
        }
        self.operation.bool(name).ok_or_else(|| Reason::argument(name, "a known bool"))
    }

    /// Returns a text, or a default if there is none.
    pub(in crate::program) fn text(&self, name: &str, default: &'static str) -> Result<&str, Reason> {
        match self.operation.argument(name) {
            Argument::Text(text) => Ok(text),
            Argument::None => Ok(default),
            _ => Err(Reason::argument(name, "a text")),
        }
    }

    /// Returns an axis of a tensor with the given number of axes.
    pub(in crate::program) fn axis(
        &self,
        name: &str,
        default: Option<i64>,
        dimensions: usize,
    ) -> Result<usize, Reason> {
        axis(name, self.int(name, default)?, dimensions)
    }

    /// Returns axes of a tensor with the given number of axes; all of them by default.
    pub(in crate::program) fn axes(&self, name: &str, dimensions: usize) -> Result<Vec<usize>, Reason> {
        let given = self.ints(name, &[])?;
        if given.is_empty() {
            return Ok((0..dimensions).collect());
        }
        given.into_iter().map(|given| axis(name, given, dimensions)).collect()
    }
}
