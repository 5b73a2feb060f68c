//! Intervals of mean scores by the bootstrap over images and neurons.

use super::{Score, ScoreAverage, ScoreValues, Trials};
use crate::statistics::{Bootstrap, Interval, draw, mean};
use rayon::prelude::*;
use std::collections::BTreeMap;
use strum::VariantArray;

/// The largest number of splits into halves in a resample. More would cost more than they steady.
const SPLITS: usize = 10;

/// What the scores of a neuron are computed from.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    /// The places of the images that count, among those that are scored.
    pub rows: Vec<usize>,
    /// The trials of these.
    pub trials: Trials,
    /// The predictions of these.
    pub predictions: Option<Vec<f64>>,
    /// CC_max.
    pub cc_max: Option<f64>,
}

impl Recorded {
    /// Returns all scores.
    pub(super) fn scores(&self) -> ScoreValues {
        ScoreValues::new(&self.trials, self.predictions.as_deref(), self.cc_max)
    }

    /// Returns the mean prediction divided by the mean response, if the latter is positive.
    pub(super) fn scale(&self) -> Option<f64> {
        let predicted = mean(self.predictions.as_ref()?.iter().copied());
        let recorded = mean(self.trials.iter().map(|image| mean(image.iter().copied())));
        Some(predicted / recorded).filter(|scale| recorded > 0.0 && scale.is_finite())
    }

    /// Returns all scores of a resample.
    ///
    /// # Arguments
    ///
    /// * `drawn` - how often each image was drawn
    fn resampled(&self, drawn: &[usize]) -> ScoreValues {
        let repeated = |(place, &row): (usize, &usize)| std::iter::repeat_n(place, drawn[row]);
        let places: Vec<usize> = self.rows.iter().enumerate().flat_map(repeated).collect();
        let predictions: Option<Vec<f64>> =
            self.predictions.as_ref().map(|all| places.iter().map(|&place| all[place]).collect());
        let trials = self.trials.select(&places);
        ScoreValues::with_splits(&trials, predictions.as_deref(), self.cc_max, SPLITS)
    }
}

