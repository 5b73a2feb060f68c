//! Bootstrap intervals of statistics of many units over the same images.

use crate::statistics::{Bootstrap, Interval};
use ndarray::{Array2, ArrayView1};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// The number of resamples whose means are computed in one matrix product.
const BLOCK: usize = 256;
/// The largest number of statistics that are kept at once: 64 MiB.
const MOST_VALUES: usize = 1 << 23;

/// A statistic of units whose interval is computed.
///
/// It follows from means of features over the images of a resample, so that one matrix product serves many
/// resamples.
pub(super) trait Resampled: Sync {
    /// The accumulated quantities that a statistic of one or several units is computed from.
    type Terms: Clone + Send + Sync;

    /// Returns the features of a unit, \[images, features\].
    fn features(&self, unit: usize) -> Array2<f64>;

    /// Returns the terms of a unit from the means of its features.
    fn terms(&self, unit: usize, means: ArrayView1<'_, f64>) -> Self::Terms;

    /// Adds the terms of another unit.
    fn add(&self, sum: &mut Self::Terms, more: &Self::Terms);

    /// Returns the statistics, whose number is always the same.
    fn statistics(&self, terms: &Self::Terms) -> Vec<Option<f64>>;
}

/// The intervals of the statistics of all units together, and of each unit.
pub(super) struct UnitIntervals {
    /// The intervals of the summed terms of all units.
    pub all: Vec<Option<Interval>>,
    /// The intervals of each unit.
    pub by_unit: Vec<Vec<Option<Interval>>>,
}

/// Returns the intervals of statistics over images.
///
/// All units share the same resamples, so that statistics of several units keep their dependence.
///
/// # Returns
///
/// No intervals for fewer than two images or without resamples. As in [`Bootstrap::intervals`], a statistic
/// that is defined in too few resamples has none.
///
/// # Complexity
///
/// O(resamples · images · units · features) in matrix products. Memory is bounded, apart from the terms of
/// all units together.
pub(super) fn unit_intervals<R: Resampled>(
    resampled: &R,
    [images, units]: [usize; 2],
    bootstrap: &Bootstrap,
) -> Option<UnitIntervals> {
    if images < 2 || bootstrap.resamples == 0 || units == 0 {
        return None;
    }
    let mut together: Vec<Option<R::Terms>> = vec![None; bootstrap.resamples];
    let mut by_unit = Vec::with_capacity(units);
    let mut first = 0;
    let mut chunk = 1;
    while first < units {
        let last = (first + chunk).min(units);
        let mut values = vec![Vec::new(); last - first];
        let mut random = bootstrap.random();
        for start in (0..bootstrap.resamples).step_by(BLOCK) {
            let block = start..(start + BLOCK).min(bootstrap.resamples);
            let weights = weights(block.len(), images, &mut random);
            let terms: Vec<Vec<R::Terms>> = (first..last)
                .into_par_iter()
                .map(|unit| {
                    let means = weights.dot(&resampled.features(unit));
                    means.outer_iter().map(|means| resampled.terms(unit, means)).collect()
                })
                .collect();
            values.par_iter_mut().zip(&terms).for_each(|(values, terms)| {
                push(values, terms.iter().map(|terms| resampled.statistics(terms)));
            });
            for terms in &terms {
                for (sum, more) in together[block.clone()].iter_mut().zip(terms) {
                    match sum {
                        Some(sum) => resampled.add(sum, more),
                        None => *sum = Some(more.clone()),
                    }
                }
            }
        }
        // The first unit determines the number of statistics.
        let statistics = values.first().map_or(1, Vec::len);
        chunk = (MOST_VALUES / (statistics * bootstrap.resamples).max(1)).max(1);
        by_unit.par_extend(values.into_par_iter().map(|values| between(values, bootstrap)));
        first = last;
    }
    let mut values = Vec::new();
    push(&mut values, together.iter().flatten().map(|terms| resampled.statistics(terms)));
    Some(UnitIntervals { all: between(values, bootstrap), by_unit })
}

/// Appends the statistics of resamples to the values of each statistic.
fn push(values: &mut Vec<Vec<f64>>, resamples: impl Iterator<Item = Vec<Option<f64>>>) {
    for statistics in resamples {
        values.resize_with(statistics.len(), Vec::new);
        for (values, statistic) in values.iter_mut().zip(statistics) {
            values.extend(statistic.filter(|value| value.is_finite()));
        }
    }
}

fn between(values: Vec<Vec<f64>>, bootstrap: &Bootstrap) -> Vec<Option<Interval>> {
    values.into_iter().map(|values| bootstrap.interval_of(values)).collect()
}

/// Returns the weight of each image in some resamples, \[resamples, images\]; the weights of each resample
/// sum to 1.
fn weights(resamples: usize, images: usize, random: &mut ChaCha8Rng) -> Array2<f64> {
    let mut weights = Array2::zeros((resamples, images));
    let mut drawn = vec![0; images];
    for mut resample in weights.outer_iter_mut() {
        crate::statistics::draw(&mut drawn, images, random);
        drawn.iter().for_each(|&image| resample[image] += 1.0);
    }
    weights / images as f64
}
