//! Functions of elements at the same place.

use super::rows::{Part, for_each_row};
use super::shapes::{expand, into_elements};
use super::swift::{self, Swift};
use super::table::{OfNumbers, Operand};
use super::{Call, Content, Limits, Reason, Tensor, array};
use crate::program::{Argument, Element};

/// Applies a function to the elements at every place of broadcast operands.
///
/// Contents that only the operation owns may be overwritten: they are moved out of the call.
pub(super) fn elementwise<T: Element>(
    call: &mut Call<T>,
    operands: &[Operand],
    function: OfNumbers,
) -> Result<Content<T>, Reason> {
    let mut contents = Vec::with_capacity(operands.len());
    for operand in operands {
        contents.push(call.take_operand(operand.name, operand.default)?);
    }
    let swift = swift::function(call.operation);
    of_contents(call, operands, contents, function, swift)
}

/// Computes the same as [`elementwise`], but leaves the call unchanged.
pub(super) fn plainly<T: Element>(
    call: &Call<T>,
    operands: &[Operand],
    function: OfNumbers,
) -> Result<Content<T>, Reason> {
    let contents = operands.iter().map(|operand| call.operand(operand.name, operand.default));
    of_contents(call, operands, contents.collect::<Result<_, _>>()?, function, None)
}

fn of_contents<T: Element>(
    call: &Call<T>,
    operands: &[Operand],
    contents: Vec<Content<T>>,
    function: OfNumbers,
    swift: Option<Swift<T>>,
) -> Result<Content<T>, Reason> {
    let uniform = |content: &Content<T>| match *content {
        Content::Uniform(number) => Some(number),
        Content::Array(_) => None,
    };
    if let Some(numbers) = contents.iter().map(uniform).collect::<Option<Vec<f64>>>() {
        return Ok(Content::Uniform(function(&numbers)));
    }
    let mut shape = Vec::new();
    let mut arrays = Vec::with_capacity(contents.len());
    for (operand, content) in operands.iter().zip(contents) {
        let array = match (content, call.operation.argument(operand.name)) {
            (Content::Array(array), _) => {
                shape = broadcast(&shape, array.shape())?;
                array
            }
            (Content::Uniform(number), argument) => {
                if let Argument::Tensor(id) = *argument {
                    shape = broadcast(&shape, &call.shape(id)?)?;
                }
                Tensor::from_elem(&[][..], T::of(number))
            }
        };
        arrays.push(array);
    }
    match swift {
        Some(swift) => apply(arrays, &shape, swift, call.limits),
        None => apply(arrays, &shape, |row, others| of_numbers(row, others, function), call.limits),
    }
    .map(Content::Array)
}

/// Returns the shape to which two shapes are broadcast.
pub(super) fn broadcast(first: &[usize], second: &[usize]) -> Result<Vec<usize>, Reason> {
    let dimensions = first.len().max(second.len());
    let extent = |shape: &[usize], axis: usize| {
        (axis + shape.len()).checked_sub(dimensions).map_or(1, |axis| shape[axis])
    };
    let together = (0..dimensions).map(|axis| match (extent(first, axis), extent(second, axis)) {
        (1, other) | (other, 1) => Ok(other),
        (one, other) if one == other => Ok(one),
        _ => Err(Reason::Shapes { first: first.to_vec(), second: second.to_vec() }),
    });
    together.collect()
}

/// Applies a function to the elements at every place of broadcast arrays.
pub(super) fn combine<T: Element>(
    arrays: Vec<Tensor<T>>,
    function: OfNumbers,
    limits: Limits,
) -> Result<Tensor<T>, Reason> {
    let shape = arrays.iter().try_fold(Vec::new(), |shape, array| broadcast(&shape, array.shape()))?;
    apply(arrays, &shape, |row, others| of_numbers(row, others, function), limits)
}

/// Replaces each element of a row by a function of itself and the other operands.
fn of_numbers<T: Element>(row: &mut [T], others: &[Part<T>], function: OfNumbers) {
    let mut numbers = vec![0.0; others.len() + 1];
    for (place, element) in row.iter_mut().enumerate() {
        numbers[0] = element.double();
        for (number, other) in numbers[1..].iter_mut().zip(others) {
            *number = other.at(place).double();
        }
        *element = T::of(function(&numbers));
    }
}

/// Applies a function to the rows of broadcast arrays. The memory of the first is overwritten if it has no
/// other owner.
fn apply<T: Element>(
    mut arrays: Vec<Tensor<T>>,
    shape: &[usize],
    function: impl Fn(&mut [T], &[Part<T>]) + Sync,
    limits: Limits,
) -> Result<Tensor<T>, Reason> {
    limits.elements(shape)?;
    let first = arrays.remove(0);
    let expanded = if first.shape() == shape { first } else { expand(&first, shape, limits)? };
    let mut elements = into_elements(expanded);
    for_each_row(shape, &mut elements, &arrays, function)?;
    array(shape, elements)
}
