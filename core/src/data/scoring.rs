//! The targets of scores: trial averages and the corresponding ceilings.

use super::Dataset;
use crate::data::explained_variance::{Ceiling, CeilingFormula, ceilings, trials_needed};
use crate::data::scores::Trials;
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The smallest number of images that gives a meaningful correlation.
const FEWEST_SCORED: usize = 2;

/// The responses that predictions of some images are scored against, with matching ceilings.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredResponses {
    /// Averages over trials \[images, neurons\], NaN where there are too few trials for the image to count.
    pub averages: Array2<f64>,
    /// CC_max of each neuron.
    pub ceilings: Vec<Option<f64>>,
    /// The trials and images behind averages and ceilings.
    pub trials: TrialUse,
}

/// The trials and images behind scores and ceilings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialUse {
    /// The number of trials of each image that were used, from the first; null if all were.
    pub first: Option<usize>,
    /// The formulas that estimate CC_max.
    pub formula: FormulaUse,
    /// The smallest number of trials of an image behind a ceiling.
    pub fewest: usize,
    /// The largest number of trials of an image behind a ceiling.
    pub most: usize,
    /// The number of images of the whole data set behind a ceiling, for the neuron with the fewest.
    pub ceiling_images: usize,
    /// The number of images behind a score, for the neuron with the fewest.
    pub scored_images: usize,
    /// The number of neurons without a ceiling because fewer than two scored images have enough trials. Their
    /// CC_raw covers all of these images.
    pub neurons_with_few_images: usize,
    /// The noise of averages of the scored images relative to the noise of those behind the ceiling. It is
    /// the mean of 1/n over the former divided by that over the latter, for the neuron where it is furthest
    /// from 1.
    pub noise_ratio: Option<f64>,
}

/// The formulas that estimate the CC_max of all neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormulaUse {
    /// No formula, because there are no trials to compare.
    NoTrials,
    /// Eq. 3c.
    EqualTrials,
    /// CC_max² = 1 - mean_i(s²_i / n_i) / Var(averages).
    UnequalTrials,
    /// Either formula, depending on the neuron's numbers of trials.
    ByNeuron,
}

impl Dataset {
    /// Returns the averages and ceilings for scoring predictions of some images.
    ///
    /// Ceilings cover all images (paper, C.4). Averages do too if every image has several trials or every
    /// image has one. If some images have one trial and others more, images of one trial are left out of
    /// both. With [`OpenOptions::trials`](super::OpenOptions::trials), images with fewer trials than that are
    /// left out.
    ///
    /// # Arguments
    ///
    /// * `images` - the predicted images, given by their rows
    ///
    /// # Complexity
    ///
    /// O(responses).
    pub fn scored_responses(&self, images: &[usize]) -> ScoredResponses {
        let mut averages = self.trial_average().select(Axis(0), images);
        let counts = self.trial_counts();
        let mut found = ceilings(self.responses.view(), self.trials);
        let mut few = 0;
        let mut scored_images = images.len();
        let mut noise_ratio: Option<f64> = None;
        for (neuron, ceiling) in found.iter_mut().enumerate() {
            let counts = counts.column(neuron);
            let needed = trials_needed(counts.iter().copied(), self.trials);
            let enough = |&image: &usize| counts[image] >= needed;
            let scored: Vec<usize> = images.iter().copied().filter(enough).collect();
            if scored.len() < FEWEST_SCORED.min(images.len()) {
                ceiling.cc_max = None;
                few += 1;
                continue;
            }
            scored_images = scored_images.min(scored.len());
            for (row, _) in images.iter().enumerate().filter(|(_, image)| !enough(image)) {
                averages[[row, neuron]] = f64::NAN;
            }
            if ceiling.cc_max.is_some() {
                let all = (0..counts.len()).filter(enough);
                let ratio = noise(scored.into_iter(), &counts) / noise(all, &counts);
                let further = |than: f64| ratio.ln().abs() > than.ln().abs();
                if noise_ratio.is_none_or(further) {
                    noise_ratio = Some(ratio);
                }
            }
        }
        let trials = TrialUse {
            first: self.trials,
            formula: FormulaUse::of(&found),
            fewest: found.iter().map(|ceiling| ceiling.fewest).min().unwrap_or(0),
            most: found.iter().map(|ceiling| ceiling.most).max().unwrap_or(0),
            ceiling_images: found.iter().map(|ceiling| ceiling.images).min().unwrap_or(0),
            scored_images,
            neurons_with_few_images: few,
            noise_ratio,
        };
        ScoredResponses { averages, ceilings: found.iter().map(|ceiling| ceiling.cc_max).collect(), trials }
    }

