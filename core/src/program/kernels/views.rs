//! Views, which show the elements of a tensor in other places.

use super::call::{Call, axis};
use super::shapes;
use super::table::{Kernel, Row};
use super::{Reason, Tensor};
use crate::program::Argument;
use crate::program::Element;
use Kernel::{PerhapsView, View};
use ndarray::{Axis, Slice};

/// Returns the kernels of operations whose result shares memory with their argument, or may share it.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("alias", View(same)),
        ("detach", View(same)),
        ("view", View(reshape)),
        ("view_as", View(reshape)),
        ("unsqueeze", View(reshape)),
        ("squeeze", View(reshape)),
        ("unflatten", View(reshape)),
        ("expand", View(expand)),
        ("expand_as", View(expand)),
        ("broadcast_to", View(expand)),
        ("t", View(|array, _| Ok(array.clone().reversed_axes()))),
        ("numpy_T", View(|array, _| Ok(array.clone().reversed_axes()))),
        ("mT", View(|array, _| shapes::swap(array, -2, -1))),
        ("mH", View(|array, _| shapes::swap(array, -2, -1))),
        (
            "transpose",
            View(|array, call| shapes::swap(array, call.int("dim0", None)?, call.int("dim1", None)?)),
        ),
        (
            "swapaxes",
            View(|array, call| shapes::swap(array, call.int("axis0", None)?, call.int("axis1", None)?)),
        ),
        (
            "swapdims",
            View(|array, call| shapes::swap(array, call.int("dim0", None)?, call.int("dim1", None)?)),
        ),
        ("permute", View(permute)),
        ("movedim", View(movedim)),
        ("moveaxis", View(movedim)),
        ("diagonal", View(diagonal)),
        ("select", View(select)),
        ("slice", View(slice)),
        ("narrow", View(narrow)),
        ("unbind", View(unbind)),
        ("unfold", View(unfold)),
        ("as_strided", View(as_strided)),
        ("adjoint", View(|array, _| shapes::swap(array, -2, -1))),
        ("tensor_split", View(tensor_split)),
        ("split", View(split)),
        ("split_with_sizes", View(split)),
        ("chunk", View(chunk)),
        ("reshape", PerhapsView(reshape)),
        ("reshape_as", PerhapsView(reshape)),
        ("flatten", PerhapsView(reshape)),
        ("ravel", PerhapsView(reshape)),
        ("_unsafe_view", PerhapsView(reshape)),
        ("_reshape_alias", PerhapsView(reshape)),
        ("contiguous", PerhapsView(same)),
        ("float", PerhapsView(same)),
        ("double", PerhapsView(same)),
        ("half", PerhapsView(same)),
        ("to", PerhapsView(same)),
        ("type_as", PerhapsView(same)),
        ("dropout", PerhapsView(dropout)),
        ("feature_dropout", PerhapsView(dropout)),
        ("alpha_dropout", PerhapsView(dropout)),
        ("feature_alpha_dropout", PerhapsView(dropout)),
    ]
}

fn same<T: Element>(array: &Tensor<T>, _: &Call<T>) -> Result<Tensor<T>, Reason> {
    Ok(array.clone())
}

/// Reshapes a tensor as the program states, keeping the order of elements.
fn reshape<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    if call.has("dtype") {
        return Err(Reason::Only("where the bits of numbers are not taken for numbers of another type"));
    }
    let declared = call.declared().ok_or(Reason::Only("where the program states the shape of the result"))?;
    let shape = shapes::resolve(declared, array.len(), call.limits)?;
    shapes::reshape(array, &shape)
}

fn expand<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let output = call.operation.outputs.first().copied().flatten();
    let output = output.ok_or(Reason::Only("where the program states the shape of the result"))?;
    let shape = call.shape(output)?;
    shapes::expand(array, &shape, call.limits)
}

fn permute<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let order = call.ints("dims", &[])?;
    let order: Vec<usize> =
        order.into_iter().map(|given| axis("dims", given, array.ndim())).collect::<Result<_, _>>()?;
    shapes::permute(array, &order)
}

fn movedim<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let axes = |name: &str| -> Result<Vec<usize>, Reason> {
        call.ints(name, &[])?.into_iter().map(|given| axis(name, given, array.ndim())).collect()
    };
    let (sources, destinations) = (axes("source")?, axes("destination")?);
    let mut order: Vec<usize> = (0..array.ndim()).filter(|axis| !sources.contains(axis)).collect();
    let mut moves: Vec<(usize, usize)> = destinations.into_iter().zip(sources).collect();
    moves.sort_unstable();
    for (destination, source) in moves {
        order.insert(destination.min(order.len()), source);
    }
    shapes::permute(array, &order)
}

fn diagonal<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let dimensions = array.ndim();
    let (first, second) = (call.axis("dim1", Some(0), dimensions)?, call.axis("dim2", Some(1), dimensions)?);
    shapes::diagonal(array, call.int("offset", Some(0))?, first, second)
}

fn select<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let along = call.axis("dim", None, array.ndim())?;
    let index = axis("index", call.int("index", None)?, array.shape()[along])
        .map_err(|_| Reason::argument("index", "an index of the axis"))?;
    Ok(array.clone().index_axis_move(Axis(along), index))
}

fn slice<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let along = call.axis("dim", Some(0), array.ndim())?;
    let mut part = array.clone();
    part.slice_axis_inplace(Axis(along), range(call, array.shape()[along])?);
    Ok(part)
}

