//! The maps of operations that rearrange elements or write them to other places.

use super::super::kernels::{Call, Content, Kernel, Reason, Selection, Tensor, kernel, perform, reshape};
use crate::files::checkpoint::ElementType;
use crate::program::{Element, ValueId};
use ndarray::{ArrayD, IxDyn};
use std::collections::HashMap;
use std::iter::zip;

/// The rearrangement of a tensor's elements by an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Viewed {
    /// The index of the operation's result.
    pub(super) output: usize,
}

/// The reason why an operation is not followed backwards.
const UNCLEAR: Reason = Reason::Only("where every element of its result is one of those that it reads");

/// Returns the places of elements, counted from 1; 0 stands for an element from elsewhere.
fn numbered(shape: &[usize], first: usize) -> Tensor<f64> {
    let count: usize = shape.iter().product();
    let places = (first..first + count).map(|place| (place + 1) as f64).collect();
    ArrayD::from_shape_vec(shape, places).map_or_else(|_| Tensor::zeros(IxDyn(shape)), ArrayD::into_shared)
}

/// Returns the same call in double precision, which can number every element of a tensor that fits into
/// memory.
fn with_places<'a, T>(call: &Call<'a, T>, contents: HashMap<ValueId, Content<f64>>) -> Call<'a, f64> {
    Call {
        program: call.program,
        operation: call.operation,
        output: call.output,
        contents,
        limits: call.limits,
    }
}

impl Viewed {
    fn show<T: Element>(self, call: &Call<'_, T>, input: &Tensor<T>) -> Result<Tensor<T>, Reason> {
        let mut call = call.clone();
        call.output = self.output;
        match kernel(call.operation) {
            Some(Kernel::View(function) | Kernel::PerhapsView(function)) => function(input, &call),
            _ => Err(Reason::Unlisted),
        }
    }

    pub(super) fn forward<T: Element>(
        self,
        call: &Call<'_, T>,
        input: &Tensor<T>,
    ) -> Result<Tensor<T>, Reason> {
        self.show(call, input)
    }

    pub(super) fn adjoint<T: Element>(
        self,
        call: &Call<'_, T>,
        outputs: &[Tensor<T>],
        shape: &[usize],
    ) -> Result<Vec<Tensor<T>>, Reason> {
        let places = self.show(&with_places(call, HashMap::new()), &numbered(shape, 0))?;
        let in_order = places.len() == shape.iter().product::<usize>()
            && zip(places.iter(), 1_u32..).all(|(&place, next)| place == f64::from(next));
        if in_order {
            return outputs.iter().map(|output| reshape(output, shape)).collect();
        }
        let places = places.mapv(|place| place as usize - 1);
        let selection = Selection { from: shape.to_vec(), places };
        outputs.iter().map(|output| selection.adjoint(output)).collect()
    }
}

/// An operation that assembles the elements of several tensors, such as a concatenation.
#[derive(Clone, Debug)]
pub(super) struct Arranged {
    /// The tensors that carry paths.
    pub(super) carried: Vec<ValueId>,
}

impl Arranged {
    /// Assembles elements, with zeros for missing tensors.
    pub(super) fn forward<T: Element>(
        &self,
        call: &Call<'_, T>,
        given: &HashMap<ValueId, Tensor<T>>,
    ) -> Result<Tensor<T>, Reason> {
        let linear = self.with(call, |id, before| match given.get(&id) {
            Some(tensor) => Content::Array(tensor.clone()),
            None => zeros(before),
        })?;
        match fills(call) {
            // The elements that the operation itself inserts.
            true => Ok((linear - &self.with(call, |_, before| zeros(before))?).into_shared()),
            false => Ok(linear),
        }
    }

    /// Returns the result of the operation with zeros in all tensors that carry paths.
    pub(super) fn constant<T: Element>(&self, call: &Call<'_, T>) -> Result<Tensor<T>, Reason> {
        self.with(call, |id, before| if self.carried.contains(&id) { zeros(before) } else { before.clone() })
    }

