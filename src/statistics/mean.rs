//! Means and their standard errors.

use serde::Serialize;

/// A mean over models.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// How many there are.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// The standard error of the mean (s.e.m.), from the variance with n - 1; none of a single model.
    pub standard_error: Option<f64>,
}

impl Mean {
    /// The mean of numbers, of which those that are infinite or NaN do not count.
    ///
    /// # Returns
    ///
    /// None where no number is left.
    ///
    /// # Complexity
    ///
    /// O(values).
    ///
    /// # Examples
    ///
    /// Deviations -1, 0 and 1: the variance is (1 + 0 + 1) / 2 = 1, and that of the mean 1/3.
    ///
    /// ```
    /// use pathscope::statistics::Mean;
    ///
    /// let mean = Mean::of([2.0, 3.0, 4.0]).unwrap();
    /// assert_eq!((mean.n, mean.mean), (3, 3.0));
    /// assert!((mean.standard_error.unwrap() - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
    /// assert_eq!(Mean::of([2.0]).unwrap().standard_error, None);
    /// ```
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let finite: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let n = finite.len();
        // Each divided by itself, so that no sum leaves the range of numbers.
        let mean = finite.iter().map(|value| value / n as f64).sum::<f64>();
        let squares: f64 = finite.iter().map(|value| (value - mean).powi(2)).sum();
        let standard_error = (n > 1).then(|| (squares / (n - 1) as f64 / n as f64).sqrt());
        (n > 0).then_some(Self { n, mean, standard_error })
    }

    /// One standard error below the mean and one above it; twice the mean of a single model.
    pub fn ends(self) -> [f64; 2] {
        let error = self.standard_error.unwrap_or(0.0);
        [self.mean - error, self.mean + error]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_does_not_count() {
        let mean = Mean::of([2.0, 3.0, f64::NAN, 4.0]).unwrap();
        assert_eq!(mean, Mean::of([2.0, 3.0, 4.0]).unwrap());
        assert!(Mean::of([f64::INFINITY]).is_none());
        assert_eq!(Mean::of([2.0]).unwrap().ends(), [2.0, 2.0]);
        assert_eq!(Mean::of([1.0, 3.0]).unwrap().ends(), [1.0, 3.0]);
    }
}
