//! Warnings about misleading scores.

use super::{Evaluation, NeuronScore, Scores};
use crate::data::{FormulaUse, TrialUse};
use crate::files::text::number;
use crate::statistics::median;

/// The fraction of the median ceiling below which a ceiling is low.
const LOW: f64 = 0.5;
/// The factor by which neurons must raise the mean CC_norm² to dominate it.
const RULES: f64 = 1.1;
/// The largest number of neurons that a warning names.
const NAMED: usize = 3;
/// The relative error of CC_norm² from which a warning is given.
const OFF: f64 = 0.05;

/// Neurons whose low ceilings dominate a mean CC_norm².
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// The neurons, the one with the largest CC_norm² first.
    pub neurons: Vec<NeuronScore>,
    /// Their fraction of the sum of all CC_norm².
    pub share: f64,
    /// The mean CC_norm² of all other neurons.
    pub mean_without: f64,
}

impl Scores {
    /// Returns the neurons whose ceiling is so low that they dominate the mean CC_norm².
    ///
    /// # Returns
    ///
    /// Neurons with a CC_norm² above 1 and a CC_max below half the median, if together they raise the mean by
    /// a tenth or more.
    ///
    /// # Complexity
    ///
    /// O(neurons log neurons).
    ///
    /// # Examples
    ///
    /// One of three neurons has a CC_norm² of 0.4² / 0.02² = 400.
    ///
    /// ```
    /// use ndarray::array;
    /// use pathscope_core::data::evaluation::Scores;
    ///
    /// let predictions = array![[1.0, 1.0, 1.0], [2.0, 3.0, 2.0], [3.0, 2.0, 3.0]];
    /// let responses = array![[2.0, 1.0, 1.0], [4.0, 2.0, 3.0], [6.0, 3.0, 2.0]];
    /// let ceilings = [Some(1.0), Some(0.02), Some(0.9)];
    /// let scores = Scores::new(predictions.view(), responses.view(), &ceilings, &[0, 1, 2]);
    /// let ruling = scores.ruling().unwrap();
    /// assert_eq!(ruling.neurons[0].neuron, 1);
    /// assert!(ruling.share > 0.99 && ruling.mean_without < 1.0);
    /// ```
    pub fn ruling(&self) -> Option<Ruling> {
        let scored =
            || self.by_neuron.iter().filter_map(|score| Some((score, score.cc_max?, score.cc_norm2?)));
        let low = LOW * median(scored().map(|(_, cc_max, _)| cc_max))?;
        let rules = |cc_max: f64, cc_norm2: f64| cc_norm2 > 1.0 && cc_max < low;
        let (mut neurons, mut others) = (Vec::new(), Vec::new());
        for (score, cc_max, cc_norm2) in scored() {
            if rules(cc_max, cc_norm2) { neurons.push((*score, cc_norm2)) } else { others.push(cc_norm2) }
        }
        neurons.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (ruled, rest) = (neurons.iter().map(|(_, score)| score).sum::<f64>(), others.iter().sum::<f64>());
        let mean_without = rest / others.len() as f64;
        let mean = (ruled + rest) / (neurons.len() + others.len()) as f64;
        (!neurons.is_empty() && mean >= RULES * mean_without).then(|| Ruling {
            neurons: neurons.into_iter().map(|(score, _)| score).collect(),
            share: ruled / (ruled + rest),
            mean_without,
        })
    }

