//! Means with their standard error.

/// A mean over models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// How many numbers it is of.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// The standard error of the mean, s / √n with n - 1 in the variance s²; 0 of a single number.
    pub standard_error: f64,
}

impl Mean {
    /// The mean of the finite ones of some numbers; `None` where there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::statistics::Mean;
    ///
    /// // Deviations -1, 0 and 1: variance 1 with n - 1, of the mean 1/3.
    /// let mean = Mean::of(&[2.0, 3.0, 4.0]).unwrap();
    /// assert_eq!((mean.n, mean.mean), (3, 3.0));
    /// assert!((mean.standard_error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    /// ```
    pub fn of(numbers: &[f64]) -> Option<Self> {
        let finite: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
        let n = finite.len();
        let mean = finite.iter().map(|number| number / n as f64).sum::<f64>();
        let squares: f64 = finite.iter().map(|number| (number - mean).powi(2)).sum();
        let standard_error = if n > 1 { (squares / (n - 1) as f64 / n as f64).sqrt() } else { 0.0 };
        (n > 0).then_some(Self { n, mean, standard_error })
    }

    /// One standard error below and above the mean.
    pub fn ends(self) -> [f64; 2] {
        [self.mean - self.standard_error, self.mean + self.standard_error]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_have_standard_errors() {
        let mean = Mean::of(&[2.0, 3.0, f64::NAN, 4.0]).unwrap();
        assert_eq!((mean.n, mean.mean), (3, 3.0));
        assert!((mean.standard_error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(Mean::of(&[2.0]).unwrap().ends(), [2.0, 2.0]);
        assert!(Mean::of(&[f64::INFINITY]).is_none());
    }
}