    fn with<T: Element>(
        &self,
        call: &Call<'_, T>,
        replaced: impl Fn(ValueId, &Content<T>) -> Content<T>,
    ) -> Result<Tensor<T>, Reason> {
        let mut call = call.clone();
        for (&id, content) in &mut call.contents {
            if is_of_numbers(call.program, id) {
                *content = replaced(id, content);
            }
        }
        first(perform(call)?)
    }

    /// Returns the places in the result of the elements of each tensor that carries paths.
    ///
    /// # Arguments
    ///
    /// * `outputs` - tensors of the result's shape
    pub(super) fn adjoint<T: Element>(
        &self,
        call: &Call<'_, T>,
        outputs: &[Tensor<T>],
    ) -> Result<HashMap<ValueId, Vec<Tensor<T>>>, Reason> {
        let mut first_places = HashMap::new();
        let mut count = 0;
        let mut numbers = HashMap::new();
        let mut nothing = HashMap::new();
        for (&id, content) in &call.contents {
            let shape = match content {
                Content::Array(array) => array.shape(),
                Content::Uniform(number) => {
                    let kept = if is_of_numbers(call.program, id) { 0.0 } else { *number };
                    numbers.insert(id, Content::Uniform(kept));
                    nothing.insert(id, Content::Uniform(kept));
                    continue;
                }
            };
            let (numbered, zero) = match content {
                _ if self.carried.contains(&id) => {
                    first_places.insert(id, (count, shape.to_vec()));
                    let numbered = numbered(shape, count);
                    count += numbered.len();
                    (numbered, Tensor::zeros(IxDyn(shape)))
                }
                Content::Array(array) if !is_of_numbers(call.program, id) => {
                    let indices = array.mapv(T::double).into_shared();
                    (indices.clone(), indices)
                }
                _ => (Tensor::zeros(IxDyn(shape)), Tensor::zeros(IxDyn(shape))),
            };
            numbers.insert(id, Content::Array(numbered));
            nothing.insert(id, Content::Array(zero));
        }
        let places = first(perform(with_places(call, numbers))?)?;
        let places = places - &first(perform(with_places(call, nothing))?)?;
        let mut flat: Vec<Vec<T>> = vec![vec![T::zero(); count]; outputs.len()];
        for (output, flat) in zip(outputs, &mut flat) {
            for (&place, &number) in zip(&places, output) {
                if place >= 1.0 {
                    let sum = flat.get_mut(place as usize - 1).ok_or(UNCLEAR)?;
                    *sum += number;
                }
            }
        }
        let part = |(id, (start, shape)): (ValueId, (usize, Vec<usize>))| {
            let length: usize = shape.iter().product();
            let tensors = flat.iter().map(|flat| {
                let part = flat[start..start + length].to_vec();
                ArrayD::from_shape_vec(shape.as_slice(), part)
                    .map(ArrayD::into_shared)
                    .map_err(|_| Reason::Shapes { first: shape.clone(), second: vec![length] })
            });
            Ok((id, tensors.collect::<Result<_, Reason>>()?))
        };
        first_places.into_iter().map(part).collect()
    }
}

fn first<T: Element>(results: Vec<Content<T>>) -> Result<Tensor<T>, Reason> {
    match results.into_iter().next() {
        Some(Content::Array(array)) => Ok(array),
        _ => Err(Reason::Only("where its result has a shape")),
    }
}

fn zeros<T: Element>(like: &Content<T>) -> Content<T> {
    match like {
        Content::Array(array) => Content::Array(Tensor::zeros(array.raw_dim())),
        Content::Uniform(_) => Content::Uniform(0.0),
    }
}

/// Returns whether an operation inserts a nonzero number between the elements of tensors.
fn fills<T: Element>(call: &Call<'_, T>) -> bool {
    call.operation.number("value").is_some_and(|value| value != 0.0)
}

/// Returns whether a tensor holds numbers rather than indices or bools.
fn is_of_numbers(program: &crate::program::Program, id: ValueId) -> bool {
    let tensor = program.value(id).tensor.as_ref();
    tensor.is_none_or(|tensor| !matches!(tensor.element_type, ElementType::Other(_)))
}
