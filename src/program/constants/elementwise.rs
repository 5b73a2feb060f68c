//! Operations of which every element is computed from the elements at its place.

use super::call::{Call, array, elements};
use super::table::{Kernel, Operand, Row};
use super::{Constant, Reason, Tensor};
use crate::program::Argument;
use Kernel::{Computed, Elementwise};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

const fn needed(name: &'static str) -> Operand {
    Operand { name, default: None }
}

const fn or(name: &'static str, default: f64) -> Operand {
    Operand { name, default: Some(default) }
}

const SELF: &[Operand] = &[needed("self")];
/// The operands of most operations on two tensors.
pub(super) const BOTH: &[Operand] = &[needed("self"), needed("other")];
const SCALED: &[Operand] = &[needed("self"), needed("other"), or("alpha", 1.0)];
const PRODUCT: &[Operand] = &[needed("self"), needed("tensor1"), needed("tensor2"), or("value", 1.0)];

/// The elementwise operations that are computed.
pub(super) const TABLE: &[Row] = &[
    // Arithmetic
    ("add", Elementwise(SCALED, |v| v[0] + v[2] * v[1])),
    ("sub", Elementwise(SCALED, |v| v[0] - v[2] * v[1])),
    ("subtract", Elementwise(SCALED, |v| v[0] - v[2] * v[1])),
    ("rsub", Elementwise(SCALED, |v| v[1] - v[2] * v[0])),
    ("mul", Elementwise(BOTH, |v| v[0] * v[1])),
    ("multiply", Elementwise(BOTH, |v| v[0] * v[1])),
    ("div", Computed(divide)),
    ("divide", Computed(divide)),
    ("true_divide", Computed(divide)),
    ("floor_divide", Elementwise(BOTH, |v| (v[0] / v[1]).floor())),
    ("remainder", Elementwise(BOTH, |v| v[0] - v[1] * (v[0] / v[1]).floor())),
    ("fmod", Elementwise(BOTH, |v| v[0] % v[1])),
    ("pow", Elementwise(&[needed("self"), needed("exponent")], |v| v[0].powf(v[1]))),
    ("addcmul", Elementwise(PRODUCT, |v| v[0] + v[3] * v[1] * v[2])),
    ("addcdiv", Elementwise(PRODUCT, |v| v[0] + v[3] * v[1] / v[2])),
    (
        "lerp",
        Elementwise(&[needed("self"), needed("end"), needed("weight")], |v| v[0] + v[2] * (v[1] - v[0])),
    ),
    ("maximum", Elementwise(BOTH, |v| larger(v[0], v[1]))),
    ("minimum", Elementwise(BOTH, |v| -larger(-v[0], -v[1]))),
    ("clamp", Elementwise(&[needed("self"), or("min", f64::NEG_INFINITY), or("max", f64::INFINITY)], clamp)),
    ("clip", Elementwise(&[needed("self"), or("min", f64::NEG_INFINITY), or("max", f64::INFINITY)], clamp)),
    ("clamp_min", Elementwise(&[needed("self"), needed("min")], |v| larger(v[0], v[1]))),
    ("clamp_max", Elementwise(&[needed("self"), needed("max")], |v| -larger(-v[0], -v[1]))),
    ("atan2", Elementwise(BOTH, |v| v[0].atan2(v[1]))),
    ("hypot", Elementwise(BOTH, |v| v[0].hypot(v[1]))),
    // Functions of one number
    ("neg", Elementwise(SELF, |v| -v[0])),
    ("negative", Elementwise(SELF, |v| -v[0])),
    ("abs", Elementwise(SELF, |v| v[0].abs())),
    ("absolute", Elementwise(SELF, |v| v[0].abs())),
    ("sign", Elementwise(SELF, |v| sign(v[0]))),
    ("sgn", Elementwise(SELF, |v| sign(v[0]))),
    ("square", Elementwise(SELF, |v| v[0] * v[0])),
    ("sqrt", Elementwise(SELF, |v| v[0].sqrt())),
    ("rsqrt", Elementwise(SELF, |v| v[0].sqrt().recip())),
    ("reciprocal", Elementwise(SELF, |v| v[0].recip())),
    ("exp", Elementwise(SELF, |v| v[0].exp())),
    ("exp2", Elementwise(SELF, |v| v[0].exp2())),
    ("expm1", Elementwise(SELF, |v| v[0].exp_m1())),
    ("log", Elementwise(SELF, |v| v[0].ln())),
    ("log2", Elementwise(SELF, |v| v[0].log2())),
    ("log10", Elementwise(SELF, |v| v[0].log10())),
    ("log1p", Elementwise(SELF, |v| v[0].ln_1p())),
    ("sin", Elementwise(SELF, |v| v[0].sin())),
    ("cos", Elementwise(SELF, |v| v[0].cos())),
    ("tan", Elementwise(SELF, |v| v[0].tan())),
    ("asin", Elementwise(SELF, |v| v[0].asin())),
    ("acos", Elementwise(SELF, |v| v[0].acos())),
    ("atan", Elementwise(SELF, |v| v[0].atan())),
    ("sinh", Elementwise(SELF, |v| v[0].sinh())),
    ("cosh", Elementwise(SELF, |v| v[0].cosh())),
    ("tanh", Elementwise(SELF, |v| v[0].tanh())),
    ("erf", Elementwise(SELF, |v| libm::erf(v[0]))),
    ("floor", Elementwise(SELF, |v| v[0].floor())),
    ("ceil", Elementwise(SELF, |v| v[0].ceil())),
    ("round", Elementwise(SELF, |v| v[0].round_ties_even())),
    ("trunc", Elementwise(SELF, |v| v[0].trunc())),
    ("frac", Elementwise(SELF, |v| v[0].fract())),
    ("deg2rad", Elementwise(SELF, |v| v[0] * PI / 180.0)),
    // Activations
    ("relu", Elementwise(SELF, |v| larger(v[0], 0.0))),
    ("relu6", Elementwise(SELF, |v| clamp(&[v[0], 0.0, 6.0]))),
    ("hardtanh", Elementwise(&[needed("self"), or("min_val", -1.0), or("max_val", 1.0)], clamp)),
    ("leaky_relu", Elementwise(&[needed("self"), or("negative_slope", 0.01)], |v| slope(v[0], v[1]))),
    ("sigmoid", Elementwise(SELF, |v| sigmoid(v[0]))),
    ("log_sigmoid", Elementwise(SELF, |v| -softplus(-v[0]))),
    ("hardsigmoid", Elementwise(SELF, |v| clamp(&[v[0] / 6.0 + 0.5, 0.0, 1.0]))),
    ("silu", Elementwise(SELF, |v| v[0] * sigmoid(v[0]))),
    ("mish", Elementwise(SELF, |v| v[0] * softplus(v[0]).tanh())),
    ("hardswish", Elementwise(SELF, |v| v[0] * clamp(&[v[0] / 6.0 + 0.5, 0.0, 1.0]))),
    ("softsign", Elementwise(SELF, |v| v[0] / (1.0 + v[0].abs()))),
    ("softplus", Elementwise(&[needed("self"), or("beta", 1.0), or("threshold", 20.0)], scaled_softplus)),
    (
        "elu",
        Elementwise(&[needed("self"), or("alpha", 1.0), or("scale", 1.0), or("input_scale", 1.0)], |v| {
            if v[0] > 0.0 { v[2] * v[0] } else { v[2] * v[1] * (v[3] * v[0]).exp_m1() }
        }),
    ),
    ("gelu", Computed(gelu)),
    // Comparisons and logic
    ("eq", Elementwise(BOTH, |v| f64::from(v[0] == v[1]))),
    ("ne", Elementwise(BOTH, |v| f64::from(v[0] != v[1]))),
    ("lt", Elementwise(BOTH, |v| f64::from(v[0] < v[1]))),
    ("le", Elementwise(BOTH, |v| f64::from(v[0] <= v[1]))),
    ("gt", Elementwise(BOTH, |v| f64::from(v[0] > v[1]))),
    ("ge", Elementwise(BOTH, |v| f64::from(v[0] >= v[1]))),
    ("logical_and", Elementwise(BOTH, |v| f64::from(v[0] != 0.0 && v[1] != 0.0))),
    ("logical_or", Elementwise(BOTH, |v| f64::from(v[0] != 0.0 || v[1] != 0.0))),
    ("logical_xor", Elementwise(BOTH, |v| f64::from((v[0] != 0.0) != (v[1] != 0.0)))),
    ("logical_not", Elementwise(SELF, |v| f64::from(v[0] == 0.0))),
    ("bitwise_and", Computed(|call| of_truth_values(call, BOTH, |v| v[0] * v[1]))),
    ("bitwise_or", Computed(|call| of_truth_values(call, BOTH, |v| larger(v[0], v[1])))),
    ("bitwise_xor", Computed(|call| of_truth_values(call, BOTH, |v| f64::from(v[0] != v[1])))),
    ("bitwise_not", Computed(|call| of_truth_values(call, SELF, |v| 1.0 - v[0]))),
    ("__and__", Computed(|call| of_truth_values(call, BOTH, |v| v[0] * v[1]))),
    ("__or__", Computed(|call| of_truth_values(call, BOTH, |v| larger(v[0], v[1])))),
    ("__xor__", Computed(|call| of_truth_values(call, BOTH, |v| f64::from(v[0] != v[1])))),
    ("isnan", Elementwise(SELF, |v| f64::from(v[0].is_nan()))),
    ("isfinite", Elementwise(SELF, |v| f64::from(v[0].is_finite()))),
    ("where", Elementwise(&[needed("condition"), needed("self"), needed("other")], choose)),
    ("masked_fill", Elementwise(&[needed("mask"), needed("value"), needed("self")], choose)),
];

