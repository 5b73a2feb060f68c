//! Branch-free functions in single precision, which a processor computes for several numbers at once.
//!
//! The polynomials are those of Moshier's Cephes library and, for the complementary error function, of
//! Numerical Recipes. Relative errors are below 1e-6, except for the normal distribution where it is below
//! 0.01.

use std::f32::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E, SQRT_2};

/// The number whose addition rounds a number below 2²² to an integer, which the last bits then hold.
const ROUNDING: f32 = 12_582_912.0;

/// Returns the larger of a number and a bound. NaN stays NaN.
#[inline(always)]
fn at_least(number: f32, bound: f32) -> f32 {
    if number < bound { bound } else { number }
}

/// Computes c₀ xⁿ + c₁ xⁿ⁻¹ + … + cₙ. With more than six coefficients it would be a loop, which is not
/// vectorized.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.into_iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// Returns eˣ; 0 for results below the smallest normal number.
#[inline(always)]
pub(in crate::program) fn exp(x: f32) -> f32 {
    // 2ⁿ · eʳ, r at most ln 2 / 2. The two parts of ln 2 keep r exact.
    let bounded = -at_least(-at_least(x, -87.0), -89.0);
    let rounded = bounded * LOG2_E + ROUNDING;
    let n = rounded - ROUNDING;
    let r = bounded - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let coefficients = [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.0e-1];
    let power = polynomial(r, coefficients) * r * r + r + 1.0;
    // 2¹²⁸ is too large for a factor, so there are two factors.
    let exponent = rounded.to_bits().wrapping_sub(ROUNDING.to_bits()) as i32;
    let half = exponent >> 1;
    let factor = |exponent: i32| f32::from_bits((exponent.wrapping_add(127) as u32) << 23);
    let result = power * factor(half) * factor(exponent.wrapping_sub(half));
    if x < -87.0 { 0.0 } else { result }
}

/// Returns ln(1 + u) for u from 0 to 1.
#[inline(always)]
fn ln_1p(u: f32) -> f32 {
    // Beyond √2 - 1 of half of 1 + u, which is (u - 1) / 2 more than 1.
    let (x, offset) = if u > SQRT_2 - 1.0 { (0.5 * u - 0.5, LN_2) } else { (u, 0.0) };
    let square = x * x;
    let high = polynomial(x, [7.037_684e-2, -1.151_461e-1, 1.167_7e-1, -1.242_014_1e-1, 1.424_932_3e-1]);
    let low = polynomial(x, [-1.666_805_8e-1, 2.000_071_5e-1, -2.499_999_4e-1, 3.333_333e-1]);
    let sum = high * square * square + low;
    (sum * x * square - 0.5 * square) + x + offset
}

/// Returns 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(in crate::program) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Returns ln(1 + eˣ).
#[inline(always)]
pub(in crate::program) fn softplus(x: f32) -> f32 {
    at_least(x, 0.0) + ln_1p(exp(-x.abs()))
}

/// Returns the hyperbolic tangent.
#[inline(always)]
pub(in crate::program) fn tanh(x: f32) -> f32 {
    let square = x * x;
    let coefficients = [-5.704_988_7e-3, 2.063_908_8e-2, -5.373_971_4e-2, 1.333_144_2e-1, -3.333_328e-1];
    let near_zero = polynomial(square, coefficients) * square * x + x;
    let magnitude = 1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0);
    if x.abs() < 0.625 { near_zero } else { magnitude.copysign(x) }
}

/// Returns the cumulative distribution function of the standard normal distribution.
#[inline(always)]
pub(in crate::program) fn normal_distribution(x: f32) -> f32 {
    let z = x.abs() * FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * z);
    let high = polynomial(t, [0.170_872_77, -0.822_152_2, 1.488_515_9, -1.135_204, 0.278_868_07]);
    let low = polynomial(t, [-0.186_288_06, 0.096_784_18, 0.374_091_96, 1.000_023_7, -1.265_512_2]);
    let fifth = t * t * t * t * t;
    let beyond = 0.5 * t * exp(-z * z + high * fifth + low);
    if x < 0.0 { beyond } else { 1.0 - beyond }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares a function with a double-precision one from -80 to 80, relative to the result or to a floor.
    fn compare(name: &str, found: fn(f32) -> f32, expected: fn(f64) -> f64, floor: f64) {
        for step in -20_000..=20_000 {
            let x = step as f32 * 4e-3;
            let (found, expected) = (f64::from(found(x)), expected(f64::from(x)));
            let error = (found - expected).abs() / expected.abs().max(floor);
            assert!(error <= 1e-6, "{name}({x}) is {found:e}, expected {expected:e}");
        }
    }

    #[test]
    fn functions_are_those_of_double_precision() {
        compare("exp", exp, f64::exp, 1e-30);
        compare("sigmoid", sigmoid, |x| 1.0 / (1.0 + (-x).exp()), 1e-30);
        compare("softplus", softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), 1e-30);
        compare("tanh", tanh, f64::tanh, 1e-30);
        compare(
            "normal",
            normal_distribution,
            |x| 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
            1e-2,
        );
    }

    #[test]
    fn limits_are_reached_and_what_is_no_number_stays_so() {
        let infinite = f32::INFINITY;
        assert_eq!((exp(infinite), exp(-infinite), exp(89.0), exp(-90.0)), (infinite, 0.0, infinite, 0.0));
        assert_eq!((sigmoid(-infinite), sigmoid(infinite)), (0.0, 1.0));
        assert_eq!((softplus(-infinite), softplus(infinite)), (0.0, infinite));
        assert_eq!((tanh(-infinite), tanh(0.0), tanh(infinite)), (-1.0, 0.0, 1.0));
        assert_eq!((normal_distribution(-infinite), normal_distribution(infinite)), (0.0, 1.0));
        for function in [exp, sigmoid, softplus, tanh, normal_distribution] {
            assert!(function(f32::NAN).is_nan());
        }
    }
}