/// Returns the range of an axis given by the arguments `start`, `end` and `step`.
pub(super) fn range<T: Element>(call: &Call<T>, extent: usize) -> Result<Slice, Reason> {
    let within = |given: i64| {
        let index = if given < 0 { given.saturating_add_unsigned(extent as u64) } else { given };
        index.clamp(0, extent as i64) as isize
    };
    let start = within(call.int("start", Some(0))?);
    let end = within(call.int("end", Some(i64::MAX))?).max(start);
    let step = call.int("step", Some(1))?;
    let step = isize::try_from(step).ok().filter(|&step| step > 0);
    let step = step.ok_or_else(|| Reason::argument("step", "a positive number"))?;
    Ok(Slice::new(start, Some(end), step))
}

fn narrow<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let along = call.axis("dim", None, array.ndim())?;
    shapes::part(array, along, call.count("start", None)?, call.count("length", None)?)
}

fn unbind<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let along = call.axis("dim", Some(0), array.ndim())?;
    if call.output >= array.shape()[along] {
        return Err(Reason::Only("for as many results as its arguments say"));
    }
    Ok(array.clone().index_axis_move(Axis(along), call.output))
}

fn split<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let along = call.axis("dim", Some(0), array.ndim())?;
    let sizes = if call.has("split_sizes") { "split_sizes" } else { "split_size" };
    if let Argument::Int(_) = call.operation.argument(sizes) {
        return equal_part(array, along, call.count(sizes, None)?, call.output);
    }
    let sizes: Result<Vec<usize>, _> = call.ints(sizes, &[])?.into_iter().map(usize::try_from).collect();
    let sizes = sizes.map_err(|_| Reason::argument("split_sizes", "a list of counts"))?;
    let size = sizes.get(call.output).ok_or(Reason::Only("for as many results as its arguments say"))?;
    let start = sizes[..call.output].iter().fold(0_usize, |start, &size| start.saturating_add(size));
    shapes::part(array, along, start, *size)
}

fn chunk<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let along = call.axis("dim", Some(0), array.ndim())?;
    let chunks = call.count("chunks", None)?.max(1);
    equal_part(array, along, array.shape()[along].div_ceil(chunks), call.output)
}

/// Returns one of the equal parts of an axis; the last may be smaller.
fn equal_part<T: Element>(
    array: &Tensor<T>,
    along: usize,
    size: usize,
    part: usize,
) -> Result<Tensor<T>, Reason> {
    let extent = array.shape()[along];
    let start = size.saturating_mul(part).min(extent);
    shapes::part(array, along, start, size.min(extent - start))
}

/// Splits an axis before given indices, or into a number of parts, of which the first have one element more.
fn tensor_split<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let along = call.axis("dim", Some(0), array.ndim())?;
    let extent = array.shape()[along];
    let cuts: Vec<usize> = if call.has("sections") {
        let parts = call.count("sections", None)?.max(1);
        (0..=parts).map(|part| part * (extent / parts) + part.min(extent % parts)).collect()
    } else {
        let within = |given: i64| {
            let index = if given < 0 { given.saturating_add_unsigned(extent as u64) } else { given };
            index.clamp(0, extent as i64) as usize
        };
        let cuts = call.ints("indices", &[])?.into_iter().map(within);
        [0].into_iter().chain(cuts).chain([extent]).collect()
    };
    let part = cuts.get(call.output..).unwrap_or(&[]);
    let &[start, end, ..] = part else {
        return Err(Reason::Only("for as many results as its arguments say"));
    };
    shapes::part(array, along, start, end.saturating_sub(start))
}

/// Returns the windows that slide along an axis, with their elements along a new last axis.
fn unfold<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let along = call.axis("dimension", None, array.ndim())?;
    let (size, step) = (call.count("size", None)?, call.count("step", None)?);
    let extent = array.shape()[along];
    let windows = extent.checked_sub(size).and_then(|room| room.checked_div(step)).map(|steps| steps + 1);
    let windows = windows.ok_or_else(|| Reason::argument("size", "at most the extent of the axis"))?;
    let last = array.ndim();
    let mut shape = array.shape().to_vec();
    shape[along] = windows;
    shape.push(size);
    call.limits.elements(&shape)?;
    Ok(Tensor::from_shape_fn(shape, |index| {
        let mut place = ndarray::Dimension::slice(&index)[..last].to_vec();
        place[along] = place[along] * step + index[last];
        array[place.as_slice()]
    }))
}

/// Returns a view by strides, which is known only where it moves nothing.
fn as_strided<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let (sizes, strides) = (call.ints("size", &[])?, call.ints("stride", &[])?);
    let in_order = array.shape().iter().rev().scan(1_i64, |apart, &extent| {
        let stride = *apart;
        *apart = apart.saturating_mul(extent as i64);
        Some((extent as i64, stride))
    });
    let moves = sizes.len() != array.ndim()
        || strides.len() != array.ndim()
        || sizes
            .iter()
            .zip(&strides)
            .rev()
            .zip(in_order)
            .any(|((&size, &stride), (extent, apart))| size != extent || (extent > 1 && stride != apart));
    if moves || call.int("storage_offset", Some(0))? != 0 {
        return Err(Reason::Only("where it leaves all elements in their places"));
    }
    same(array, call)
}

fn dropout<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    if call.flag("train", false)? && call.number("p", Some(0.5))? != 0.0 {
        return Err(Reason::Only("in evaluation mode"));
    }
    same(array, call)
}
