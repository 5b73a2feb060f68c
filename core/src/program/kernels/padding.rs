//! Padding of images, with a constant or with elements of the image.

use super::table::{Kernel, Results, Row};
use super::{Call, Content, Limits, Reason, Tensor};
use crate::program::Element;
use Kernel::Arranged;
use ndarray::{Axis, Slice};

/// Returns the kernels of padding.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("constant_pad_nd", Arranged(constant)),
        ("pad", Arranged(constant)),
        ("pad:constant", Arranged(constant)),
        ("pad:reflect", Arranged(|call| repeated(call, "pad", reflected))),
        ("pad:replicate", Arranged(|call| repeated(call, "pad", outermost))),
        ("pad:circular", Arranged(|call| repeated(call, "pad", around))),
        ("_pad_circular", Arranged(|call| repeated(call, "pad", around))),
        ("reflection_pad1d", Arranged(|call| repeated(call, "padding", reflected))),
        ("reflection_pad2d", Arranged(|call| repeated(call, "padding", reflected))),
        ("reflection_pad3d", Arranged(|call| repeated(call, "padding", reflected))),
        ("replication_pad1d", Arranged(|call| repeated(call, "padding", outermost))),
        ("replication_pad2d", Arranged(|call| repeated(call, "padding", outermost))),
        ("replication_pad3d", Arranged(|call| repeated(call, "padding", outermost))),
    ]
}

/// Returns a pair of numbers for each padded axis, the last axis first.
fn pads<T: Element>(call: &Call<T>, name: &str, dimensions: usize) -> Result<Vec<i64>, Reason> {
    let pads = call.ints(name, &[])?;
    if pads.len() % 2 != 0 || pads.len() / 2 > dimensions {
        return Err(Reason::argument(name, "a pair of numbers for each padded axis"));
    }
    Ok(pads)
}

fn constant<T: Element>(call: &Call<T>) -> Results<T> {
    if call.text("mode", "constant")? != "constant" {
        return Err(Reason::Only("with mode constant, reflect, replicate or circular"));
    }
    let array = call.tensor("self")?;
    let pads = pads(call, "pad", array.ndim())?;
    let padded = padded(&array, &pads, call.number("value", Some(0.0))?, call.limits)?;
    Ok(vec![Content::Array(padded)])
}

/// Adds elements before and after those of the last axis, of the last but one, and so on; negative numbers
/// remove elements.
pub(super) fn padded<T: Element>(
    array: &Tensor<T>,
    pads: &[i64],
    number: f64,
    limits: Limits,
) -> Result<Tensor<T>, Reason> {
    let mut inner = array.clone();
    let mut shape = array.shape().to_vec();
    let mut places = vec![0; shape.len()];
    for (pair, along) in pads.chunks_exact(2).zip((0..array.ndim()).rev()) {
        let extent = shape[along] as i64;
        let cut = |pad: i64| pad.saturating_neg().clamp(0, extent);
        let (start, end) = (cut(pair[0]), extent - cut(pair[1]));
        let added = |pad: i64| usize::try_from(pad).unwrap_or(0);
        inner.slice_axis_inplace(Axis(along), Slice::from(start as isize..end.max(start) as isize));
        places[along] = added(pair[0]);
        let padded = inner.shape()[along].checked_add(added(pair[0]));
        let padded = padded.and_then(|extent| extent.checked_add(added(pair[1])));
        shape[along] = padded.ok_or_else(|| limits.memory())?;
    }
    let mut padded = limits.filled(&shape, number)?;
    let mut middle = padded.view_mut();
    for (along, place) in places.into_iter().enumerate() {
        middle.slice_axis_inplace(Axis(along), Slice::from(place..place + inner.shape()[along]));
    }
    middle.assign(&inner);
    Ok(padded)
}

/// A function that returns the index of the element at a place, which may lie outside the image.
type IndexAt = fn(place: i64, extent: i64) -> Option<i64>;

/// Reflects at the outermost elements, without repeating them.
fn reflected(place: i64, extent: i64) -> Option<i64> {
    let back = if place < 0 { -place } else { place };
    let index = if back >= extent { 2 * (extent - 1) - back } else { back };
    (0..extent).contains(&index).then_some(index)
}

fn outermost(place: i64, extent: i64) -> Option<i64> {
    (extent > 0).then(|| place.clamp(0, extent - 1))
}

fn around(place: i64, extent: i64) -> Option<i64> {
    (place >= -extent && place < 2 * extent).then(|| place.rem_euclid(extent))
}

/// Pads the last axes with elements of the image.
fn repeated<T: Element>(call: &Call<T>, name: &str, index_at: IndexAt) -> Results<T> {
    let mut array = call.first()?;
    let pads = pads(call, name, array.ndim())?;
    for (pair, along) in pads.chunks_exact(2).zip((0..array.ndim()).rev()) {
        let extent = array.shape()[along] as i64;
        let far = || Reason::argument(name, "small enough for the image");
        let end = pair[1].checked_add(extent).ok_or_else(far)?;
        let length =
            end.checked_sub(pair[0].saturating_neg()).and_then(|length| usize::try_from(length).ok());
        let mut shape = array.shape().to_vec();
        shape[along] = length.ok_or_else(far)?;
        call.limits.elements(&shape)?;
        let indices = (-pair[0]..end).map(|place| index_at(place, extent).map(|index| index as usize));
        let indices: Vec<usize> = indices.collect::<Option<_>>().ok_or_else(far)?;
        array = array.select(Axis(along), &indices).into_shared();
    }
    Ok(vec![Content::Array(array)])
}
