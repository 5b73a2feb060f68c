//! Operations that choose elements by size.

use super::table::{Chosen, Kernel, Row};
use super::{Call, Content, Reason, Selection, Tensor, reshape, types};
use crate::program::Element;
use Kernel::Selected;
use ndarray::{ArrayD, Axis, IxDyn};

/// Returns the kernels of these operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("amax", Selected(|call| Ok((extreme(call, larger)?.0, Vec::new())))),
        ("amin", Selected(|call| Ok((extreme(call, smaller)?.0, Vec::new())))),
        ("max", Selected(|call| with_index(call, larger))),
        ("min", Selected(|call| with_index(call, smaller))),
    ]
}

/// A test whether a number replaces the one chosen so far. The first NaN is chosen.
type Replaces = fn(f64, f64) -> bool;

fn larger(number: f64, chosen: f64) -> bool {
    number > chosen || (number.is_nan() && !chosen.is_nan())
}

fn smaller(number: f64, chosen: f64) -> bool {
    number < chosen || (number.is_nan() && !chosen.is_nan())
}

/// Chooses one element along the axes `dim`, and returns it with its place among them.
fn extreme<T: Element>(call: &Call<T>, replaces: Replaces) -> Result<(Selection, ArrayD<usize>), Reason> {
    let array = call.tensor("self")?;
    let axes = call.axes("dim", array.ndim())?;
    let keep = call.flag("keepdim", false)?;
    let (gone, kept): (Vec<usize>, Vec<usize>) = (0..array.ndim()).partition(|axis| axes.contains(axis));
    let lane: usize = gone.iter().map(|&axis| array.shape()[axis]).product();
    if lane == 0 {
        return Err(Reason::argument("self", "a tensor with elements along the axes"));
    }
    let rows: Vec<usize> = kept.iter().map(|&axis| array.shape()[axis]).collect();
    let order: Vec<usize> = kept.iter().chain(&gone).copied().collect();
    let places = reshape(&places(array.shape()), array.shape())?.permuted_axes(order.as_slice());
    let sorted = array.view().permuted_axes(order);
    let mut elements = sorted.iter().zip(&places).map(|(number, &place)| (number.double(), place));
    let mut chosen = Vec::with_capacity(array.len() / lane);
    let mut indices = Vec::with_capacity(array.len() / lane);
    while let Some((mut most, mut place)) = elements.next() {
        let mut index = 0;
        for (next, (number, other)) in (1..lane).zip(&mut elements) {
            if replaces(number, most) {
                (most, place, index) = (number, other, next);
            }
        }
        chosen.push(place);
        indices.push(index);
    }
    let shaped = |numbers: Vec<usize>| -> Result<ArrayD<usize>, Reason> {
        let mut shaped = super::call::array(&rows, numbers)?.into_owned();
        if keep {
            gone.iter().for_each(|&axis| shaped.insert_axis_inplace(Axis(axis)));
        }
        Ok(shaped)
    };
    Ok((Selection { from: array.shape().to_vec(), places: shaped(chosen)? }, shaped(indices)?))
}

/// Chooses the largest or smallest of all elements, or along an axis with their indices.
fn with_index<T: Element>(call: &Call<T>, replaces: Replaces) -> Chosen<T> {
    let (selection, indices) = extreme(call, replaces)?;
    if !call.has("dim") {
        return Ok((selection, Vec::new()));
    }
    let numbers: Vec<T> = indices.iter().map(|&place| types::index(place)).collect::<Result<_, _>>()?;
    let indices = super::array(indices.shape(), numbers)?;
    Ok((selection, vec![Content::Array(indices)]))
}

/// Returns the place of every element of a tensor.
fn places(shape: &[usize]) -> Tensor<usize> {
    let count = shape.iter().product();
    ArrayD::from_shape_vec(IxDyn(&[count]), (0..count).collect()).unwrap_or_default().into_shared()
}
