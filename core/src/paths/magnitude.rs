//! Non-negative numbers with an unlimited exponent.
//!
//! The strength of a path is a product of as many component strengths as the path is long (paper, section
//! 4.3), so at a few hundred iterations it leaves the range of `f64` in either direction. A [`Magnitude`]
//! holds such a number as mantissa and exponent. Where the number fits into an `f64`, its arithmetic is that
//! of `f64`, bit for bit. Nothing goes through a logarithm, so small exact numbers stay exact.

use std::cmp::Ordering;
use std::iter::{Product, Sum};
use std::ops::{Add, AddAssign, Div, Mul, MulAssign};

/// The binary exponent that one step of [`Magnitude::exponent`] stands for.
const STEP: i64 = 512;
const UPPER: f64 = f64::from_bits((1023 + 256) << 52); // 2^256
const LOWER: f64 = f64::from_bits((1023 - 256) << 52); // 2^-256
const SHRINK: f64 = f64::from_bits((1023 - 512) << 52); // 2^-512
const GROW: f64 = f64::from_bits((1023 + 512) << 52); // 2^512

/// A non-negative number `mantissa · 2^(512 · exponent)`.
///
/// # Examples
///
/// ```
/// use pathscope_core::paths::Magnitude;
///
/// let tenth = Magnitude::new(0.1);
/// let tiny: Magnitude = std::iter::repeat_n(tenth, 1000).product();
/// assert_eq!(tiny.to_f64(), None); // 10^-1000 is no f64 …
/// assert!((tiny.ln() / 0.1_f64.ln() - 1000.0).abs() < 1e-9); // … but it is not lost
/// assert_eq!((Magnitude::new(0.5) * Magnitude::new(3.0)).to_f64(), Some(1.5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Magnitude {
    /// Zero, or in `[2^-256, 2^256)`.
    mantissa: f64,
    exponent: i64,
}

impl Magnitude {
    /// Zero: the strength of no path at all.
    pub const ZERO: Self = Self { mantissa: 0.0, exponent: 0 };
    /// One: the strength of a component that passes its input on.
    pub const ONE: Self = Self { mantissa: 1.0, exponent: 0 };

    /// Returns the magnitude of a finite, non-negative `f64`.
    ///
    /// # Panics
    ///
    /// If `value` is negative, infinite or not a number.
    pub fn new(value: f64) -> Self {
        assert!(
            value.is_finite() && value >= 0.0,
            "a magnitude is finite and not negative, but {value} was given"
        );
        let mut magnitude = Self { mantissa: value, exponent: 0 };
        magnitude.normalize();
        magnitude
    }

    /// Returns whether the magnitude is zero.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0.0
    }

    /// Returns the natural logarithm; `-inf` for zero.
    pub fn ln(self) -> f64 {
        self.mantissa.ln() + (self.exponent * STEP) as f64 * std::f64::consts::LN_2
    }

    /// Returns the natural logarithm; `None` for zero.
    pub fn checked_ln(self) -> Option<f64> {
        (!self.is_zero()).then(|| self.ln())
    }

    /// Returns the number as an `f64`; `None` if it would overflow or lose digits to underflow.
    pub fn to_f64(self) -> Option<f64> {
        let value = self.rounded();
        (value.is_normal() || self.is_zero()).then_some(value)
    }

    /// Returns `self / other` as an `f64`, rounded to zero or infinity if necessary; 0 / 0 is `NaN`.
    pub fn ratio(self, other: Self) -> f64 {
        if self.is_zero() || other.is_zero() {
            self.mantissa / other.mantissa
        } else {
            (self / other).rounded()
        }
    }

    fn rounded(self) -> f64 {
        match self.exponent {
            0 => self.mantissa,
            1 => self.mantissa * GROW,
            -1 => self.mantissa * SHRINK,
            2 => self.mantissa * GROW * GROW,
            -2 => self.mantissa * SHRINK * SHRINK,
            exponent if exponent > 0 => f64::INFINITY,
            _ => 0.0,
        }
    }

    fn normalize(&mut self) {
        if self.mantissa == 0.0 {
            self.exponent = 0;
        } else if self.mantissa >= UPPER {
            self.mantissa *= SHRINK;
            self.exponent += 1;
            self.normalize();
        } else if self.mantissa < LOWER {
            self.mantissa *= GROW;
            self.exponent -= 1;
            self.normalize();
        }
    }
}

impl From<f64> for Magnitude {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

impl Mul for Magnitude {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let mut product =
            Self { mantissa: self.mantissa * other.mantissa, exponent: self.exponent + other.exponent };
        product.normalize();
        product
    }
}

impl MulAssign for Magnitude {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl Div for Magnitude {
    type Output = Self;

