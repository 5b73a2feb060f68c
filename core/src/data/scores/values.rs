//! All scores of a neuron.

use super::split_half::{ALL_SPLITS, SplitHalf};
use super::trials::Repeats;
use super::{Score, Trials, Undefined, ceiled, fev, feve, oracle, r2_er, single_trial, snr};
use crate::data::explained_variance::normalized_explained_variance;
use crate::statistics::{correlation, mean};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::VariantArray;

/// The seed of random splits into halves. It is fixed, so that the scores of a recording never change.
const SPLIT_SEED: u64 = 0;

/// The scores of a neuron, with the reason for each score that is not defined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreValues {
    /// The scores that are defined.
    #[serde(default)]
    pub values: BTreeMap<Score, f64>,
    /// The reason for each score that is not defined.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undefined: BTreeMap<Score, Undefined>,
}

impl ScoreValues {
    /// Computes the scores of a neuron.
    ///
    /// # Arguments
    ///
    /// * `trials` - the responses to some images, all of one trial or all of several
    /// * `predictions` - the prediction for each of these images, if there are any; without them the scores are
    ///   those that need none
    /// * `cc_max` - CC_max ([`correlation_ceiling`](crate::data::explained_variance::correlation_ceiling)), which
    ///   may be over more images
    ///
    /// # Panics
    ///
    /// If there are not as many predictions as images.
    ///
    /// # Complexity
    ///
    /// O(responses · trials).
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::data::scores::{Score, ScoreValues, Trials, Undefined};
    ///
    /// let trials = Trials::new([[0.0, 2.0], [3.0, 5.0], [6.0, 8.0]]);
    /// let scores = ScoreValues::new(&trials, Some(&[1.0, 4.0, 7.0]), None);
    /// assert_eq!(scores.get(Score::CcRaw), Some(1.0));
    /// assert_eq!(scores.undefined[&Score::CcMax], Undefined::NoSignal);
    /// // Predictions of the averages have less error than single trials have noise.
    /// assert!(scores.get(Score::Feve) > Some(1.0));
    /// ```
    pub fn new(trials: &Trials, predictions: Option<&[f64]>, cc_max: Option<f64>) -> Self {
        Self::with_splits(trials, predictions, cc_max, ALL_SPLITS)
    }

    /// Computes the scores with a given number of splits into halves.
    pub(super) fn with_splits(
        trials: &Trials,
        predictions: Option<&[f64]>,
        cc_max: Option<f64>,
        splits: usize,
    ) -> Self {
        let is_finite = |numbers: &[f64]| numbers.iter().all(|number| number.is_finite());
        if !is_finite(trials.pooled()) || !predictions.is_none_or(is_finite) {
            return Self::all_undefined(predictions.is_some(), Undefined::NotFinite);
        }
        let repeats = Repeats::new(trials);
        let halves = SplitHalf::new(trials, splits, SPLIT_SEED);
        let reliability = halves.and_then(|halves| halves.reliability.ok_or(Undefined::NoReliability));
        let no_ceiling = repeats.as_ref().err().copied().unwrap_or(Undefined::NoSignal);
        let with =
            |of: fn(&Repeats) -> Result<f64, Undefined>| repeats.as_ref().map_err(|&why| why).and_then(of);
        let mut scores = Self::default();
        scores.insert(Score::CcMax, cc_max.ok_or(no_ceiling));
        scores.insert(Score::Fev, with(fev::fev));
        scores.insert(Score::Snr, repeats.as_ref().map_err(|&why| why).and_then(|_| snr::snr(trials)));
        scores.insert(Score::SnrCorrected, with(snr::snr_corrected));
        scores.insert(Score::OracleJackknife, with(oracle::jackknife));
        scores.insert(Score::OracleConservative, with(oracle::conservative));
        scores.insert(Score::SplitHalf, halves.map(|halves| halves.r));
        scores.insert(Score::SpearmanBrown, reliability);
        let Some(predictions) = predictions else { return scores };
        assert_eq!(trials.images(), predictions.len(), "a prediction for each image");
        let with = |of: fn(&Repeats, &[f64]) -> Result<f64, Undefined>| {
            repeats.as_ref().map_err(|&why| why).and_then(|repeats| of(repeats, predictions))
        };
        let averages: Vec<f64> = trials.iter().map(|image| mean(image.iter().copied())).collect();
        let cc_raw = correlation(&averages, predictions);
        scores.insert(Score::CcRaw, Ok(cc_raw));
        scores.insert(Score::CcRaw2, Ok(cc_raw.powi(2)));
        let cc_norm2 = normalized_explained_variance(cc_raw, cc_max);
        scores.insert(Score::CcNorm2, cc_norm2.ok_or(no_ceiling));
        scores.insert(Score::R2Er, with(r2_er::r2_er));
        scores.insert(Score::Feve, with(feve::feve));
        let single = single_trial::single_trial_correlation(trials, predictions);
        scores.insert(Score::SingleTrialCorrelation, single);
        scores.insert(Score::CeiledR2, reliability.and_then(|rho| ceiled::ceiled_r2(cc_raw, rho)));
        scores
    }

    /// Returns a score, if it is defined.
    pub fn get(&self, score: Score) -> Option<f64> {
        self.values.get(&score).copied()
    }

    /// Returns scores none of which is defined.
    fn all_undefined(with_predictions: bool, why: Undefined) -> Self {
        let asked = Score::VARIANTS.iter().filter(|score| with_predictions || !score.is_of_predictions());
        Self { values: BTreeMap::new(), undefined: asked.map(|&score| (score, why)).collect() }
    }

    fn insert(&mut self, score: Score, value: Result<f64, Undefined>) {
        match value {
            Ok(value) if value.is_finite() => drop(self.values.insert(score, value)),
            Ok(_) => drop(self.undefined.insert(score, Undefined::Overflow)),
            Err(why) => drop(self.undefined.insert(score, why)),
        }
    }
}
