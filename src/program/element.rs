//! The precisions that programs are computed in.

use ndarray::NdFloat;
use std::iter::Sum;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number of single or double precision.
pub trait Element: NdFloat + Default + Sum + sealed::Sealed {
    /// The largest whole number up to which every whole number is one of these.
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