    /// Returns the trials of a neuron that count for scores of some images, with the places of their images in
    /// `images`. Which images count is as in [`scored_responses`](Self::scored_responses).
    pub(crate) fn counted_trials(&self, neuron: usize, images: &[usize]) -> (Vec<usize>, Trials) {
        let responses = self.responses.index_axis(Axis(2), neuron);
        let present = |image: usize| responses.row(image).into_iter().filter(|response| !response.is_nan());
        let counts: Vec<usize> = (0..responses.nrows()).map(|image| present(image).count()).collect();
        let needed = trials_needed(counts.iter().copied(), self.trials);
        let mut rows: Vec<usize> = (0..images.len()).filter(|&row| counts[images[row]] >= needed).collect();
        if rows.len() < FEWEST_SCORED.min(images.len()) {
            rows = (0..images.len()).collect();
        }
        let trials = Trials::new(rows.iter().map(|&row| present(images[row]).map(|&y| f64::from(y))));
        (rows, trials)
    }

    /// Returns the places of some images in groups that are independent of each other: those of `groups.npy`,
    /// or else each image by itself.
    pub(crate) fn independent_images(&self, images: &[usize]) -> Vec<Vec<usize>> {
        let Some(groups) = &self.groups else { return (0..images.len()).map(|place| vec![place]).collect() };
        let mut places: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        images
            .iter()
            .enumerate()
            .for_each(|(place, &image)| places.entry(groups[image]).or_default().push(place));
        places.into_values().collect()
    }
}

/// Returns the mean of 1/n over images, to which the noise of averages is proportional.
fn noise(images: impl Iterator<Item = usize>, counts: &ndarray::ArrayView1<'_, usize>) -> f64 {
    let (sum, images) =
        images.fold((0.0, 0.0), |(sum, images), image| (sum + 1.0 / counts[image] as f64, images + 1.0));
    sum / images
}

impl FormulaUse {
    fn of(ceilings: &[Ceiling]) -> Self {
        let any = |formula| ceilings.iter().any(|ceiling| ceiling.formula == formula);
        match (any(CeilingFormula::EqualTrials), any(CeilingFormula::UnequalTrials)) {
            (false, false) => Self::NoTrials,
            (true, false) => Self::EqualTrials,
            (false, true) => Self::UnequalTrials,
            (true, true) => Self::ByNeuron,
        }
    }
}

impl TrialUse {
    /// The remark about data sets with a single response to each image.
    pub const NO_TRIALS: &'static str =
        "there is one response to each image: averages without trials, or single trials, give no CC_max";
}

/// Writes in one line how CC_max was estimated.
impl fmt::Display for TrialUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trials = match (self.first, self.fewest, self.most) {
            (Some(first), ..) => format!("the first {first} trials of each image"),
            (None, fewest, most) if fewest == most => format!("{most} trials of each image"),
            (None, fewest, most) => format!("{fewest} to {most} trials of an image"),
        };
        let unequal = "1 - mean(s²/n) / Var(averages)";
        match self.formula {
            FormulaUse::NoTrials if self.most < 2 => f.write_str(Self::NO_TRIALS),
            FormulaUse::NoTrials => f.write_str("no two images have two trials, so there is no CC_max"),
            FormulaUse::EqualTrials => write!(f, "CC_max by Eq. 3c, of {trials}"),
            FormulaUse::UnequalTrials => write!(f, "CC_max² = {unequal}, of {trials}"),
            FormulaUse::ByNeuron => write!(
                f,
                "CC_max by Eq. 3c where a neuron has equally many trials of each image, else CC_max² = {unequal}, of {trials}"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
