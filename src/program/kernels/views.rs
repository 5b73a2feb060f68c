//! Operations that show the elements of a tensor in other places.

use super::call::{Call, axis};
use super::shapes;
use super::table::{Kernel, Row};
use super::{Reason, Tensor};
use crate::program::Argument;
use crate::program::Element;
use Kernel::{PerhapsView, View};
use ndarray::{Axis, Slice};

/// Returns the operations whose result shares memory with their argument, or may share it.
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
        ("split", View(split)),
        ("split_with_sizes", View(split)),
        ("chunk", View(chunk)),
        ("reshape", PerhapsView(reshape)),
        ("reshape_as", PerhapsView(reshape)),
        ("flatten", PerhapsView(reshape)),
        ("ravel", PerhapsView(reshape)),
        ("_unsafe_view", PerhapsView(reshape)),
        ("contiguous", PerhapsView(same)),
        ("to", PerhapsView(same)),
        ("type_as", PerhapsView(same)),
        ("dropout", PerhapsView(dropout)),
        ("feature_dropout", PerhapsView(dropout)),
    ]
}

fn same<T: Element>(array: &Tensor<T>, _: &Call<T>) -> Result<Tensor<T>, Reason> {
    Ok(array.clone())
}

/// Gives the elements in their order the shape that the program says.
fn reshape<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let declared = call.declared().ok_or(Reason::Only("where the program says the shape of the result"))?;
    let shape = shapes::resolve(declared, array.len(), call.limits)?;
    shapes::reshape(array, &shape)
}

fn expand<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    let output = call.operation.outputs.first().copied().flatten();
    let output = output.ok_or(Reason::Only("where the program says the shape of the result"))?;
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

/// Returns the part of an axis that the arguments `start`, `end` and `step` mean.
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

/// Returns one of the parts of one size into which an axis is cut; the last may be smaller.
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

fn dropout<T: Element>(array: &Tensor<T>, call: &Call<T>) -> Result<Tensor<T>, Reason> {
    if call.flag("train", false)? && call.number("p", Some(0.5))? != 0.0 {
        return Err(Reason::Only("in evaluation mode"));
    }
    same(array, call)
}
