//! Slopes of the elementwise functions that networks use as nonlinearities.
//!
//! The arguments of every function are those of PyTorch's operation, in the order of
//! `kernels/elementwise.rs`: first the element, then numbers such as a slope or a bound.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, LN_2, LN_10, PI};

/// The decomposition of an elementwise function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slope {
    /// Piecewise linear: the slope of the piece that contains the element, for either gate. The offset of the
    /// piece is a source.
    Pieces(fn(&[f64]) -> f64),
    /// Smooth: the derivative, which is the gate `tangent` and, at 0, the limit of the gate `secant`.
    Smooth(fn(&[f64]) -> f64),
}

/// The slopes of elementwise functions, by PyTorch's name without `aten.`.
const SLOPES: &[(&str, Slope)] = &[
    // Piecewise linear. At a kink, the slope of the flat side, so that a ReLU, a clamp at 0 and a ReLU6
    // agree.
    ("abs", Slope::Pieces(|v| if v[0] == 0.0 { 0.0 } else { v[0].signum() })),
    ("absolute", Slope::Pieces(|v| if v[0] == 0.0 { 0.0 } else { v[0].signum() })),
    ("relu", Slope::Pieces(|v| inside(v[0] > 0.0))),
    ("relu6", Slope::Pieces(|v| inside(v[0] > 0.0 && v[0] < 6.0))),
    ("hardtanh", Slope::Pieces(|v| inside(v[0] > v[1] && v[0] < v[2]))),
    ("clamp", Slope::Pieces(|v| inside(v[0] > v[1] && v[0] < v[2]))),
    ("clip", Slope::Pieces(|v| inside(v[0] > v[1] && v[0] < v[2]))),
    ("clamp_min", Slope::Pieces(|v| inside(v[0] > v[1]))),
    ("clamp_max", Slope::Pieces(|v| inside(v[0] < v[1]))),
    ("leaky_relu", Slope::Pieces(|v| if v[0] > 0.0 { 1.0 } else { v[1] })),
    ("rrelu", Slope::Pieces(|v| if v[0] > 0.0 { 1.0 } else { 0.5 * (v[1] + v[2]) })),
    ("prelu", Slope::Pieces(|v| if v[0] > 0.0 { 1.0 } else { v[1] })),
    ("_prelu_kernel", Slope::Pieces(|v| if v[0] > 0.0 { 1.0 } else { v[1] })),
    ("hardsigmoid", Slope::Pieces(|v| inside(v[0] > -3.0 && v[0] < 3.0) / 6.0)),
    ("hardshrink", Slope::Pieces(|v| inside(v[0].abs() > v[1]))),
    ("softshrink", Slope::Pieces(|v| inside(v[0].abs() > v[1]))),
    ("threshold", Slope::Pieces(|v| inside(v[0] > v[1]))),
    // Smooth, except perhaps at single points.
    ("acos", Slope::Smooth(|v| -(1.0 - v[0] * v[0]).sqrt().recip())),
    ("asin", Slope::Smooth(|v| (1.0 - v[0] * v[0]).sqrt().recip())),
    ("atan", Slope::Smooth(|v| (1.0 + v[0] * v[0]).recip())),
    ("celu", Slope::Smooth(|v| if v[0] > 0.0 { 1.0 } else { (v[0] / v[1]).exp() })),
    ("cos", Slope::Smooth(|v| -v[0].sin())),
    ("cosh", Slope::Smooth(|v| v[0].sinh())),
    ("elu", Slope::Smooth(elu)),
    ("erf", Slope::Smooth(|v| FRAC_2_SQRT_PI * (-v[0] * v[0]).exp())),
    ("exp", Slope::Smooth(|v| v[0].exp())),
    ("exp2", Slope::Smooth(|v| LN_2 * v[0].exp2())),
    ("expm1", Slope::Smooth(|v| v[0].exp())),
    ("hardswish", Slope::Smooth(hardswish)),
    ("log", Slope::Smooth(|v| v[0].recip())),
    ("log10", Slope::Smooth(|v| (LN_10 * v[0]).recip())),
    ("log1p", Slope::Smooth(|v| (1.0 + v[0]).recip())),
    ("log2", Slope::Smooth(|v| (LN_2 * v[0]).recip())),
    ("log_sigmoid", Slope::Smooth(|v| sigmoid(-v[0]))),
    ("mish", Slope::Smooth(mish)),
    ("pow", Slope::Smooth(|v| v[1] * v[0].powf(v[1] - 1.0))),
    ("reciprocal", Slope::Smooth(|v| -(v[0] * v[0]).recip())),
    ("rsqrt", Slope::Smooth(|v| -0.5 * v[0].powf(-1.5))),
    ("selu", Slope::Smooth(selu)),
    ("sigmoid", Slope::Smooth(|v| sigmoid(v[0]) * sigmoid(-v[0]))),
    ("silu", Slope::Smooth(|v| sigmoid(v[0]) * (1.0 + v[0] * sigmoid(-v[0])))),
    ("sin", Slope::Smooth(|v| v[0].cos())),
    ("sinh", Slope::Smooth(|v| v[0].cosh())),
    ("softplus", Slope::Smooth(|v| if v[0] * v[1] > v[2] { 1.0 } else { sigmoid(v[0] * v[1]) })),
    ("softsign", Slope::Smooth(|v| (1.0 + v[0].abs()).powi(-2))),
    ("sqrt", Slope::Smooth(|v| 0.5 * v[0].sqrt().recip())),
    ("square", Slope::Smooth(|v| 2.0 * v[0])),
    ("tan", Slope::Smooth(|v| v[0].cos().powi(-2))),
    ("tanh", Slope::Smooth(|v| 1.0 - v[0].tanh().powi(2))),
];

