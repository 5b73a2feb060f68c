//! The elementwise operations.

use super::table::{Kernel, OfNumbers, Operand, Row};
use crate::program::Element;
use Kernel::Elementwise;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

const fn needed(name: &'static str) -> Operand {
    Operand { name, default: None }
}

const fn or(name: &'static str, default: f64) -> Operand {
    Operand { name, default: Some(default) }
}

/// The operand of functions of one number.
pub(super) const SELF: &[Operand] = &[needed("self")];
/// The operands of most operations on two tensors.
pub(super) const BOTH: &[Operand] = &[needed("self"), needed("other")];
const SCALED: &[Operand] = &[needed("self"), needed("other"), or("alpha", 1.0)];
const PRODUCT: &[Operand] = &[needed("self"), needed("tensor1"), needed("tensor2"), or("value", 1.0)];

/// The supported elementwise operations.
const FUNCTIONS: &[(&str, &[Operand], OfNumbers)] = &[
    // Arithmetic
    ("add", SCALED, |v| v[0] + v[2] * v[1]),
    ("sub", SCALED, |v| v[0] - v[2] * v[1]),
    ("subtract", SCALED, |v| v[0] - v[2] * v[1]),
    ("rsub", SCALED, |v| v[1] - v[2] * v[0]),
    ("mul", BOTH, |v| v[0] * v[1]),
    ("multiply", BOTH, |v| v[0] * v[1]),
    ("div", BOTH, |v| v[0] / v[1]),
    ("div:floor", BOTH, |v| (v[0] / v[1]).floor()),
    ("div:trunc", BOTH, |v| (v[0] / v[1]).trunc()),
    ("divide", BOTH, |v| v[0] / v[1]),
    ("divide:floor", BOTH, |v| (v[0] / v[1]).floor()),
    ("divide:trunc", BOTH, |v| (v[0] / v[1]).trunc()),
    ("true_divide", BOTH, |v| v[0] / v[1]),
    ("floor_divide", BOTH, |v| (v[0] / v[1]).floor()),
    ("remainder", BOTH, |v| v[0] - v[1] * (v[0] / v[1]).floor()),
    ("fmod", BOTH, |v| v[0] % v[1]),
    ("pow", &[needed("self"), needed("exponent")], |v| v[0].powf(v[1])),
    ("addcmul", PRODUCT, |v| v[0] + v[3] * v[1] * v[2]),
    ("addcdiv", PRODUCT, |v| v[0] + v[3] * v[1] / v[2]),
    ("lerp", &[needed("self"), needed("end"), needed("weight")], |v| v[0] + v[2] * (v[1] - v[0])),
    ("max.other", BOTH, |v| larger(v[0], v[1])),
    ("min.other", BOTH, |v| -larger(-v[0], -v[1])),
    ("maximum", BOTH, |v| larger(v[0], v[1])),
    ("minimum", BOTH, |v| -larger(-v[0], -v[1])),
    ("clamp", &[needed("self"), or("min", f64::NEG_INFINITY), or("max", f64::INFINITY)], clamp),
    ("clip", &[needed("self"), or("min", f64::NEG_INFINITY), or("max", f64::INFINITY)], clamp),
    ("clamp_min", &[needed("self"), needed("min")], |v| larger(v[0], v[1])),
    ("clamp_max", &[needed("self"), needed("max")], |v| -larger(-v[0], -v[1])),
    ("atan2", BOTH, |v| v[0].atan2(v[1])),
    ("hypot", BOTH, |v| v[0].hypot(v[1])),
    // Functions of one number
    ("neg", SELF, |v| -v[0]),
    ("negative", SELF, |v| -v[0]),
    ("abs", SELF, |v| v[0].abs()),
    ("absolute", SELF, |v| v[0].abs()),
    ("sign", SELF, |v| sign(v[0])),
    ("sgn", SELF, |v| sign(v[0])),
    ("square", SELF, |v| v[0] * v[0]),
    ("sqrt", SELF, |v| v[0].sqrt()),
    ("rsqrt", SELF, |v| v[0].sqrt().recip()),
    ("reciprocal", SELF, |v| v[0].recip()),
    ("exp", SELF, |v| v[0].exp()),
    ("exp2", SELF, |v| v[0].exp2()),
    ("expm1", SELF, |v| v[0].exp_m1()),
    ("log", SELF, |v| v[0].ln()),
    ("log2", SELF, |v| v[0].log2()),
    ("log10", SELF, |v| v[0].log10()),
    ("log1p", SELF, |v| v[0].ln_1p()),
    ("sin", SELF, |v| v[0].sin()),
    ("cos", SELF, |v| v[0].cos()),
    ("tan", SELF, |v| v[0].tan()),
    ("asin", SELF, |v| v[0].asin()),
    ("acos", SELF, |v| v[0].acos()),
    ("atan", SELF, |v| v[0].atan()),
    ("sinh", SELF, |v| v[0].sinh()),
    ("cosh", SELF, |v| v[0].cosh()),
    ("tanh", SELF, |v| v[0].tanh()),
    ("erf", SELF, |v| libm::erf(v[0])),
    ("floor", SELF, |v| v[0].floor()),
    ("ceil", SELF, |v| v[0].ceil()),
    ("round", SELF, |v| v[0].round_ties_even()),
    ("trunc", SELF, |v| v[0].trunc()),
    ("frac", SELF, |v| v[0].fract()),
    ("asinh", SELF, |v| v[0].asinh()),
    ("acosh", SELF, |v| v[0].acosh()),
    ("atanh", SELF, |v| v[0].atanh()),
    ("erfc", SELF, |v| libm::erfc(v[0])),
    ("logit", &[needed("self"), or("eps", f64::NAN)], logit),
    ("rad2deg", SELF, |v| v[0] * 180.0 / PI),
    ("deg2rad", SELF, |v| v[0] * PI / 180.0),
    // Activations
    ("relu", SELF, |v| larger(v[0], 0.0)),
    ("relu6", SELF, |v| clamp(&[v[0], 0.0, 6.0])),
    ("hardtanh", &[needed("self"), or("min_val", -1.0), or("max_val", 1.0)], clamp),
    ("leaky_relu", &[needed("self"), or("negative_slope", 0.01)], |v| slope(v[0], v[1])),
    ("sigmoid", SELF, |v| sigmoid(v[0])),
    ("log_sigmoid", SELF, |v| -softplus(-v[0])),
    ("hardsigmoid", SELF, |v| clamp(&[v[0] / 6.0 + 0.5, 0.0, 1.0])),
    ("silu", SELF, |v| v[0] * sigmoid(v[0])),
    ("mish", SELF, |v| v[0] * softplus(v[0]).tanh()),
    ("hardswish", SELF, |v| v[0] * clamp(&[v[0] / 6.0 + 0.5, 0.0, 1.0])),
    ("softsign", SELF, |v| v[0] / (1.0 + v[0].abs())),
    ("softplus", &[needed("self"), or("beta", 1.0), or("threshold", 20.0)], scaled_softplus),
    ("elu", &[needed("self"), or("alpha", 1.0), or("scale", 1.0), or("input_scale", 1.0)], |v| {
        if v[0] > 0.0 { v[2] * v[0] } else { v[2] * v[1] * (v[3] * v[0]).exp_m1() }
    }),
    ("rrelu", &[needed("self"), or("lower", 0.125), or("upper", 1.0 / 3.0)], |v| {
        slope(v[0], (v[1] + v[2]) / 2.0)
    }),
    ("_prelu_kernel", &[needed("self"), needed("weight")], |v| slope(v[0], v[1])),
    ("celu", &[needed("self"), or("alpha", 1.0)], |v| {
        if v[0] > 0.0 { v[0] } else { v[1] * (v[0] / v[1]).exp_m1() }
    }),
    ("selu", SELF, |v| SELU_SCALE * if v[0] > 0.0 { v[0] } else { SELU_ALPHA * v[0].exp_m1() }),
    ("hardshrink", &[needed("self"), or("lambd", 0.5)], |v| if v[0].abs() <= v[1] { 0.0 } else { v[0] }),
    ("softshrink", &[needed("self"), or("lambd", 0.5)], softshrink),
    ("tanhshrink", SELF, |v| v[0] - v[0].tanh()),
    ("threshold", &[needed("self"), needed("threshold"), needed("value")], |v| {
        if v[0] <= v[1] { v[2] } else { v[0] }
    }),
    ("gelu", SELF, |v| gelu(v[0])),
    ("gelu:none", SELF, |v| gelu(v[0])),
    ("gelu:tanh", SELF, |v| approximate_gelu(v[0])),
    // Comparisons and logic
    ("eq", BOTH, |v| f64::from(v[0] == v[1])),
    ("ne", BOTH, |v| f64::from(v[0] != v[1])),
    ("lt", BOTH, |v| f64::from(v[0] < v[1])),
    ("le", BOTH, |v| f64::from(v[0] <= v[1])),
    ("gt", BOTH, |v| f64::from(v[0] > v[1])),
    ("ge", BOTH, |v| f64::from(v[0] >= v[1])),
    ("logical_and", BOTH, |v| f64::from(v[0] != 0.0 && v[1] != 0.0)),
    ("logical_or", BOTH, |v| f64::from(v[0] != 0.0 || v[1] != 0.0)),
    ("logical_xor", BOTH, |v| f64::from((v[0] != 0.0) != (v[1] != 0.0))),
    ("logical_not", SELF, |v| f64::from(v[0] == 0.0)),
    ("heaviside", &[needed("self"), needed("values")], |v| {
        if v[0] == 0.0 { v[1] } else { f64::from(v[0] > 0.0) }
    }),
    ("isinf", SELF, |v| f64::from(v[0].is_infinite())),
    ("isnan", SELF, |v| f64::from(v[0].is_nan())),
    ("isfinite", SELF, |v| f64::from(v[0].is_finite())),
    ("where", &[needed("condition"), needed("self"), needed("other")], choose),
    ("masked_fill", &[needed("mask"), needed("value"), needed("self")], choose),
];

/// Returns the kernels of the elementwise operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    FUNCTIONS.iter().map(|&(name, operands, function)| (name, Elementwise(operands, function))).collect()
}

/// The constants with which a self-normalizing network keeps mean 0 and variance 1.
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;

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

fn softshrink(v: &[f64]) -> f64 {
    if v[0].abs() <= v[1] { 0.0 * v[0] } else { v[0] - v[1] * sign(v[0]) }
}

fn logit(v: &[f64]) -> f64 {
    let inside = if v[1].is_nan() { v[0] } else { clamp(&[v[0], v[1], 1.0 - v[1]]) };
    (inside / (1.0 - inside)).ln()
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

fn gelu(number: f64) -> f64 {
    0.5 * number * (1.0 + libm::erf(number * FRAC_1_SQRT_2))
}

fn approximate_gelu(number: f64) -> f64 {
    let inner = (2.0 / PI).sqrt() * (number + 0.044_715 * number.powi(3));
    0.5 * number * (1.0 + inner.tanh())
}
