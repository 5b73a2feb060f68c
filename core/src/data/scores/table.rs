//! The scores of all neurons.

use super::{Score, ScoreValues, bootstrap, r2_er_interval};
use crate::data::Dataset;
use crate::files::text::number;
use crate::statistics::{Bootstrap, Interval, mean, median};
use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use strum::VariantArray;

/// The scores of the neurons of a data set, and their averages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreTable {
    /// The averages of each score that a neuron has.
    pub averages: BTreeMap<Score, ScoreAverage>,
    /// How the intervals were computed, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Bootstrap>,
    /// The median over neurons of the mean prediction divided by the mean response. It is far from 1 if they
    /// have different units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// The scores of each neuron.
    pub by_neuron: Vec<NeuronValues>,
}

/// The factor by which predictions must differ from responses for a warning.
const OTHER_UNITS: f64 = 2.0;

/// The average of a score over the neurons that have it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreAverage {
    /// The number of neurons that have the score.
    pub neurons: usize,
    /// The mean over these.
    pub mean: f64,
    /// The median over these.
    pub median: f64,
    /// The interval of the mean over images and neurons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// All scores of a neuron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeuronValues {
    /// Its column in the recordings, from 0.
    pub neuron: usize,
    /// The scores.
    #[serde(flatten)]
    pub scores: ScoreValues,
    /// The 90 % interval of r²_ER, if intervals were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r2_er_interval: Option<Interval>,
}

/// The predictions that scores are computed for.
#[derive(Clone, Copy, Debug)]
pub struct Predicted<'a> {
    /// The predictions \[images, neurons\] of all neurons of the data set, in the units of the responses.
    pub values: ArrayView2<'a, f64>,
    /// The predicted images, given by their rows in the data set.
    pub images: &'a [usize],
    /// The neurons that are scored, given by their indices in the data set.
    pub neurons: &'a [usize],
}

impl ScoreTable {
    /// Computes the scores of predictions of some images.
    ///
    /// Images of a single trial do not count for a neuron that has several trials of other images, as in
    /// [`Dataset::scored_responses`].
    ///
    /// # Arguments
    ///
    /// * `ceilings` - CC_max of each neuron of the data set
    /// * `bootstrap` - the settings of the intervals, which are left out without resamples
    ///
    /// # Panics
    ///
    /// If the numbers of images or neurons differ.
    ///
    /// # Complexity
    ///
    /// O(responses · trials), and with intervals this for each resample.
    pub fn new(
        dataset: &Dataset,
        predicted: Predicted<'_>,
        ceilings: &[Option<f64>],
        bootstrap: &Bootstrap,
    ) -> Self {
        let Predicted { values, images, neurons } = predicted;
        assert_eq!(values.dim(), (images.len(), ceilings.len()), "a prediction for each image and neuron");
        let recorded = |neuron: usize| {
            let (rows, trials) = dataset.counted_trials(neuron, images);
            let predictions = rows.iter().map(|&row| values[[row, neuron]]).collect();
            bootstrap::Recorded { rows, trials, predictions: Some(predictions), cc_max: ceilings[neuron] }
        };
        let recorded: Vec<_> = neurons.par_iter().map(|&neuron| recorded(neuron)).collect();
        let columns: Vec<usize> = neurons.iter().map(|&neuron| dataset.neurons[neuron]).collect();
        let mut table = Self::of(&recorded, &columns);
        table.scale = median(recorded.iter().filter_map(bootstrap::Recorded::scale));
        if bootstrap.resamples == 0 {
            return table;
        }
        table.by_neuron.par_iter_mut().zip(&recorded).for_each(|(neuron, recorded)| {
            let predictions = recorded.predictions.as_deref().unwrap_or_default();
            neuron.r2_er_interval = r2_er_interval(&recorded.trials, predictions, bootstrap.seed).ok();
        });
        let units = dataset.independent_images(images);
        for (score, interval) in bootstrap::mean_intervals(&recorded, &table.averages, &units, bootstrap) {
            if let Some(average) = table.averages.get_mut(&score) {
                average.interval = Some(interval);
            }
        }
        table.bootstrap = Some(*bootstrap);
        table
    }

    /// Computes the scores of a data set that need no prediction, over all images.
    ///
    /// # Complexity
    ///
    /// O(responses · trials).
    pub fn of_recordings(dataset: &Dataset) -> Self {
        let images: Vec<usize> = (0..dataset.responses.dim().0).collect();
        let ceilings = dataset.correlation_ceiling();
        let recorded = |neuron: usize| {
            let (rows, trials) = dataset.counted_trials(neuron, &images);
            bootstrap::Recorded { rows, trials, predictions: None, cc_max: ceilings[neuron] }
        };
        let recorded: Vec<_> = (0..ceilings.len()).into_par_iter().map(recorded).collect();
        Self::of(&recorded, &dataset.neurons)
    }

    /// Computes the scores of some neurons, without intervals.
    ///
    /// # Arguments
    ///
    /// * `neurons` - the number of each neuron
    pub(super) fn of(recorded: &[bootstrap::Recorded], neurons: &[usize]) -> Self {
        let scores: Vec<ScoreValues> = recorded.par_iter().map(bootstrap::Recorded::scores).collect();
        let by_neuron: Vec<NeuronValues> = neurons
            .iter()
            .zip(scores)
            .map(|(&neuron, scores)| NeuronValues { neuron, scores, r2_er_interval: None })
            .collect();
        let average = |&score: &Score| {
            let values: Vec<f64> = by_neuron.iter().filter_map(|neuron| neuron.scores.get(score)).collect();
            let median = median(values.iter().copied())?;
            Some((score, ScoreAverage { neurons: values.len(), mean: mean(values), median, interval: None }))
        };
        let averages = Score::VARIANTS.iter().filter_map(average).collect();
        Self { averages, bootstrap: None, scale: None, by_neuron }
    }

    /// Returns the mean of a score over the neurons that have it; `None` if none has it.
    pub fn mean(&self, score: Score) -> Option<f64> {
        self.averages.get(&score).map(|average| average.mean)
    }

    /// Returns a warning if the predictions seem to have other units than the responses, which only FEVE is
    /// sensitive to.
    pub fn other_units(&self) -> Option<String> {
        let scale = self.scale.filter(|scale| !(1.0 / OTHER_UNITS..=OTHER_UNITS).contains(scale))?;
        Some(format!(
            "the predictions of the median neuron are {} times its responses: FEVE needs both in the same units, which the folder of a run knows",
            number(scale)
        ))
    }

    /// Returns the reasons why neurons do not have a score, one sentence for each reason.
    pub fn reasons(&self, score: Score) -> Vec<String> {
        let why = |neuron: &NeuronValues| neuron.scores.undefined.get(&score).copied();
        let reasons: BTreeSet<_> = self.by_neuron.iter().filter_map(why).collect();
        let sentence = |reason| {
            let count = self.by_neuron.iter().filter(|neuron| why(neuron) == Some(reason)).count();
            let have = if count == 1 { "neuron has" } else { "neurons have" };
            format!("{count} of {} {have} no {}: {reason}", self.by_neuron.len(), score.label())
        };
        reasons.into_iter().map(sentence).collect()
    }
}