    /// Returns warnings about misleading scores, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(ruling) = self.ruling() {
            warnings.push(ruling.sentence());
        }
        warnings.extend(self.against_responses());
        match self.by_neuron.iter().filter(|score| score.cc_raw == 0.0).count() {
            0 => {}
            zero => warnings.push(format!(
                "{} a CC_raw of exactly 0: what is predicted is the same for all images (or the responses to them are)",
                neurons_have(zero)
            )),
        }
        warnings
    }

    /// Returns a warning that names the neurons that are predicted against their responses.
    fn against_responses(&self) -> Option<String> {
        let negative: Vec<String> = self
            .by_neuron
            .iter()
            .filter(|score| score.cc_raw < 0.0)
            .map(|score| score.neuron.to_string())
            .collect();
        let named = negative.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = negative.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let one = negative.len() == 1;
        (!negative.is_empty()).then(|| {
            format!(
                "{} predicted against {} responses ({named}{more}): the square of the negative CC_raw hides it, and in CC_raw², CC_norm² and r²_ER {} as if {} variance",
                if one { "1 neuron is".to_owned() } else { format!("{} neurons are", negative.len()) },
                if one { "its" } else { "their" },
                if one { "it counts" } else { "they count" },
                if one { "it explained" } else { "they explained" },
            )
        })
    }
}

impl Ruling {
    fn sentence(&self) -> String {
        let named: Vec<String> = self
            .neurons
            .iter()
            .take(NAMED)
            .map(|score| {
                format!(
                    "neuron {} with CC_max {}",
                    score.neuron,
                    score.cc_max.map_or_else(String::new, number)
                )
            })
            .collect();
        let more = self.neurons.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(
            "{}{more} {} {:.0} % of the mean CC_norm², which is {} without: use the median, or leave out neurons with such a low ceiling",
            named.join(", "),
            if self.neurons.len() == 1 { "makes" } else { "make" },
            100.0 * self.share,
            number(self.mean_without),
        )
    }
}

impl Evaluation {
    /// Returns warnings about misleading scores, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> =
            self.trials.iter().flat_map(|trials| of_trials(trials, self.settings.images)).collect();
        warnings.extend(self.unlike_trials());
        let Scores { neurons, without_ceiling, .. } = self.scores;
        if without_ceiling > 0 {
            let reason = match self.trials {
                Some(trials) if trials.formula == FormulaUse::NoTrials => trials.to_string(),
                _ => "their trials are too few or agree no better than chance".to_owned(),
            };
            warnings.push(format!(
                "{without_ceiling} of {neurons} neurons have no CC_max: {reason}, so no mean of CC_max or CC_norm² counts them"
            ));
        }
        warnings.extend(self.scores.warnings());
        warnings
    }

    /// Returns a warning if the scored images have so many more or fewer trials than the images of the
    /// ceiling that it matters.
    fn unlike_trials(&self) -> Option<String> {
        let (trials, cc_max) = (self.trials?, self.scores.mean_cc_max?);
        let explainable = cc_max.powi(2).min(1.0);
        let of_scored = 1.0 - (1.0 - explainable) * trials.noise_ratio?;
        let off = of_scored / explainable - 1.0;
        (off.abs() > OFF).then(|| {
            let (more, high) = if off > 0.0 { ("more", "high") } else { ("fewer", "low") };
            format!(
                "the scored images have {more} trials than those that CC_max is over, so CC_norm² is up to {:.0} % too {high}: give --trials {} for as many of each",
                100.0 * off.abs(),
                trials.fewest
            )
        })
    }
}

fn of_trials(trials: &TrialUse, images: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    let left_out = images - trials.scored_images.min(images);
    if left_out > 0 {
        let have = match trials.first {
            Some(first) => format!("fewer than {first} trials"),
            None => "a single trial".to_owned(),
        };
        warnings.push(format!(
            "{left_out} of the {images} images have {have} and are left out: CC_raw is over the other {}, CC_max over the {} of all images that have enough",
            trials.scored_images, trials.ceiling_images
        ));
    }
    if trials.neurons_with_few_images > 0 {
        warnings.push(format!(
            "{} fewer than two images with {} trials among those that are scored: CC_raw is over all of these, and there is no CC_max",
            neurons_have(trials.neurons_with_few_images),
            trials.first.map_or("several".to_owned(), |first| first.to_string())
        ));
    }
    warnings
}

fn neurons_have(count: usize) -> String {
    if count == 1 { "1 neuron has".to_owned() } else { format!("{count} neurons have") }
}
