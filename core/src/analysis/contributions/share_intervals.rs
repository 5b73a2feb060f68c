//! Bootstrap intervals of shares.

use super::Contributions;
use super::averages::{Averages, Moments, features};
use super::intervals::{Resampled, unit_intervals};
use super::share::Shares;
use crate::statistics::{Bootstrap, Interval};
use ndarray::{Array2, ArrayView1};

/// The shares of all units, resampled over images.
struct ResampledShares<'a> {
    contributions: &'a Contributions,
    least_variances: Vec<f64>,
}

impl Resampled for ResampledShares<'_> {
    type Terms = Moments;

    fn features(&self, unit: usize) -> Array2<f64> {
        features(self.contributions, unit)
    }

    fn terms(&self, unit: usize, means: ArrayView1<'_, f64>) -> Moments {
        Moments::of_means(means, self.least_variances[unit])
    }

    fn add(&self, sum: &mut Moments, more: &Moments) {
        sum.add(more);
    }

    fn statistics(&self, moments: &Moments) -> Vec<Option<f64>> {
        let shares = Shares::of(moments, &self.contributions.mark, &self.contributions.marks);
        [shares.absolute, shares.variance, vec![shares.average]].concat()
    }
}

/// Returns the intervals of shares for all units together and for each unit; `None` where there are none.
///
/// # Arguments
///
/// * `averages` - the averages of each unit, over all images
///
/// # Complexity
///
/// The same as [`unit_intervals`], with about three features for each part.
pub(super) fn share_intervals(
    contributions: &Contributions,
    averages: &[Averages],
    bootstrap: &Bootstrap,
) -> Option<(Shares<Interval>, Vec<Shares<Interval>>)> {
    let least_variance = |averages: &Averages| match averages.moments.variance {
        // Rounding over all images is rounding over a resample too.
        variance if variance > 0.0 => averages.moments.least_variance(),
        _ => f64::INFINITY,
    };
    let least_variances = averages.iter().map(least_variance).collect();
    let resampled = ResampledShares { contributions, least_variances };
    let found = unit_intervals(&resampled, [contributions.images(), contributions.units()], bootstrap)?;
    let parts = contributions.marks.len() + 1;
    let split = |all: Vec<Option<Interval>>| Shares {
        absolute: all[..parts].to_vec(),
        variance: all[parts..2 * parts].to_vec(),
        average: all[2 * parts],
    };
    Some((split(found.all), found.by_unit.into_iter().map(split).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::testing::random_contributions;
    use ndarray::Axis;

    /// Computes the shares of a resample from the images in it.
    fn of_drawn(contributions: &Contributions, drawn: &[usize], unit: Option<usize>) -> Shares<f64> {
        let resample = Contributions {
            parts: contributions.parts.select(Axis(0), drawn),
            outputs: contributions.outputs.select(Axis(0), drawn),
            ..contributions.clone()
        };
        let all: Vec<Averages> =
            (0..resample.units()).map(|unit| Averages::of_unit(&resample, unit)).collect();
        let averages = match unit {
            Some(unit) => all[unit].clone(),
            None => Averages::sum(&all, resample.marks.len() + 1),
        };
        Shares::of(&averages.moments, &resample.mark, &resample.marks)
    }

    #[test]
    fn intervals_are_those_of_resampled_images() {
        let contributions = random_contributions([9, 4, 3], 7);
        let bootstrap = Bootstrap { resamples: 300, ..Bootstrap::default() };
        let averages: Vec<Averages> = (0..4).map(|unit| Averages::of_unit(&contributions, unit)).collect();
        let (all, by_unit) = share_intervals(&contributions, &averages, &bootstrap).unwrap();
        for unit in [None, Some(0), Some(3)] {
            let found = unit.map_or(&all, |unit| &by_unit[unit]);
            let expected = bootstrap.intervals(9, |drawn| {
                let shares = of_drawn(&contributions, drawn, unit);
                [
                    shares.absolute[1],
                    shares.absolute[3],
                    shares.variance[0],
                    shares.variance[3],
                    shares.average,
                ]
            });
            let found =
                [found.absolute[1], found.absolute[3], found.variance[0], found.variance[3], found.average];
            for (found, expected) in found.into_iter().zip(expected) {
                let (found, expected) = (found.unwrap(), expected.unwrap());
                let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
                assert!(
                    near(found.low, expected.low) && near(found.high, expected.high),
                    "{unit:?} {found:?}"
                );
            }
        }
    }

    #[test]
    fn one_image_has_no_interval() {
        let contributions = random_contributions([1, 2, 2], 1);
        let averages: Vec<Averages> = (0..2).map(|unit| Averages::of_unit(&contributions, unit)).collect();
        assert_eq!(share_intervals(&contributions, &averages, &Bootstrap::default()), None);
    }
}
