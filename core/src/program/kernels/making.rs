//! Operations that create tensors from shapes and numbers, and copies.

use super::call::{Call, array};
use super::table::{Kernel, Results, Row};
use super::{Content, Reason, Tensor, shapes};
use crate::program::Element;
use Kernel::{Arranged, Computed, Made, Several};

/// Returns the kernels of these operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("zeros", Made(|_| Ok(Content::Uniform(0.0)))),
        ("zeros_like", Made(|_| Ok(Content::Uniform(0.0)))),
        ("new_zeros", Made(|_| Ok(Content::Uniform(0.0)))),
        ("zero", Made(|_| Ok(Content::Uniform(0.0)))),
        ("empty", Made(|_| Ok(Content::Uniform(0.0)))),
        ("empty_like", Made(|_| Ok(Content::Uniform(0.0)))),
        ("new_empty", Made(|_| Ok(Content::Uniform(0.0)))),
        ("empty_permuted", Made(|_| Ok(Content::Uniform(0.0)))),
        ("ones", Made(|_| Ok(Content::Uniform(1.0)))),
        ("ones_like", Made(|_| Ok(Content::Uniform(1.0)))),
        ("new_ones", Made(|_| Ok(Content::Uniform(1.0)))),
        ("full", Made(|call| uniform(call, "fill_value"))),
        ("full_like", Made(|call| uniform(call, "fill_value"))),
        ("new_full", Made(|call| uniform(call, "fill_value"))),
        ("fill", Made(|call| uniform(call, "value"))),
        ("scalar_tensor", Made(|call| uniform(call, "s"))),
        ("copy", Made(copy)),
        ("arange", Made(arange)),
        ("linspace", Made(linspace)),
        ("eye", Made(eye)),
        ("clone", Arranged(|call| Ok(vec![call.operand("self", None)?]))),
        ("lift_fresh_copy", Arranged(|call| Ok(vec![call.operand("self", None)?]))),
        ("detach_copy", Arranged(|call| Ok(vec![call.operand("self", None)?]))),
        ("native_dropout", Several(native_dropout)),
        ("lift_fresh", Arranged(|call| Ok(vec![call.operand("self", None)?]))),
        ("_to_copy", Computed(|call| call.operand("self", None))),
    ]
}

/// Returns the constant whose elements all equal a number, or the only element of a tensor argument.
fn uniform<T: Element>(call: &Call<T>, name: &str) -> Result<Content<T>, Reason> {
    match call.operand(name, None)? {
        Content::Array(array) if array.len() == 1 => Ok(Content::Uniform(array.sum().double())),
        Content::Array(_) => Err(Reason::argument(name, "a single number")),
        uniform => Ok(uniform),
    }
}

/// Returns the elements of `src` in the shape of `self`.
fn copy<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let target = call.operation.tensor("self").ok_or_else(|| Reason::argument("self", "a tensor"))?;
    match call.operand("src", None)? {
        Content::Array(source) => {
            shapes::expand(&source, &call.shape(target)?, call.limits).map(Content::Array)
        }
        uniform => Ok(uniform),
    }
}

fn made<T: Element>(numbers: impl Iterator<Item = f64>) -> Result<Content<T>, Reason> {
    let numbers: Vec<T> = numbers.map(T::of).collect();
    array(&[numbers.len()], numbers).map(Content::Array)
}

fn arange<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let (start, end) = (call.number("start", Some(0.0))?, call.number("end", None)?);
    let step = call.number("step", Some(1.0))?;
    let count = ((end - start) / step).ceil();
    if count.is_nan() || count < 0.0 {
        return Err(Reason::argument("step", "a step from start to end"));
    }
    let count = call.limits.elements(&[count as usize])?;
    made((0..count).map(|index| start + index as f64 * step))
}

fn linspace<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let (start, end) = (call.number("start", None)?, call.number("end", None)?);
    let steps = call.limits.elements(&[call.count("steps", None)?])?;
    let step = if steps > 1 { (end - start) / (steps - 1) as f64 } else { 0.0 };
    // Computed as in PyTorch, so that the last number is the end itself.
    let number = |index: usize| {
        if index < steps / 2 || steps == 1 {
            start + index as f64 * step
        } else {
            end - (steps - 1 - index) as f64 * step
        }
    };
    made((0..steps).map(number))
}

fn eye<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let rows = call.count("n", None)?;
    let columns = if call.has("m") { call.count("m", None)? } else { rows };
    call.limits.elements(&[rows, columns])?;
    let number = |index: ndarray::IxDyn| T::of(f64::from(index[0] == index[1]));
    Ok(Content::Array(Tensor::from_shape_fn(&[rows, columns][..], number)))
}

fn native_dropout<T: Element>(call: &Call<T>) -> Results<T> {
    if call.flag("train", true)? && call.number("p", Some(0.5))? != 0.0 {
        return Err(Reason::Only("in evaluation mode"));
    }
    Ok(vec![call.operand("input", None)?, Content::Uniform(1.0)])
}
