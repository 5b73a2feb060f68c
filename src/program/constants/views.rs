//! Operations that show the elements of a tensor in other places.

use super::call::{Call, axis, elements};
use super::shapes;
use super::table::{Kernel, Row};
use super::{Reason, Tensor};
use crate::program::Argument;
use Kernel::{PerhapsView, View};
use ndarray::{Axis, Slice};

/// The operations whose result shares memory with their argument, or may share it.
pub(super) const TABLE: &[Row] = &[
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
    ("t", View(|array, _| Ok(vec![array.clone().reversed_axes()]))),
    ("numpy_T", View(|array, _| Ok(vec![array.clone().reversed_axes()]))),
    ("mT", View(|array, _| shapes::swap(array, -2, -1))),
    ("mH", View(|array, _| shapes::swap(array, -2, -1))),
    ("transpose", View(|array, call| shapes::swap(array, call.int("dim0", None)?, call.int("dim1", None)?))),
    ("swapaxes", View(|array, call| shapes::swap(array, call.int("axis0", None)?, call.int("axis1", None)?))),
    ("permute", View(permute)),
    ("movedim", View(movedim)),
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
];

type Views = Result<Vec<Tensor>, Reason>;

fn same(array: &Tensor, _: &Call) -> Views {
    Ok(vec![array.clone()])
}

/// Gives the elements in their order the shape that the program says.
fn reshape(array: &Tensor, call: &Call) -> Views {
    let declared = call.declared().ok_or(Reason::Only("where the program says the shape of the result"))?;
    let shape = shapes::resolve(declared, array.len())?;
    shapes::reshape(array, &shape).map(|array| vec![array])
}

fn expand(array: &Tensor, call: &Call) -> Views {
    let output = call.operation.outputs.first().copied().flatten();
    let output = output.ok_or(Reason::Only("where the program says the shape of the result"))?;
    let shape = call.shape(output)?;
    shapes::expand(array, &shape).map(|array| vec![array])
}

fn permute(array: &Tensor, call: &Call) -> Views {
    let order = call.ints("dims", &[])?;
    let order: Vec<usize> =
        order.into_iter().map(|given| axis("dims", given, array.ndim())).collect::<Result<_, _>>()?;
    shapes::permute(array, &order).map(|array| vec![array])
}

fn movedim(array: &Tensor, call: &Call) -> Views {
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
    shapes::permute(array, &order).map(|array| vec![array])
}

fn diagonal(array: &Tensor, call: &Call) -> Views {
    let dimensions = array.ndim();
    let (first, second) = (call.axis("dim1", Some(0), dimensions)?, call.axis("dim2", Some(1), dimensions)?);
    shapes::diagonal(array, call.int("offset", Some(0))?, first, second).map(|array| vec![array])
}

fn select(array: &Tensor, call: &Call) -> Views {
    let along = call.axis("dim", None, array.ndim())?;
    let index = axis("index", call.int("index", None)?, array.shape()[along])
        .map_err(|_| Call::refuse("index", "an index of the axis"))?;
    Ok(vec![array.clone().index_axis_move(Axis(along), index)])
}

fn slice(array: &Tensor, call: &Call) -> Views {
    let along = call.axis("dim", Some(0), array.ndim())?;
    let mut part = array.clone();
    part.slice_axis_inplace(Axis(along), range(call, array.shape()[along])?);
    Ok(vec![part])
}

/// Returns the part of an axis that the arguments `start`, `end` and `step` mean.
pub(super) fn range(call: &Call, extent: usize) -> Result<Slice, Reason> {
    let within = |given: i64| {
        let index = if given < 0 { given.saturating_add_unsigned(extent as u64) } else { given };
        index.clamp(0, extent as i64) as isize
    };
    let start = within(call.int("start", Some(0))?);
    let end = within(call.int("end", Some(i64::MAX))?).max(start);
    let step = call.int("step", Some(1))?;
    let step = isize::try_from(step).ok().filter(|&step| step > 0);
    let step = step.ok_or_else(|| Call::refuse("step", "a positive number"))?;
    Ok(Slice::new(start, Some(end), step))
}

fn narrow(array: &Tensor, call: &Call) -> Views {
    let along = call.axis("dim", None, array.ndim())?;
    let (start, length) = (call.count("start", None)?, call.count("length", None)?);
    shapes::parts(array, along, start, &[length])
}

fn unbind(array: &Tensor, call: &Call) -> Views {
    let along = call.axis("dim", Some(0), array.ndim())?;
    let extent = array.shape()[along];
    elements(&[extent])?;
    Ok((0..extent).map(|index| array.clone().index_axis_move(Axis(along), index)).collect())
}

fn split(array: &Tensor, call: &Call) -> Views {
    let along = call.axis("dim", Some(0), array.ndim())?;
    let sizes = if call.has("split_sizes") { "split_sizes" } else { "split_size" };
    if let Argument::Int(_) = call.operation.argument(sizes) {
        return shapes::equal_parts(array, along, call.count(sizes, None)?);
    }
    let sizes = call.ints(sizes, &[])?.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>();
    shapes::parts(array, along, 0, &sizes.map_err(|_| Call::refuse("split_sizes", "a list of counts"))?)
}

fn chunk(array: &Tensor, call: &Call) -> Views {
    let along = call.axis("dim", Some(0), array.ndim())?;
    let chunks = call.count("chunks", None)?.max(1);
    shapes::equal_parts(array, along, array.shape()[along].div_ceil(chunks))
}

fn dropout(array: &Tensor, call: &Call) -> Views {
    if call.flag("train", false)? && call.number("p", Some(0.5))? != 0.0 {
        return Err(Reason::Only("in evaluation mode"));
    }
    same(array, call)
}
