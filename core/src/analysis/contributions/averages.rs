//! Averages over images from which all shares are computed.

use super::Contributions;
use crate::statistics::{is_constant, mean};
use ndarray::{Array2, ArrayView1, Axis, s};

/// The smallest standard deviation of responses, relative to the size of their parts, that exceeds rounding.
const LEAST_DEVIATION: f64 = 1e-12;
/// The fraction of the variance over all images below which a resample's variance counts as rounding.
const LEAST_VARIANCE: f64 = 1e-12;

/// Averages over images of the parts of one unit; those of all units are their sums.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Averages {
    /// The mean of each part, the biases last; all fields below keep that order.
    pub mean: Vec<f64>,
    /// The mean of the absolute value of each part, and its covariance with the responses.
    pub moments: Moments,
    /// The mean of |Σ C\[l\]|: what all paths add together.
    pub paths: f64,
    /// The mean of |y|, where y are the responses.
    pub response: f64,
}

/// The moments from which shares are computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moments {
    /// The mean of |part|, for each part.
    pub absolute: Vec<f64>,
    /// Cov(part, y), for each part.
    pub covariance: Vec<f64>,
    /// Var(y); 0, like all covariances, where the responses are the same for all images.
    pub variance: f64,
}

impl Moments {
    /// Returns the moments of zero units.
    pub(super) fn none(parts: usize) -> Self {
        Self { absolute: vec![0.0; parts], covariance: vec![0.0; parts], variance: 0.0 }
    }

    /// Returns the moments of a unit over images, or over a resample of them, from the means of its
    /// [`features`].
    ///
    /// # Arguments
    ///
    /// * `means` - the mean of each feature
    /// * `least_variance` - a variance of at most this counts as 0
    pub(super) fn of_means(means: ArrayView1<'_, f64>, least_variance: f64) -> Self {
        let parts = (means.len() - 2) / 3;
        let (response, square) = (means[3 * parts], means[3 * parts + 1]);
        let variance = square - response * response;
        let absolute = means.slice(s![..parts]).to_vec();
        if variance <= least_variance {
            return Self { absolute, ..Self::none(parts) };
        }
        let covariance = (0..parts).map(|part| means[2 * parts + part] - means[parts + part] * response);
        Self { absolute, covariance: covariance.collect(), variance }
    }

    /// Adds the moments of another unit.
    pub(super) fn add(&mut self, other: &Self) {
        let add =
            |sums: &mut [f64], more: &[f64]| sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        add(&mut self.absolute, &other.absolute);
        add(&mut self.covariance, &other.covariance);
        self.variance += other.variance;
    }

    /// Returns the smallest variance over a resample that exceeds rounding.
    pub(super) fn least_variance(&self) -> f64 {
        LEAST_VARIANCE * self.variance
    }
}

impl Averages {
    /// Returns the averages of one unit over all images.
    pub(super) fn of_unit(contributions: &Contributions, unit: usize) -> Self {
        let parts = contributions.of_unit(unit);
        let responses = contributions.responses(unit);
        let all = mean(parts.outer_iter().map(|parts| parts.iter().map(|part| part.abs()).sum()));
        let constant = is_constant(&responses) || is_constant(contributions.outputs.column(unit));
        let least_variance = if constant { f64::INFINITY } else { (LEAST_DEVIATION * all).powi(2) };
        let features = features(contributions, unit);
        let means = features.sum_axis(Axis(0)) / contributions.images() as f64;
        let paths = |parts: ArrayView1<'_, f64>| parts.iter().take(parts.len() - 1).sum::<f64>().abs();
        Self {
            mean: (parts.sum_axis(Axis(0)) / contributions.images() as f64).to_vec(),
            moments: Moments::of_means(means.view(), least_variance),
            paths: mean(parts.outer_iter().map(paths)),
            response: mean(responses.iter().map(|response| response.abs())),
        }
    }

    /// Returns the sum of the averages of several units.
    pub(super) fn sum(units: &[Self], parts: usize) -> Self {
        let mut sum =
            Self { mean: vec![0.0; parts], moments: Moments::none(parts), paths: 0.0, response: 0.0 };
        for unit in units {
            sum.mean.iter_mut().zip(&unit.mean).for_each(|(sum, more)| *sum += more);
            sum.moments.add(&unit.moments);
            sum.paths += unit.paths;
            sum.response += unit.response;
        }
        sum
    }
}

/// Returns the features whose means over images give the moments of a unit: \[images, 3 parts + 2\].
///
/// They are |part|, part and part · y for each part, then y and y². The mean over all images is removed from
/// parts and responses first. That leaves covariances unchanged and keeps the digits that a large mean would
/// take.
pub(super) fn features(contributions: &Contributions, unit: usize) -> Array2<f64> {
    let all = contributions.of_unit(unit);
    let (images, parts) = all.dim();
    let responses = centred(contributions.responses(unit));
    let means = all.sum_axis(Axis(0)) / images as f64;
    let mut features = Array2::zeros((images, 3 * parts + 2));
    for ((mut row, found), response) in features.outer_iter_mut().zip(all.outer_iter()).zip(responses) {
        for (part, (&value, mean)) in found.iter().zip(&means).enumerate() {
            row[part] = value.abs();
            row[parts + part] = value - mean;
            row[2 * parts + part] = (value - mean) * response;
        }
        row[3 * parts] = response;
        row[3 * parts + 1] = response * response;
    }
    features
}

/// Returns values minus their mean.
pub(super) fn centred(mut values: Vec<f64>) -> Vec<f64> {
    let mean = mean(values.iter().copied());
    values.iter_mut().for_each(|value| *value -= mean);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::Mark;
    use ndarray::{Array, array};

    #[test]
    fn a_unit_by_hand() {
        // Lengths 1 and 2 and the biases; responses 4, 2 and 0.
        let parts = array![[[3.0, 0.0, 1.0]], [[2.0, -1.0, 1.0]], [[-2.0, 1.0, 1.0]]];
        let outputs = array![[4.0], [2.0], [0.0]];
        let contributions = Contributions::new(Mark::Length, vec![1, 2], parts, outputs).unwrap();
        let averages = Averages::of_unit(&contributions, 0);
        let near = |found: &[f64], expected: &[f64]| {
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15)
        };
        assert!(near(&averages.mean, &[1.0, 0.0, 1.0]), "{averages:?}");
        assert!(near(&averages.moments.absolute, &[7.0 / 3.0, 2.0 / 3.0, 1.0]), "{averages:?}");
        // (2 · 2 + 1 · 0 - 3 · -2) / 3 and (0 · 2 - 1 · 0 + 1 · -2) / 3
        assert!(near(&averages.moments.covariance, &[10.0 / 3.0, -2.0 / 3.0, 0.0]), "{averages:?}");
        assert!(near(&[averages.moments.variance], &[8.0 / 3.0]), "{averages:?}");
        // |3 + 0|, |2 - 1| and |-2 + 1|
        assert!(near(&[averages.paths, averages.response], &[5.0 / 3.0, 2.0]), "{averages:?}");
    }

    #[test]
    fn what_is_the_same_for_all_images_does_not_vary() {
        // 0.1 + 0.2 differs from 0.3 only by rounding.
        let parts = array![[[0.1, 0.2]], [[0.3, 0.0]], [[0.0, 0.3]]];
        let contributions = Contributions {
            mark: Mark::Length,
            marks: vec![1],
            parts,
            outputs: Array::from_elem((3, 1), 0.3),
        };
        let moments = Averages::of_unit(&contributions, 0).moments;
        assert_eq!((moments.covariance, moments.variance), (vec![0.0; 2], 0.0));
    }
}
