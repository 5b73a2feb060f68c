//! Convolutions of tensors that depend on no input, such as kernels that are folded into one.

use super::call::Call;
use super::elementwise::combine;
use super::table::{Kernel, Row};
use super::{Content, Limits, Reason, Tensor, arrangements, shapes};
use crate::program::Element;
use Kernel::Computed;
use ndarray::{Axis, Slice};

/// Returns the convolutions that are computed.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("conv1d", Computed(convolution)),
        ("conv2d", Computed(convolution)),
        ("conv3d", Computed(convolution)),
        ("convolution", Computed(convolution)),
    ]
}

/// Returns a number for each axis of an image, of which the arguments may give one for all.
fn for_each_axis<T: Element>(
    call: &Call<T>,
    name: &str,
    default: i64,
    axes: usize,
) -> Result<Vec<usize>, Reason> {
    let numbers = call.ints(name, &[default])?;
    let numbers: Result<Vec<usize>, _> = numbers.into_iter().map(usize::try_from).collect();
    let numbers = numbers.map_err(|_| Reason::argument(name, "a list of counts"))?;
    match numbers.len() {
        1 => Ok(vec![numbers[0]; axes]),
        given if given == axes => Ok(numbers),
        _ => Err(Reason::argument(name, "a number for each axis of the image")),
    }
}

fn convolution<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let (image, kernel) = (call.tensor("input")?, call.tensor("weight")?);
    if call.flag("transposed", false)? || call.int("groups", Some(1))? != 1 {
        return Err(Reason::Only("where it is neither transposed nor grouped"));
    }
    if image.ndim() < 3 || image.ndim() != kernel.ndim() || image.shape()[1] != kernel.shape()[1] {
        return Err(Reason::Shapes { first: image.shape().to_vec(), second: kernel.shape().to_vec() });
    }
    let axes = image.ndim() - 2;
    let steps = for_each_axis(call, "stride", 1, axes)?;
    let dilations = for_each_axis(call, "dilation", 1, axes)?;
    let pads = for_each_axis(call, "padding", 0, axes)?;
    let pads: Vec<i64> = pads.iter().rev().flat_map(|&pad| [pad as i64; 2]).collect();
    let image = arrangements::padded(&image, &pads, 0.0, call.limits)?;
    let sum = convolved(&image, &kernel, &steps, &dilations, call.limits)?;
    let Some(bias) = call.optional_tensor("bias")? else {
        return Ok(Content::Array(sum));
    };
    let column: Vec<usize> = [&[bias.len()], vec![1; axes].as_slice()].concat();
    combine(&[sum, shapes::reshape(&bias, &column)?], |v| v[0] + v[1], call.limits).map(Content::Array)
}

/// Convolves a padded image with a kernel, one place of the kernel after the other.
fn convolved<T: Element>(
    image: &Tensor<T>,
    kernel: &Tensor<T>,
    steps: &[usize],
    dilations: &[usize],
    limits: Limits,
) -> Result<Tensor<T>, Reason> {
    let places = &kernel.shape()[2..];
    let mut shape = vec![image.shape()[0], kernel.shape()[0]];
    for (axis, &extent) in image.shape()[2..].iter().enumerate() {
        let reach = places[axis].checked_sub(1).and_then(|last| last.checked_mul(dilations[axis]));
        let room = reach.and_then(|reach| extent.checked_sub(reach + 1));
        let other = || Reason::Shapes { first: image.shape().to_vec(), second: kernel.shape().to_vec() };
        shape.push(room.and_then(|room| room.checked_div(steps[axis])).ok_or_else(other)? + 1);
    }
    let mut sum = limits.filled(&shape, 0.0)?;
    limits.products(shape.iter().copied().chain(kernel.shape()[1..].iter().copied()))?;
    for place in ndarray::indices(places) {
        let place = ndarray::Dimension::slice(&place).to_vec();
        let mut part = image.clone();
        let mut weights = kernel.clone();
        for (axis, &index) in place.iter().enumerate() {
            let start = index * dilations[axis];
            let end = start + (shape[axis + 2] - 1) * steps[axis] + 1;
            let slice = Slice::new(start as isize, Some(end as isize), steps[axis] as isize);
            part.slice_axis_inplace(Axis(axis + 2), slice);
            weights.index_axis_inplace(Axis(2), index);
        }
        for ((to, from), &weight) in
            weights.indexed_iter().map(|(index, weight)| ((index[0], index[1]), weight))
        {
            sum.index_axis_mut(Axis(1), to).scaled_add(weight, &part.index_axis(Axis(1), from));
        }
    }
    Ok(sum)
}
