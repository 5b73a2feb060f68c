//! Operations that reorder elements by reshaping, or repeat them.

use super::spatial::{Sliding, first_axis, for_each_axis};
use super::table::{Kernel, Results, Row};
use super::{Call, Content, Reason, Tensor, array, padding, reshape, shapes};
use crate::program::Element;
use Kernel::{Arranged, Computed};
use ndarray::{Axis, Slice};

/// Returns the kernels of these operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("pixel_shuffle", Arranged(pixel_shuffle)),
        ("pixel_unshuffle", Arranged(pixel_unshuffle)),
        ("channel_shuffle", Arranged(channel_shuffle)),
        ("native_channel_shuffle", Arranged(channel_shuffle)),
        ("repeat", Arranged(|call| repeat(call, "repeats"))),
        ("tile", Arranged(|call| repeat(call, "dims"))),
        ("repeat_interleave", Arranged(repeat_interleave)),
        ("im2col", Arranged(|call| columns(call).map(|columns| vec![Content::Array(columns)]))),
        ("col2im", Computed(image_of_columns)),
    ]
}

/// Reshapes a tensor, permutes its axes, and reshapes it again.
fn reordered<T: Clone>(
    tensor: &Tensor<T>,
    first: &[usize],
    order: &[usize],
    last: &[usize],
) -> Result<Vec<Content<T>>, Reason> {
    let ordered = shapes::permute(&reshape(tensor, first)?, order)?;
    Ok(vec![Content::Array(reshape(&ordered, last)?)])
}

/// Returns the extents of an image as batch axes, channels, height and width.
fn image<T: Element>(call: &Call<T>) -> Result<(Tensor<T>, [usize; 4]), Reason> {
    let image = call.tensor("self")?;
    let first = first_axis(image.shape(), 3)?;
    let before = image.shape()[..first].iter().product();
    let [channels, height, width] = [0, 1, 2].map(|axis| image.shape()[first + axis]);
    Ok((image, [before, channels, height, width]))
}

/// Returns a shape with the last three extents replaced.
fn with_image(shape: &[usize], extents: [usize; 3]) -> Vec<usize> {
    [&shape[..shape.len() - 3], &extents].concat()
}

fn pixel_shuffle<T: Element>(call: &Call<T>) -> Results<T> {
    let (image, [before, channels, height, width]) = image(call)?;
    let factor = call.count("upscale_factor", None)?;
    let square = factor.checked_mul(factor).filter(|&square| square > 0 && channels % square == 0);
    let square = square
        .ok_or_else(|| Reason::argument("upscale_factor", "a number whose square divides the channels"))?;
    let shape = with_image(image.shape(), [channels / square, height * factor, width * factor]);
    let split = [before, channels / square, factor, factor, height, width];
    reordered(&image, &split, &[0, 1, 4, 2, 5, 3], &shape)
}

fn pixel_unshuffle<T: Element>(call: &Call<T>) -> Results<T> {
    let (image, [before, channels, height, width]) = image(call)?;
    let factor = call.count("downscale_factor", None)?;
    if [height, width].iter().any(|extent| extent.checked_rem(factor) != Some(0)) {
        return Err(Reason::argument("downscale_factor", "a number that divides height and width"));
    }
    let (low, narrow) = (height / factor, width / factor);
    let shape = with_image(image.shape(), [channels * factor * factor, low, narrow]);
    let split = [before, channels, low, factor, narrow, factor];
    reordered(&image, &split, &[0, 1, 3, 5, 2, 4], &shape)
}

fn channel_shuffle<T: Element>(call: &Call<T>) -> Results<T> {
    let image = call.tensor("self")?;
    let groups = call.count("groups", None)?;
    if image.ndim() < 2 || image.shape()[1].checked_rem(groups) != Some(0) {
        return Err(Reason::argument("groups", "a number that divides the channels"));
    }
    let (batch, channels) = (image.shape()[0], image.shape()[1]);
    let rest = image.shape()[2..].iter().product();
    reordered(&image, &[batch, groups, channels / groups, rest], &[0, 2, 1, 3], image.shape())
}

fn repeat<T: Element>(call: &Call<T>, name: &str) -> Results<T> {
    let mut tensor = call.tensor("self")?;
    let repeats = call.ints(name, &[])?;
    let repeats: Result<Vec<usize>, _> = repeats.into_iter().map(usize::try_from).collect();
    let mut repeats = repeats.map_err(|_| Reason::argument(name, "a list of counts"))?;
    if repeats.len() < tensor.ndim() {
        if name != "dims" {
            return Err(Reason::argument(name, "a count for each axis"));
        }
        repeats.splice(..0, vec![1; tensor.ndim() - repeats.len()]);
    }
    while tensor.ndim() < repeats.len() {
        tensor.insert_axis_inplace(Axis(0));
    }
    let shape: Option<Vec<usize>> =
        tensor.shape().iter().zip(&repeats).map(|(&extent, &count)| extent.checked_mul(count)).collect();
    call.limits.elements(&shape.ok_or_else(|| call.limits.memory())?)?;
    for (axis, count) in repeats.into_iter().enumerate() {
        if count != 1 {
            let indices: Vec<usize> = (0..count).flat_map(|_| 0..tensor.shape()[axis]).collect();
            tensor = tensor.select(Axis(axis), &indices).into_shared();
        }
    }
    Ok(vec![Content::Array(tensor)])
}