    /// # Panics
    ///
    /// If `other` is zero.
    fn div(self, other: Self) -> Self {
        assert!(!other.is_zero(), "a magnitude is divided by zero");
        let mut quotient =
            Self { mantissa: self.mantissa / other.mantissa, exponent: self.exponent - other.exponent };
        quotient.normalize();
        quotient
    }
}

impl Add for Magnitude {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        if self.is_zero() {
            return other;
        }
        if other.is_zero() {
            return self;
        }
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let aligned = match high.exponent - low.exponent {
            0 => low.mantissa,
            1 => low.mantissa * SHRINK,
            // Two steps apart the smaller one is below 2^-512 of the larger one.
            _ => return high,
        };
        let mut sum = Self { mantissa: high.mantissa + aligned, exponent: high.exponent };
        sum.normalize();
        sum
    }
}

impl AddAssign for Magnitude {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Magnitude {
    fn sum<I: Iterator<Item = Self>>(magnitudes: I) -> Self {
        magnitudes.fold(Self::ZERO, Add::add)
    }
}

impl Product for Magnitude {
    fn product<I: Iterator<Item = Self>>(magnitudes: I) -> Self {
        magnitudes.fold(Self::ONE, Mul::mul)
    }
}

impl Eq for Magnitude {}

impl Ord for Magnitude {
    fn cmp(&self, other: &Self) -> Ordering {
        self.is_zero()
            .cmp(&other.is_zero())
            .reverse()
            .then(self.exponent.cmp(&other.exponent))
            .then(self.mantissa.total_cmp(&other.mantissa))
    }
}

impl PartialOrd for Magnitude {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn products_neither_overflow_nor_underflow() {
        let large: Magnitude = std::iter::repeat_n(Magnitude::new(1e30), 1000).product();
        let small: Magnitude = std::iter::repeat_n(Magnitude::new(1e-30), 1000).product();
        assert_eq!(large.to_f64(), None);
        assert_eq!(small.to_f64(), None);
        assert!((large.ln() - 30_000.0 * 10_f64.ln()).abs() < 1e-6);
        assert!(((large * small).to_f64().unwrap() - 1.0).abs() < 1e-11);
        assert_eq!((large + small), large);
        assert_eq!(small.ratio(large), 0.0);
        assert_eq!(large.ratio(small), f64::INFINITY);
    }

    #[test]
    fn zero_is_the_smallest() {
        let tiny = Magnitude::new(f64::MIN_POSITIVE) * Magnitude::new(f64::MIN_POSITIVE);
        assert!(Magnitude::ZERO < tiny && tiny < Magnitude::ONE);
        assert_eq!(tiny + Magnitude::ZERO, tiny);
        assert_eq!(Magnitude::ZERO.to_f64(), Some(0.0));
    }

    #[test]
    fn numbers_next_to_a_step_add_up() {
        let below = Magnitude::new(LOWER / 2.0);
        let above = Magnitude::new(LOWER * 2.0);
        assert_eq!((below + above).to_f64(), Some(LOWER * 2.5));
        assert_eq!(below.ratio(above), 0.25);
    }

    #[test]
    fn every_normal_double_survives() {
        for value in [f64::MIN_POSITIVE, 1e-300, 1e-240, 1e-200, 1.0, 1e200, 1e240, 1e300, f64::MAX] {
            assert_eq!(Magnitude::new(value).to_f64(), Some(value));
            assert_eq!(Magnitude::new(value).ratio(Magnitude::ONE), value);
        }
        let tiny = Magnitude::new(1e-240);
        assert_eq!(
            (tiny / Magnitude::new(1e240) * Magnitude::new(1e240) * Magnitude::new(1e240)).to_f64(),
            Some(1.0)
        );
    }

    proptest! {
        #[test]
        fn arithmetic_is_that_of_f64_where_that_suffices(a in 1e-60..1e60, b in 1e-60..1e60) {
            let (x, y) = (Magnitude::new(a), Magnitude::new(b));
            prop_assert_eq!((x * y).to_f64(), Some(a * b));
            prop_assert_eq!((x + y).to_f64(), Some(a + b));
            prop_assert_eq!(x.ratio(y), a / b);
            prop_assert_eq!(x.cmp(&y), a.total_cmp(&b));
        }

        #[test]
        fn logarithms_add_up_far_outside_the_range_of_f64(factors in prop::collection::vec(1e-300..1e300, 1..50)) {
            let product: Magnitude = factors.iter().map(|&factor| Magnitude::new(factor)).product();
            let expected: f64 = factors.iter().map(|factor: &f64| factor.ln()).sum();
            prop_assert!((product.ln() - expected).abs() < 1e-9);
        }
    }
}