/// Returns the decomposition of an elementwise function, by PyTorch's name without `aten.`.
///
/// # Arguments
///
/// * `tanh` - whether a GELU uses the hyperbolic tangent approximation
pub(super) fn slope(name: &str, tanh: bool) -> Option<Slope> {
    match (name, tanh) {
        ("gelu", false) => Some(Slope::Smooth(gelu)),
        ("gelu", true) => Some(Slope::Smooth(gelu_by_tanh)),
        _ => SLOPES.iter().find(|(known, _)| *known == name).map(|&(_, slope)| slope),
    }
}

fn inside(is_inside: bool) -> f64 {
    f64::from(u8::from(is_inside))
}

fn sigmoid(number: f64) -> f64 {
    (1.0 + (-number).exp()).recip()
}

fn softplus(number: f64) -> f64 {
    number.max(0.0) + (-number.abs()).exp().ln_1p()
}

fn elu(v: &[f64]) -> f64 {
    if v[0] > 0.0 { v[2] } else { v[2] * v[1] * v[3] * (v[3] * v[0]).exp() }
}

/// Returns the slope of SELU (Klambauer et al. 2017), with PyTorch's constants.
fn selu(v: &[f64]) -> f64 {
    const SCALE: f64 = 1.050_700_987_355_480_5;
    const ALPHA: f64 = 1.673_263_242_354_377_2;
    if v[0] > 0.0 { SCALE } else { SCALE * ALPHA * v[0].exp() }
}

fn hardswish(v: &[f64]) -> f64 {
    match v[0] {
        number if number <= -3.0 => 0.0,
        number if number >= 3.0 => 1.0,
        number => number / 3.0 + 0.5,
    }
}

fn mish(v: &[f64]) -> f64 {
    let squashed = softplus(v[0]).tanh();
    squashed + v[0] * (1.0 - squashed * squashed) * sigmoid(v[0])
}

fn gelu(v: &[f64]) -> f64 {
    let density = (-0.5 * v[0] * v[0]).exp() / (2.0 * PI).sqrt();
    0.5 * (1.0 + libm::erf(v[0] * FRAC_1_SQRT_2)) + v[0] * density
}

fn gelu_by_tanh(v: &[f64]) -> f64 {
    let factor = (2.0 / PI).sqrt();
    let squashed = (factor * (v[0] + 0.044_715 * v[0].powi(3))).tanh();
    let inner = factor * (1.0 + 3.0 * 0.044_715 * v[0] * v[0]);
    0.5 * (1.0 + squashed) + 0.5 * v[0] * (1.0 - squashed * squashed) * inner
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Operation;
    use crate::program::kernels::{Kernel, kernel};

    type OfNumbers = fn(&[f64]) -> f64;

    /// Returns the elementwise function of that name and its number of arguments, if it exists.
    fn function(name: &str) -> Option<(OfNumbers, usize)> {
        let operation = Operation {
            name: name.to_owned(),
            target: format!("aten.{name}.default").into(),
            arguments: Vec::new(),
            outputs: Vec::new(),
            modules: [].into(),
        };
        match kernel::<f64>(&operation) {
            Some(Kernel::Elementwise(operands, function)) => Some((function, operands.len())),
            _ => None,
        }
    }

    #[test]
    fn slopes_are_limits_of_differences() {
        let step = 1e-6;
        let mut checked = 0;
        for (name, slope) in SLOPES {
            let Some((function, count)) = function(name) else { continue };
            let (Slope::Pieces(slope) | Slope::Smooth(slope)) = slope;
            // Numbers that are valid as slopes, bounds, exponents and thresholds alike.
            let others = [0.7, 1.6, 1.2];
            for number in [-1.37, -0.61, 0.23, 0.58, 0.83, 1.91] {
                let at = |number: f64| function(&[&[number], &others[..count - 1]].concat());
                let expected = (at(number + step) - at(number - step)) / (2.0 * step);
                let found = slope(&[&[number], &others[..count - 1]].concat());
                if expected.is_finite() {
                    let tolerance = 1e-6 * expected.abs().max(1.0);
                    assert!((found - expected).abs() < tolerance, "{name} at {number}: {found} {expected}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 150, "{checked}");
    }

    #[test]
    fn gelus_have_the_slope_of_their_kind() {
        let by_error_function = |number: f64| 0.5 * number * (1.0 + libm::erf(number * FRAC_1_SQRT_2));
        let difference = (by_error_function(0.4 + 1e-6) - by_error_function(0.4 - 1e-6)) / 2e-6;
        assert!((gelu(&[0.4]) - difference).abs() < 1e-8);
        assert!((gelu_by_tanh(&[0.4]) - gelu(&[0.4])).abs() < 1e-3);
        assert!(gelu_by_tanh(&[0.4]) != gelu(&[0.4]));
    }
}