/// Returns the larger number, or NaN if either is.
fn larger(first: f64, second: f64) -> f64 {
    if first.is_nan() || first > second { first } else { second }
}

fn clamp(v: &[f64]) -> f64 {
    -larger(-larger(v[0], v[1]), -v[2])
}

fn sign(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number.signum() }
}

fn slope(number: f64, negative: f64) -> f64 {
    if number > 0.0 { number } else { negative * number }
}

fn sigmoid(number: f64) -> f64 {
    1.0 / (1.0 + (-number).exp())
}

fn softplus(number: f64) -> f64 {
    larger(number, 0.0) + (-number.abs()).exp().ln_1p()
}

fn scaled_softplus(v: &[f64]) -> f64 {
    if v[0] * v[1] > v[2] { v[0] } else { softplus(v[0] * v[1]) / v[1] }
}

fn choose(v: &[f64]) -> f64 {
    if v[0] != 0.0 { v[1] } else { v[2] }
}

fn divide(call: &Call) -> Result<Constant, Reason> {
    match call.text("rounding_mode", "")? {
        "floor" => elementwise(call, BOTH, |v| (v[0] / v[1]).floor()),
        "trunc" => elementwise(call, BOTH, |v| (v[0] / v[1]).trunc()),
        "" => elementwise(call, BOTH, |v| v[0] / v[1]),
        _ => Err(Call::refuse("rounding_mode", "floor or trunc")),
    }
}

