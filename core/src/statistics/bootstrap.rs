//! Confidence intervals by the bootstrap.

use crate::statistics::{below, generator, mean};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Largest fraction of resamples in which the statistic may be undefined.
const MOST_UNDEFINED: f64 = 0.1;

/// The interval of a statistic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Returns the interval between the (1 - c)/2 and (1 + c)/2 quantiles of a statistic's values in
    /// resamples, where c is the confidence. Quantiles between two values are interpolated.
    ///
    /// # Arguments
    ///
    /// * `values` - in any order; they are reordered
    /// * `confidence` - between 0 and 1
    ///
    /// # Returns
    ///
    /// The interval; `None` if there are no values.
    ///
    /// # Complexity
    ///
    /// O(n log n) of n values.
    ///
    /// # Examples
    ///
    /// The quantiles 0.1 and 0.9 of 0, 1, …, 10 are 1 and 9.
    ///
    /// ```
    /// use pathscope_core::statistics::Interval;
    ///
    /// let mut values: Vec<f64> = (0..=10).rev().map(f64::from).collect();
    /// assert_eq!(Interval::between_quantiles(&mut values, 0.8), Some(Interval { low: 1.0, high: 9.0 }));
    /// ```
    pub fn between_quantiles(values: &mut [f64], confidence: f64) -> Option<Self> {
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let quantile = |part: f64| {
            // An index that is whole up to rounding counts as whole.
            let place = (part * last as f64 * 1e9).round() / 1e9;
            let (below, between) = (place.floor() as usize, place.fract());
            let above = (below + 1).min(last);
            values[below] + between * (values[above] - values[below])
        };
        let tail = (1.0 - confidence.clamp(0.0, 1.0)) / 2.0;
        Some(Self { low: quantile(tail), high: quantile(1.0 - tail) })
    }
}

/// The settings of bootstrap confidence intervals: percentile intervals of resamples drawn with replacement
/// (Efron 1979).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// The number of resamples.
    pub resamples: usize,
    /// The confidence: the fraction of resamples inside an interval.
    pub confidence: f64,
    /// The seed of the draws. The same seed gives the same intervals.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 10_000, confidence: 0.95, seed: 0 }
    }
}

impl Bootstrap {
    /// Returns the random generator for the draws.
    pub fn random(&self) -> ChaCha8Rng {
        generator(self.seed)
    }

    /// Returns the intervals of N statistics of the same units.
    ///
    /// # Arguments
    ///
    /// * `units` - the number of units to draw from; dependent values must form one unit
    /// * `statistics` - the values of the statistics in one resample, given as indices of units
    ///
    /// # Returns
    ///
    /// The intervals. One is `None` if its statistic is undefined in a tenth of the resamples or more. All
    /// are `None` with fewer than two units or no resamples.
    ///
    /// # Complexity
    ///
    /// O(resamples · units), and one call of `statistics` per resample.
    ///
    /// # Examples
    ///
    /// The mean of 0 and 1 in resamples is 0, 1/2 or 1. The values 0 and 1 have a probability of a quarter
    /// each, so they are in the interval of 95 % and not in that of 40 %.
    ///
    /// ```
    /// use pathscope_core::statistics::{Bootstrap, Interval};
    ///
    /// let mean = |drawn: &[usize]| [Some(drawn.iter().sum::<usize>() as f64 / drawn.len() as f64)];
    /// let interval = |confidence| Bootstrap { confidence, ..Bootstrap::default() }.intervals(2, mean);
    /// assert_eq!(interval(0.95), [Some(Interval { low: 0.0, high: 1.0 })]);
    /// assert_eq!(interval(0.4), [Some(Interval { low: 0.5, high: 0.5 })]);
    /// ```
    pub fn intervals<const N: usize>(
        &self,
        units: usize,
        mut statistics: impl FnMut(&[usize]) -> [Option<f64>; N],
    ) -> [Option<Interval>; N] {
        if units < 2 || self.resamples == 0 {
            return [None; N];
        }
        let mut random = self.random();
        let mut drawn = vec![0; units];
        let mut values: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
        for _ in 0..self.resamples {
            draw(&mut drawn, units, &mut random);
            for (values, value) in values.iter_mut().zip(statistics(&drawn)) {
                values.extend(value.filter(|value| value.is_finite()));
            }
        }
        values.map(|values| self.interval_of(values))
    }

