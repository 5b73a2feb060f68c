//! Operations that make a tensor out of a shape and numbers, and copies.

use super::call::{Call, array, elements};
use super::table::{Kernel, Row};
use super::{Constant, Reason, Tensor, shapes};
use Kernel::{Computed, Made};

/// The operations that make tensors.
pub(super) const TABLE: &[Row] = &[
    ("zeros", Made(|_| Ok(Constant::Uniform(0.0)))),
    ("zeros_like", Made(|_| Ok(Constant::Uniform(0.0)))),
    ("new_zeros", Made(|_| Ok(Constant::Uniform(0.0)))),
    ("zero", Made(|_| Ok(Constant::Uniform(0.0)))),
    ("ones", Made(|_| Ok(Constant::Uniform(1.0)))),
    ("ones_like", Made(|_| Ok(Constant::Uniform(1.0)))),
    ("new_ones", Made(|_| Ok(Constant::Uniform(1.0)))),
    ("full", Made(|call| uniform(call, "fill_value"))),
    ("full_like", Made(|call| uniform(call, "fill_value"))),
    ("new_full", Made(|call| uniform(call, "fill_value"))),
    ("fill", Made(|call| uniform(call, "value"))),
    ("scalar_tensor", Made(|call| uniform(call, "s"))),
    ("copy", Made(copy)),
    ("arange", Made(arange)),
    ("linspace", Made(linspace)),
    ("eye", Made(eye)),
    ("clone", Computed(|call| call.operand("self", None))),
    ("lift_fresh_copy", Computed(|call| call.operand("self", None))),
    ("lift_fresh", Computed(|call| call.operand("self", None))),
    ("_to_copy", Computed(|call| call.operand("self", None))),
];

/// Returns the constant all of whose elements are the number, or the only element, of an argument.
fn uniform(call: &Call, name: &str) -> Result<Constant, Reason> {
    match call.operand(name, None)? {
        Constant::Array(array) if array.len() == 1 => Ok(Constant::Uniform(array.sum())),
        Constant::Array(_) => Err(Call::refuse(name, "a single number")),
        uniform => Ok(uniform),
    }
}

/// Returns the elements of `src` in the shape of `self`.
fn copy(call: &Call) -> Result<Constant, Reason> {
    let target = call.operation.tensor("self").ok_or_else(|| Call::refuse("self", "a tensor"))?;
    match call.operand("src", None)? {
        Constant::Array(source) => shapes::expand(&source, &call.shape(target)?).map(Constant::Array),
        uniform => Ok(uniform),
    }
}

fn made(numbers: Vec<f64>) -> Result<Constant, Reason> {
    array(&[numbers.len()], numbers).map(Constant::Array)
}

fn arange(call: &Call) -> Result<Constant, Reason> {
    let (start, end) = (call.number("start", Some(0.0))?, call.number("end", None)?);
    let step = call.number("step", Some(1.0))?;
    let count = ((end - start) / step).ceil();
    if count.is_nan() || count < 0.0 {
        return Err(Call::refuse("step", "a step from start to end"));
    }
    let count = elements(&[count as usize])?;
    made((0..count).map(|index| start + index as f64 * step).collect())
}

fn linspace(call: &Call) -> Result<Constant, Reason> {
    let (start, end) = (call.number("start", None)?, call.number("end", None)?);
    let steps = elements(&[call.count("steps", None)?])?;
    let step = if steps > 1 { (end - start) / (steps - 1) as f64 } else { 0.0 };
    // As PyTorch does it, so that the last number is the end itself.
    let number = |index: usize| {
        if index < steps / 2 || steps == 1 {
            start + index as f64 * step
        } else {
            end - (steps - 1 - index) as f64 * step
        }
    };
    made((0..steps).map(number).collect())
}

fn eye(call: &Call) -> Result<Constant, Reason> {
    let rows = call.count("n", None)?;
    let columns = if call.has("m") { call.count("m", None)? } else { rows };
    elements(&[rows, columns])?;
    let number = |index: ndarray::IxDyn| f64::from(index[0] == index[1]);
    Ok(Constant::Array(Tensor::from_shape_fn(&[rows, columns][..], number)))
}
