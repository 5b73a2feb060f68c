//! The shares of parts in the whole.

use super::averages::{Averages, Moments};
use super::{Agreement, Explained, Mark, StrengthDistribution};
use crate::statistics::Interval;
use serde::{Deserialize, Serialize};

/// The contribution of one part to a unit, or to all units together, over images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartShare {
    /// The part's mark; null for the biases.
    pub mark: Option<usize>,
    /// The mean of C\[l\].
    pub mean: f64,
    /// The mean of |C\[l\]|.
    pub mean_absolute: f64,
    /// The mean of |C\[l\]| divided by its sum over all marks, so that the shares of paths sum to 1. For the
    /// biases, mean |B| divided by the sum over marks and biases. `None` where all are 0.
    pub share: Option<f64>,
    /// The bootstrap interval of `share` over images.
    pub share_interval: Option<Interval>,
    /// Cov(C\[l\], y) / Var(y), which can be negative and, with that of the biases, sums to 1; `None` where
    /// the responses do not vary.
    pub variance_share: Option<f64>,
    /// The bootstrap interval of `variance_share` over images.
    pub variance_share_interval: Option<Interval>,
}

/// The contributions of all parts to a unit, or to all units together, over images.
///
/// For all units together, every mean, variance and covariance is the sum over units. A share of mean |C| is
/// Σ_u mean |C_u\[l\]| / Σ_l Σ_u mean |C_u\[l\]|, and a share of variance is Σ_u Cov(C_u\[l\], y_u) / Σ_u
/// Var(y_u). Units are weighted by the size of their outputs. A unit with small or nearly constant outputs
/// cannot dominate the result, as it could dominate a mean of shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The unit, counted from 0; null for all of them.
    pub unit: Option<usize>,
    /// The contributions of paths, by mark.
    pub parts: Vec<PartShare>,
    /// The contribution of the biases: of all that begins at sources other than the input.
    pub biases: PartShare,
    /// The mean mark under shares of mean |C|: the average path length where marks are lengths. `None` where
    /// marks are only ranks, or where paths contribute nothing.
    pub average: Option<f64>,
    /// The bootstrap interval of `average` over images.
    pub average_interval: Option<Interval>,
    /// The cancellation between parts of paths: the mean of Σ|C\[l\]| divided by the mean of |Σ C\[l\]|, at
    /// least 1. `None` where the divisor is 0.
    pub cancellation: Option<f64>,
    /// The cancellation between paths and biases: the mean of |Σ C\[l\]| + |B| divided by the mean of |y|, at
    /// least 1. `None` where the divisor is 0.
    pub bias_cancellation: Option<f64>,
    /// The agreement of the shares of mean |C| with those of strength; null without strengths to compare
    /// with.
    pub agreement: Option<Agreement>,
    /// The explained part of recorded responses; null without recordings.
    pub explained: Option<Explained>,
}

/// The shares of all parts, the biases last, or intervals of these.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shares<T> {
    /// The shares of mean |part|.
    pub absolute: Vec<Option<T>>,
    /// The shares of variance.
    pub variance: Vec<Option<T>>,
    /// The mean mark under shares of mean |C|.
    pub average: Option<T>,
}

impl Shares<f64> {
    /// Returns the shares that follow from moments.
    ///
    /// # Arguments
    ///
    /// * `marks` - the marks of the parts, without the biases
    pub(super) fn of(moments: &Moments, mark: &Mark, marks: &[usize]) -> Self {
        let of_paths = &moments.absolute[..marks.len()];
        let paths: f64 = of_paths.iter().sum();
        let all: f64 = moments.absolute.iter().sum();
        let share = |part: f64, of: f64| (of > 0.0).then(|| part / of);
        let mut absolute: Vec<Option<f64>> = of_paths.iter().map(|&part| share(part, paths)).collect();
        absolute.extend(moments.absolute[marks.len()..].iter().map(|&biases| share(biases, all)));
        let is_a_number = mark.average_name().is_some() && paths > 0.0;
        let average = is_a_number
            .then(|| marks.iter().zip(of_paths).map(|(&mark, part)| mark as f64 * (part / paths)).sum());
        let variance = moments.covariance.iter().map(|&part| share(part, moments.variance)).collect();
        Self { absolute, variance, average }
    }
}

impl Summary {
    /// Returns the summary that follows from averages.
    ///
    /// # Arguments
    ///
    /// * `unit` - the unit; `None` for the sums over all units
    /// * `marks` - the property that parts are grouped by, and the marks without the biases
    /// * `intervals` - the intervals of the shares, if any
    pub(super) fn of(
        unit: Option<usize>,
        averages: &Averages,
        (mark, marks): (&Mark, &[usize]),
        intervals: Option<&Shares<Interval>>,
        strength: Option<&StrengthDistribution>,
    ) -> Self {
        let shares = Shares::of(&averages.moments, mark, marks);
        let part = |part: usize| PartShare {
            mark: marks.get(part).copied(),
            mean: averages.mean[part],
            mean_absolute: averages.moments.absolute[part],
            share: shares.absolute[part],
            share_interval: intervals.and_then(|intervals| intervals.absolute[part]),
            variance_share: shares.variance[part],
            variance_share_interval: intervals.and_then(|intervals| intervals.variance[part]),
        };
        let factor = |magnitudes: f64, left: f64| {
            Some(magnitudes / left)
                .filter(|factor| left > 0.0 && factor.is_finite())
                .map(|factor| factor.max(1.0))
        };
        let of_paths: f64 = averages.moments.absolute[..marks.len()].iter().sum();
        let of_biases = averages.moments.absolute[marks.len()];
        Self {
            unit,
            parts: (0..marks.len()).map(part).collect(),
            biases: part(marks.len()),
            average: shares.average,
            average_interval: intervals.and_then(|intervals| intervals.average),
            cancellation: factor(of_paths, averages.paths),
            bias_cancellation: factor(averages.paths + of_biases, averages.response),
            agreement: strength
                .filter(|_| *mark == Mark::Length)
                .map(|strength| Agreement::between(strength, marks, &shares.absolute)),
            explained: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_by_hand() {
        let moments =
            Moments { absolute: vec![3.0, 1.0, 4.0], covariance: vec![3.0, -2.0, 1.0], variance: 2.0 };
        let shares = Shares::of(&moments, &Mark::Length, &[2, 4]);
        assert_eq!(shares.absolute, [Some(0.75), Some(0.25), Some(0.5)]);
        assert_eq!(shares.variance, [Some(1.5), Some(-1.0), Some(0.5)]);
        assert_eq!(shares.average, Some(2.5));
        assert_eq!(Shares::of(&moments, &Mark::Path, &[1, 2]).average, None);
    }

    #[test]
    fn nothing_has_no_shares() {
        let shares = Shares::of(&Moments::none(3), &Mark::Length, &[1, 2]);
        assert_eq!(shares, Shares { absolute: vec![None; 3], variance: vec![None; 3], average: None });
        // With only biases, paths have no shares and the biases have all.
        let biases = Moments { absolute: vec![0.0, 2.0], ..Moments::none(2) };
        assert_eq!(Shares::of(&biases, &Mark::Length, &[1]).absolute, [None, Some(1.0)]);
    }
}