    /// Returns the interval of a statistic, given its values in the resamples where it is defined.
    ///
    /// # Returns
    ///
    /// The interval; `None` if a tenth of the resamples or more have no value.
    ///
    /// # Complexity
    ///
    /// O(n log n) of n values.
    pub fn interval_of(&self, mut values: Vec<f64>) -> Option<Interval> {
        let undefined = self.resamples.saturating_sub(values.len()) as f64;
        let is_defined = undefined < MOST_UNDEFINED * self.resamples as f64;
        is_defined.then(|| Interval::between_quantiles(&mut values, self.confidence))?
    }

    /// Returns the interval of a statistic, moved by the bias of its resamples.
    ///
    /// Resamples of a square are too large on average, since they vary more than the statistic does. The mean of
    /// the resamples less the statistic estimates this bias (Efron and Tibshirani 1993, An Introduction to the
    /// Bootstrap, chapter 10).
    ///
    /// # Arguments
    ///
    /// * `values` - the statistic in the resamples where it is defined
    /// * `statistic` - the statistic of the data themselves
    ///
    /// # Returns
    ///
    /// The interval; `None` if a tenth of the resamples or more have no value.
    ///
    /// # Complexity
    ///
    /// O(n log n) of n values.
    ///
    /// # Examples
    ///
    /// Resamples of 1, 2 and 3 have a mean of 2. Those of a statistic of 1.5 are thus too large by 0.5.
    ///
    /// ```
    /// use pathscope_core::statistics::{Bootstrap, Interval};
    ///
    /// let bootstrap = Bootstrap { resamples: 3, confidence: 1.0, seed: 0 };
    /// let interval = bootstrap.unbiased_interval_of(vec![3.0, 1.0, 2.0], 1.5);
    /// assert_eq!(interval, Some(Interval { low: 0.5, high: 2.5 }));
    /// ```
    pub fn unbiased_interval_of(&self, values: Vec<f64>, statistic: f64) -> Option<Interval> {
        let bias = mean(values.iter().copied()) - statistic;
        let Interval { low, high } = self.interval_of(values)?;
        Some(Interval { low: low - bias, high: high - bias })
    }
}

/// Draws indices below `units` with replacement.
pub fn draw(drawn: &mut [usize], units: usize, random: &mut ChaCha8Rng) {
    drawn.fill_with(|| below(units, random));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        // 0.025 and 0.975 of the way along 0, 1, 2, 3, 4.
        let interval = Interval::between_quantiles(&mut [4.0, 0.0, 3.0, 1.0, 2.0], 0.95).unwrap();
        assert!((interval.low - 0.1).abs() < 1e-12 && (interval.high - 3.9).abs() < 1e-12, "{interval:?}");
        assert_eq!(Interval::between_quantiles(&mut [], 0.95), None);
        assert_eq!(Interval::between_quantiles(&mut [2.0], 0.95), Some(Interval { low: 2.0, high: 2.0 }));
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_theory() {
        // A mean of 100 numbers 1..=100 has a standard deviation of √((100² - 1) / 12 / 100) = 2.887.
        let mean =
            |drawn: &[usize]| [Some(drawn.iter().map(|index| index + 1).sum::<usize>() as f64 / 100.0)];
        let [interval] = Bootstrap::default().intervals(100, mean);
        let Interval { low, high } = interval.unwrap();
        assert!((low - (50.5 - 1.96 * 2.887)).abs() < 0.2, "{low}");
        assert!((high - (50.5 + 1.96 * 2.887)).abs() < 0.2, "{high}");
        let other = Bootstrap { seed: 1, ..Bootstrap::default() }.intervals(100, mean);
        assert_ne!(other, [interval]);
        assert_eq!(Bootstrap::default().intervals(100, mean), [interval]);
    }

    #[test]
    fn what_most_resamples_have_or_have_not() {
        let bootstrap = Bootstrap { resamples: 1000, ..Bootstrap::default() };
        // Each unit is drawn in half of the resamples.
        let both = |drawn: &[usize]| [(drawn[0] != drawn[1]).then_some(1.0), Some(2.0)];
        assert_eq!(bootstrap.intervals(2, both), [None, Some(Interval { low: 2.0, high: 2.0 })]);
        assert_eq!(bootstrap.intervals(1, |_| [Some(1.0)]), [None]);
        assert_eq!(Bootstrap { resamples: 0, ..bootstrap }.intervals(2, |_| [Some(1.0)]), [None]);
    }
}