/// Repeats every element along an axis the given number of times.
fn repeat_interleave<T: Element>(call: &Call<T>) -> Results<T> {
    let mut tensor = call.tensor("self")?;
    let count = call.count("repeats", None)?;
    if !call.has("dim") {
        tensor = reshape(&tensor, &[tensor.len()])?;
    }
    let axis = call.axis("dim", Some(0), tensor.ndim())?;
    let mut shape = tensor.shape().to_vec();
    shape[axis] = shape[axis].checked_mul(count).ok_or_else(|| call.limits.memory())?;
    call.limits.elements(&shape)?;
    let indices: Vec<usize> =
        (0..tensor.shape()[axis]).flat_map(|index| std::iter::repeat_n(index, count)).collect();
    Ok(vec![Content::Array(tensor.select(Axis(axis), &indices).into_shared())])
}

/// Returns how a window slides over an image with the given extents.
fn sliding<T: Element>(call: &Call<T>, extents: &[usize]) -> Result<[Sliding; 2], Reason> {
    let numbers = |name: &str, default: usize| for_each_axis(call, name, &[default], 2);
    let (windows, strides) = (for_each_axis(call, "kernel_size", &[], 2)?, numbers("stride", 1)?);
    let (paddings, dilations) = (numbers("padding", 0)?, numbers("dilation", 1)?);
    let along = |axis: usize| {
        let (length, window, stride) = (extents[axis], windows[axis], strides[axis]);
        let (padding, dilation) = (paddings[axis], dilations[axis]);
        Sliding { length, window, stride, padding, dilation, count: 0 }.counted(false)
    };
    Ok([along(0)?, along(1)?])
}

/// Writes the content of a window at each of its places to a column.
fn columns<T: Element>(call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let image = call.tensor("self")?;
    let first = first_axis(image.shape(), 3)?;
    let [rows, along] = sliding(call, &image.shape()[first + 1..])?;
    let pads = [along.padding, along.padding, rows.padding, rows.padding].map(|pad| pad as i64);
    let padded = padding::padded(&image, &pads, 0.0, call.limits)?;
    let (channels, window) = (image.shape()[first], rows.window * along.window);
    let before: usize = image.shape()[..first].iter().product();
    let places = rows.count * along.count;
    call.limits.elements(&[before, channels, window, places])?;
    let padded_extents = [before * channels, padded.shape()[first + 1], padded.shape()[first + 2]];
    let padded = reshape(&padded, &padded_extents)?;
    let mut numbers = Vec::with_capacity(before * channels * window * places);
    for plane in padded.outer_iter() {
        for place in 0..window {
            let part = plane
                .slice_axis(Axis(0), shown(rows, place / along.window))
                .slice_axis(Axis(1), shown(along, place % along.window))
                .to_owned();
            numbers.extend(part);
        }
    }
    let shape = [&image.shape()[..first], &[channels * window, places]].concat();
    array(&shape, numbers)
}

/// Returns the elements at one place of a window along an axis, for all positions of the window.
fn shown(along: Sliding, place: usize) -> Slice {
    let start = place * along.dilation;
    let end = start + (along.count.max(1) - 1) * along.stride + 1;
    Slice::new(start as isize, Some(end as isize), along.stride as isize)
}

/// Sums the columns of windows at the places of the image that the windows cover.
fn image_of_columns<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let columns = call.tensor("self")?;
    let first = first_axis(columns.shape(), 2)?;
    let extents = for_each_axis(call, "output_size", &[], 2)?;
    let [rows, along] = sliding(call, &extents)?;
    let (window, places) = (rows.window * along.window, rows.count * along.count);
    let (height, places_found) = (columns.shape()[first], columns.shape()[first + 1]);
    if height.checked_rem(window) != Some(0) || places_found != places {
        return Err(Reason::Shapes { first: columns.shape().to_vec(), second: vec![window, places] });
    }
    let before: usize = columns.shape()[..first].iter().product();
    let channels = height / window;
    let padded = [extents[0] + 2 * rows.padding, extents[1] + 2 * along.padding];
    let mut sums: Tensor<T> = call.limits.filled(&[before * channels, padded[0], padded[1]], 0.0)?;
    let parts = reshape(&columns, &[before * channels, window, rows.count, along.count])?;
    for (mut plane, parts) in sums.outer_iter_mut().zip(parts.outer_iter()) {
        for (place, part) in parts.outer_iter().enumerate() {
            let mut shown_part = plane.slice_axis_mut(Axis(0), shown(rows, place / along.window));
            let mut shown_part = shown_part.slice_axis_mut(Axis(1), shown(along, place % along.window));
            shown_part += &part;
        }
    }
    let inner =
        |axis: usize, extent: usize, padding: usize| (Axis(axis), Slice::from(padding..padding + extent));
    for (axis, slice) in [inner(1, extents[0], rows.padding), inner(2, extents[1], along.padding)] {
        sums.slice_axis_inplace(axis, slice);
    }
    let shape = [&columns.shape()[..first], &[channels, extents[0], extents[1]]].concat();
    reshape(&sums, &shape).map(Content::Array)
}
