//! The precisions in which programs are computed.

use ndarray::NdFloat;
use std::iter::Sum;

pub(super) mod sealed {
    use crate::program::kernels::single;

    /// Fast versions of functions that networks apply to many elements.
    pub trait Sealed: Sized {
        /// Returns eˣ.
        fn swift_exp(self) -> Self;
        /// Returns 1 / (1 + e⁻ˣ).
        fn swift_sigmoid(self) -> Self;
        /// Returns ln(1 + eˣ).
        fn swift_softplus(self) -> Self;
        /// Returns the hyperbolic tangent.
        fn swift_tanh(self) -> Self;
        /// Returns the cumulative distribution function of the standard normal distribution.
        fn swift_normal(self) -> Self;
    }

    impl Sealed for f32 {
        fn swift_exp(self) -> Self {
            single::exp(self)
        }

        fn swift_sigmoid(self) -> Self {
            single::sigmoid(self)
        }

        fn swift_softplus(self) -> Self {
            single::softplus(self)
        }

        fn swift_tanh(self) -> Self {
            single::tanh(self)
        }

        fn swift_normal(self) -> Self {
            single::normal_distribution(self)
        }
    }

    impl Sealed for f64 {
        fn swift_exp(self) -> Self {
            self.exp()
        }

        fn swift_sigmoid(self) -> Self {
            1.0 / (1.0 + (-self).exp())
        }

        fn swift_softplus(self) -> Self {
            // NaN stays NaN.
            (if self < 0.0 { 0.0 } else { self }) + (-self.abs()).exp().ln_1p()
        }

        fn swift_tanh(self) -> Self {
            self.tanh()
        }

        fn swift_normal(self) -> Self {
            0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2)
        }
    }
}

/// A number of single or double precision.
pub trait Element: NdFloat + Default + Sum + sealed::Sealed {
    /// The largest integer up to which all integers are representable.
    const LARGEST_EXACT: f64;

    /// Returns the nearest number of this precision.
    fn of(number: f64) -> Self;

    /// Returns the same number in double precision.
    fn double(self) -> f64;
}

impl Element for f32 {
    const LARGEST_EXACT: f64 = 16_777_216.0;

    fn of(number: f64) -> Self {
        number as Self
    }

    fn double(self) -> f64 {
        Self::into(self)
    }
}

impl Element for f64 {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

    fn of(number: f64) -> Self {
        number
    }

    fn double(self) -> f64 {
        self
    }
}