fn gelu(call: &Call) -> Result<Constant, Reason> {
    match call.text("approximate", "none")? {
        "tanh" => elementwise(call, SELF, |v| {
            let inner = (2.0 / PI).sqrt() * (v[0] + 0.044_715 * v[0].powi(3));
            0.5 * v[0] * (1.0 + inner.tanh())
        }),
        _ => elementwise(call, SELF, |v| 0.5 * v[0] * (1.0 + libm::erf(v[0] * FRAC_1_SQRT_2))),
    }
}

/// Computes an operation on bits, of which only those on truth values are computed.
fn of_truth_values(
    call: &Call,
    operands: &[Operand],
    function: fn(&[f64]) -> f64,
) -> Result<Constant, Reason> {
    let is_truth_value = |operand: &Operand| match *call.operation.argument(operand.name) {
        Argument::Tensor(id) => {
            let tensor = call.program.value(id).tensor.as_ref();
            tensor.is_some_and(|tensor| tensor.element_type.as_str() == "bool")
        }
        Argument::Bool(_) => true,
        _ => false,
    };
    if !operands.iter().all(is_truth_value) {
        return Err(Reason::Only("on truth values"));
    }
    elementwise(call, operands, function)
}

/// Applies a function to the elements at every place of operands that are broadcast against each other.
pub(super) fn elementwise(
    call: &Call,
    operands: &[Operand],
    function: fn(&[f64]) -> f64,
) -> Result<Constant, Reason> {
    let contents: Vec<Constant> = operands
        .iter()
        .map(|operand| call.operand(operand.name, operand.default))
        .collect::<Result<_, _>>()?;
    let uniform = |content: &Constant| match *content {
        Constant::Uniform(number) => Some(number),
        Constant::Array(_) => None,
    };
    if let Some(numbers) = contents.iter().map(uniform).collect::<Option<Vec<f64>>>() {
        return Ok(Constant::Uniform(function(&numbers)));
    }
    let mut shape = Vec::new();
    let mut arrays = Vec::new();
    for (operand, content) in operands.iter().zip(contents) {
        let content = match (content, call.operation.argument(operand.name)) {
            (Constant::Array(array), _) => {
                shape = broadcast(&shape, array.shape())?;
                array
            }
            (Constant::Uniform(number), argument) => {
                if let Argument::Tensor(id) = *argument {
                    shape = broadcast(&shape, &call.shape(id)?)?;
                }
                Tensor::from_elem(&[][..], number)
            }
        };
        arrays.push(content);
    }
    apply(&arrays, &shape, function).map(Constant::Array)
}

