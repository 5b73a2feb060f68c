//! Rearrangements of arrays.

use super::call::axis;
use super::{Limits, Reason, Tensor};
use crate::program::Extent;
use ndarray::{Axis, Slice};

/// Returns a shape with the given number of elements, of which one extent may be unknown.
pub(super) fn resolve(declared: &[Extent], count: usize, limits: Limits) -> Result<Vec<usize>, Reason> {
    let known: Vec<usize> = declared
        .iter()
        .filter_map(|extent| extent.known())
        .map(|extent| usize::try_from(extent).map_err(|_| Reason::Only("for extents that are not negative")))
        .collect::<Result<_, _>>()?;
    let product = limits.elements(&known)?;
    if declared.len() > known.len() + 1 {
        return Err(Reason::Only("where one extent at most is not known"));
    }
    let rest = count.checked_div(product).unwrap_or(0);
    Ok(declared.iter().map(|extent| extent.known().map_or(rest, |extent| extent as usize)).collect())
}

/// Reshapes an array, keeping the order of elements.
pub(in crate::program) fn reshape<T: Clone>(array: &Tensor<T>, shape: &[usize]) -> Result<Tensor<T>, Reason> {
    let other = |_| Reason::Shapes { first: array.shape().to_vec(), second: shape.to_vec() };
    let array =
        if array.is_standard_layout() { array.clone() } else { array.as_standard_layout().to_shared() };
    array.into_shape_with_order(shape).map_err(other)
}

/// Returns the elements in order, without a copy if the tensor is their only owner.
pub(super) fn into_elements<T: Clone>(tensor: Tensor<T>) -> Vec<T> {
    let count = tensor.len();
    let owned = if tensor.is_standard_layout() {
        tensor.into_owned()
    } else {
        tensor.as_standard_layout().into_owned()
    };
    // A part of a tensor may own the memory of the whole.
    let (mut elements, start) = owned.into_raw_vec_and_offset();
    let start = start.unwrap_or(0);
    elements.truncate(start + count);
    elements.drain(..start);
    elements
}

/// Repeats axes of extent 1, so that an array gets the given shape.
pub(super) fn expand<T: Clone>(
    array: &Tensor<T>,
    shape: &[usize],
    limits: Limits,
) -> Result<Tensor<T>, Reason> {
    limits.elements(shape)?;
    let other = || Reason::Shapes { first: array.shape().to_vec(), second: shape.to_vec() };
    Ok(array.broadcast(shape).ok_or_else(other)?.to_shared())
}

/// Permutes the axes of an array.
pub(super) fn permute<T: Clone>(array: &Tensor<T>, order: &[usize]) -> Result<Tensor<T>, Reason> {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if sorted != (0..array.ndim()).collect::<Vec<_>>() {
        return Err(Reason::Argument { name: "dims".to_owned(), expected: "each axis once" });
    }
    Ok(array.clone().permuted_axes(order))
}

/// Swaps two axes of an array.
pub(super) fn swap<T: Clone>(array: &Tensor<T>, first: i64, second: i64) -> Result<Tensor<T>, Reason> {
    let mut swapped = array.clone();
    swapped.swap_axes(axis("dim0", first, array.ndim())?, axis("dim1", second, array.ndim())?);
    Ok(swapped)
}

/// Returns the diagonal with an offset, where the second index exceeds the first by that offset, as a new
/// last axis.
pub(super) fn diagonal<T: Clone>(
    array: &Tensor<T>,
    offset: i64,
    first: usize,
    second: usize,
) -> Result<Tensor<T>, Reason> {
    if first == second {
        return Err(Reason::Argument { name: "dim2".to_owned(), expected: "another axis than dim1" });
    }
    let skip = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
    let (above, below) = if offset > 0 { (skip, 0) } else { (0, skip) };
    let (rows, columns) = (array.shape()[first], array.shape()[second]);
    let part = |skip: usize, extent: usize| Slice::from(skip.min(extent) as isize..);
    let mut array = array.clone();
    array.slice_axis_inplace(Axis(first), part(below, rows));
    array.slice_axis_inplace(Axis(second), part(above, columns));
    let order = (0..array.ndim()).filter(|&axis| axis != first && axis != second).chain([first, second]);
    array = array.permuted_axes(order.collect::<Vec<_>>());
    let last = array.ndim() - 1;
    let length = array.shape()[last - 1].min(array.shape()[last]);
    let mut shape = array.shape()[..last].to_vec();
    shape[last - 1] = length;
    Ok(Tensor::from_shape_fn(shape, |index| {
        let mut place: Vec<usize> = ndarray::Dimension::slice(&index).to_vec();
        place.push(place[last - 1]);
        array[place.as_slice()].clone()
    }))
}

/// Returns a range of an axis, given its beginning and length.
pub(super) fn part<T: Clone>(
    array: &Tensor<T>,
    along: usize,
    start: usize,
    length: usize,
) -> Result<Tensor<T>, Reason> {
    let end = start.checked_add(length).filter(|&end| end <= array.shape()[along]);
    let end = end.ok_or(Reason::Only("for parts that lie within the axis"))?;
    let mut part = array.clone();
    part.slice_axis_inplace(Axis(along), Slice::from(start..end));
    Ok(part)
}
