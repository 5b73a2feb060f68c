//! Means, their standard errors, and variances.

/// Returns the mean of some numbers, NaN if there are none.
///
/// # Examples
///
/// ```
/// use pathscope_core::statistics::mean;
///
/// assert_eq!(mean([1.0, 2.0, 6.0]), 3.0);
/// assert!(mean([]).is_nan());
/// ```
pub fn mean(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut n = 0_usize;
    let sum: f64 = numbers.into_iter().inspect(|_| n += 1).sum();
    sum / n as f64
}

/// Returns the variance of some numbers.
///
/// # Arguments
///
/// * `numbers` - n numbers
/// * `correction` - how much less than n the divisor is: 0 where the numbers are all that there are, 1 where they
///   are a sample
///
/// # Returns
///
/// Σ (x - x̄)² / (n - correction); NaN or infinite if the divisor is not positive.
///
/// # Examples
///
/// The deviations from the mean are -1, 0 and 1.
///
/// ```
/// use pathscope_core::statistics::variance;
///
/// assert_eq!(variance(&[2.0, 3.0, 4.0], 1.0), 1.0);
/// assert_eq!(variance(&[2.0, 3.0, 4.0], 0.0), 2.0 / 3.0);
/// assert!(variance(&[2.0], 1.0).is_nan());
/// ```
pub fn variance(numbers: &[f64], correction: f64) -> f64 {
    squared_deviations(numbers) / (numbers.len() as f64 - correction).max(0.0)
}

/// Returns the sum of squared differences from the mean.
pub(crate) fn squared_deviations(numbers: &[f64]) -> f64 {
    let mean = mean(numbers.iter().copied());
    numbers.iter().map(|number| (number - mean).powi(2)).sum()
}

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The number of values.
    pub n: usize,
    /// The mean of the values.
    pub mean: f64,
    /// The standard error of the mean, s / √n with n - 1 in the variance s²; 0 for a single value.
    pub standard_error: f64,
}

impl Mean {
    /// Returns the mean of the finite values among some numbers; `None` if there are none.
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

    /// Returns the ends one standard error below and above the mean.
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