/// Returns the shape to which two shapes are broadcast.
pub(super) fn broadcast(first: &[usize], second: &[usize]) -> Result<Vec<usize>, Reason> {
    let dimensions = first.len().max(second.len());
    let extent = |shape: &[usize], axis: usize| {
        (axis + shape.len()).checked_sub(dimensions).map_or(1, |axis| shape[axis])
    };
    let together = (0..dimensions).map(|axis| match (extent(first, axis), extent(second, axis)) {
        (1, other) | (other, 1) => Ok(other),
        (one, other) if one == other => Ok(one),
        _ => Err(Reason::Shapes { first: first.to_vec(), second: second.to_vec() }),
    });
    together.collect()
}

/// Applies a function to the elements at every place of arrays that are broadcast against each other.
pub(super) fn combine(arrays: &[Tensor], function: fn(&[f64]) -> f64) -> Result<Tensor, Reason> {
    let shape = arrays.iter().try_fold(Vec::new(), |shape, array| broadcast(&shape, array.shape()))?;
    apply(arrays, &shape, function)
}

/// Applies a function to the elements at every place of arrays that are broadcast to one shape.
fn apply(arrays: &[Tensor], shape: &[usize], function: fn(&[f64]) -> f64) -> Result<Tensor, Reason> {
    let count = elements(shape)?;
    let views: Option<Vec<_>> = arrays.iter().map(|array| array.broadcast(shape)).collect();
    let views = views.ok_or_else(|| Reason::Shapes { first: shape.to_vec(), second: Vec::new() })?;
    let mut columns: Vec<_> = views.iter().map(|view| view.iter()).collect();
    let mut numbers = vec![0.0; columns.len()];
    let mut results = Vec::with_capacity(count);
    for _ in 0..count {
        for (number, column) in numbers.iter_mut().zip(&mut columns) {
            *number = column.next().copied().unwrap_or(f64::NAN);
        }
        results.push(function(&numbers));
    }
    array(shape, results)
}