/// Returns the intervals of the means of scores over neurons.
///
/// A resample draws images and, independently of them, neurons (a crossed bootstrap: Owen 2007, Annals of
/// Applied Statistics 1: 386). All neurons have the same images. CC_max is over all images of a data set and
/// stays as it is. CC_norm² has its ceilings.
///
/// The r²_ER of a resample of M images is too high by about 1/(M CC_max²), since drawing images adds to the
/// variance of a covariance that is squared. Intervals are moved by this bias: otherwise none holds 0 for
/// unrelated predictions.
///
/// # Arguments
///
/// * `averages` - the means of the scores
/// * `units` - the images, in groups that are drawn together
///
/// # Complexity
///
/// O(resamples · responses · trials).
pub(super) fn mean_intervals(
    neurons: &[Recorded],
    averages: &BTreeMap<Score, ScoreAverage>,
    units: &[Vec<usize>],
    bootstrap: &Bootstrap,
) -> BTreeMap<Score, Interval> {
    let images = units.iter().map(Vec::len).sum();
    if neurons.is_empty() || units.len() < 2 {
        return BTreeMap::new();
    }
    let mut random = bootstrap.random();
    let mut drawn_units = vec![0; units.len()];
    let resamples: Vec<(Vec<usize>, Vec<usize>)> = (0..bootstrap.resamples)
        .map(|_| {
            draw(&mut drawn_units, units.len(), &mut random);
            let mut drawn_images = vec![0; images];
            let drawn = drawn_units.iter().flat_map(|&unit| &units[unit]);
            drawn.for_each(|&image| drawn_images[image] += 1);
            let mut drawn_neurons = vec![0; neurons.len()];
            draw(&mut drawn_neurons, neurons.len(), &mut random);
            (drawn_images, drawn_neurons)
        })
        .collect();
    let means = |(images, drawn): &(Vec<usize>, Vec<usize>)| -> Vec<Option<f64>> {
        let mut scores: BTreeMap<usize, ScoreValues> = BTreeMap::new();
        drawn.iter().for_each(|&neuron| {
            scores.entry(neuron).or_insert_with(|| neurons[neuron].resampled(images));
        });
        let of = |score| {
            let values: Vec<f64> = drawn.iter().filter_map(|neuron| scores[neuron].get(score)).collect();
            (!values.is_empty()).then(|| mean(values))
        };
        Score::VARIANTS.iter().map(|&score| of(score)).collect()
    };
    let means: Vec<Vec<Option<f64>>> = resamples.par_iter().map(means).collect();
    let interval = |(place, &score): (usize, &Score)| {
        let values = means.iter().filter_map(|resample| resample[place]).collect();
        Some((score, bootstrap.unbiased_interval_of(values, averages.get(&score)?.mean)?))
    };
    Score::VARIANTS.iter().enumerate().filter_map(interval).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ScoreTable;
    use super::*;
    use crate::statistics::generator;
    use rand_distr::{Distribution, StandardNormal};

    /// Neurons of 40 images with four trials, each predicted with the noise of another weight.
    fn neurons() -> Vec<Recorded> {
        let mut random = generator(3);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let neuron = |weight: f64| {
            let signals: Vec<f64> = (0..40).map(|_| 2.0 * normal()).collect();
            let trials = Trials::new(signals.iter().map(|signal| [(); 4].map(|()| signal + normal())));
            let predictions = signals.iter().map(|signal| signal + weight * normal()).collect();
            Recorded { rows: (0..40).collect(), trials, predictions: Some(predictions), cc_max: Some(0.9) }
        };
        [0.1, 1.0, 2.0, 4.0, 8.0].into_iter().map(neuron).collect()
    }

    /// Returns as many images as units of their own.
    fn units(images: usize) -> Vec<Vec<usize>> {
        (0..images).map(|image| vec![image]).collect()
    }

    fn intervals(
        neurons: &[Recorded],
        units: &[Vec<usize>],
        bootstrap: &Bootstrap,
    ) -> BTreeMap<Score, Interval> {
        let numbers: Vec<usize> = (0..neurons.len()).collect();
        mean_intervals(neurons, &ScoreTable::of(neurons, &numbers).averages, units, bootstrap)
    }

    #[test]
    fn intervals_hold_the_means_and_depend_on_the_seed_alone() {
        let (neurons, units) = (neurons(), units(40));
        let bootstrap = Bootstrap { resamples: 200, ..Bootstrap::default() };
        let found = intervals(&neurons, &units, &bootstrap);
        assert_eq!(found, intervals(&neurons, &units, &bootstrap));
        assert_ne!(found, intervals(&neurons, &units, &Bootstrap { seed: 1, ..bootstrap }));
        for score in [Score::CcRaw, Score::R2Er, Score::Feve, Score::Fev, Score::SplitHalf] {
            let estimate = mean(neurons.iter().filter_map(|neuron| neuron.scores().get(score)));
            let Interval { low, high } = found[&score];
            assert!(low < estimate && estimate < high, "{score}: {low} {estimate} {high}");
        }
        // CC_max stays as it is.
        let Interval { low, high } = found[&Score::CcMax];
        assert!((low - 0.9).abs() < 1e-12 && (high - 0.9).abs() < 1e-12);
    }

    #[test]
    fn neurons_widen_the_interval() {
        let bootstrap = Bootstrap { resamples: 200, ..Bootstrap::default() };
        let width = |neurons: &[Recorded]| {
            let Interval { low, high } = intervals(neurons, &units(40), &bootstrap)[&Score::CcRaw];
            high - low
        };
        let neurons = neurons();
        let equal = vec![neurons[0].clone(); 5];
        assert!(width(&neurons) > 3.0 * width(&equal), "{} {}", width(&neurons), width(&equal));
    }

    #[test]
    fn images_of_one_group_are_drawn_together() {
        // With all images in one group, there is nothing to draw.
        let bootstrap = Bootstrap { resamples: 50, ..Bootstrap::default() };
        assert!(intervals(&neurons(), &[(0..40).collect()], &bootstrap).is_empty());
        let pairs: Vec<Vec<usize>> = (0..20).map(|pair| vec![2 * pair, 2 * pair + 1]).collect();
        assert_ne!(intervals(&neurons(), &pairs, &bootstrap), intervals(&neurons(), &units(40), &bootstrap));
    }

    #[test]
    fn intervals_of_unrelated_predictions_hold_0() {
        let mut random = generator(5);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let bootstrap = Bootstrap { resamples: 60, ..Bootstrap::default() };
        let mut unrelated = || {
            let trials = Trials::new((0..60).map(|_| {
                let signal = 0.5 * normal();
                [(); 10].map(|()| signal + normal())
            }));
            let predictions = Some((0..60).map(|_| normal()).collect());
            Recorded { rows: (0..60).collect(), trials, predictions, cc_max: Some(0.8) }
        };
        let holds_0 = (0..12).filter(|_| {
            let neurons: Vec<Recorded> = (0..12).map(|_| unrelated()).collect();
            let Interval { low, high } = intervals(&neurons, &units(60), &bootstrap)[&Score::R2Er];
            low <= 0.0 && 0.0 <= high
        });
        // Quantiles of the resamples themselves lie above 0 in nearly all.
        assert!(holds_0.count() >= 11);
    }
}
