//! The choice of neurons by the reliability of their recordings.

use super::{Score, ScoreTable, ScoreValues, Undefined};
use crate::data::Dataset;
use crate::files::text::{counted, number};
use serde::{Deserialize, Serialize};

/// The largest number of neurons that a sentence names.
const NAMED: usize = 10;

/// The least reliability of neurons that are scored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The least FEV ([`Score::Fev`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_fev: Option<f64>,
    /// The least corrected SNR ([`Score::SnrCorrected`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_snr: Option<f64>,
}

/// The neurons of a data set that were chosen by their reliability over all images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeuronChoice {
    /// The criterion.
    #[serde(flatten)]
    pub reliability: Reliability,
    /// The number of neurons of the data set.
    pub of: usize,
    /// The neurons that are left out, by their columns in the recordings.
    pub left_out: Vec<usize>,
}

impl Reliability {
    /// Chooses the neurons of a data set whose recordings are reliable enough. Reliability is over all images,
    /// so that the choice does not depend on a split.
    ///
    /// # Returns
    ///
    /// The choice and the indices of the chosen neurons in the data set, or `None` if no criterion is set.
    ///
    /// # Complexity
    ///
    /// O(responses · trials).
    pub fn choose(&self, dataset: &Dataset) -> Option<(NeuronChoice, Vec<usize>)> {
        if *self == Self::default() {
            return None;
        }
        let table = ScoreTable::of_recordings(dataset);
        let is_chosen = |index: &usize| {
            let scores = &table.by_neuron[*index].scores;
            reaches(scores, Score::Fev, self.min_fev) && reaches(scores, Score::SnrCorrected, self.min_snr)
        };
        let (chosen, left_out): (Vec<usize>, Vec<usize>) =
            (0..table.by_neuron.len()).partition(|index| is_chosen(index));
        let left_out = left_out.into_iter().map(|index| table.by_neuron[index].neuron).collect();
        Some((NeuronChoice { reliability: *self, of: table.by_neuron.len(), left_out }, chosen))
    }
}

/// Returns whether a neuron's score is at least a value, if one is given. Without noise it always is.
fn reaches(scores: &ScoreValues, score: Score, least: Option<f64>) -> bool {
    let is_noiseless = scores.undefined.get(&score) == Some(&Undefined::NoNoise);
    least.is_none_or(|least| is_noiseless || scores.get(score).is_some_and(|value| value >= least))
}

impl NeuronChoice {
    /// Returns a sentence that says which neurons are left out and why.
    pub fn sentence(&self) -> String {
        let Reliability { min_fev, min_snr } = self.reliability;
        let criteria = [("an FEV", min_fev), ("a corrected SNR", min_snr)];
        let criteria: Vec<String> = criteria
            .into_iter()
            .filter_map(|(name, least)| Some(format!("{name} of at least {}", number(least?))))
            .collect();
        let criteria = criteria.join(" and ");
        if self.left_out.is_empty() {
            return format!("all {} have {criteria}", counted(self.of, "neuron"));
        }
        let named: Vec<String> = self.left_out.iter().take(NAMED).map(ToString::to_string).collect();
        let more = self.left_out.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(
            "{} of {} are left out, without {criteria}: {}{more}",
            self.left_out.len(),
            counted(self.of, "neuron"),
            named.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::scores::Trials;

    #[test]
    fn a_neuron_without_noise_is_reliable() {
        let of = |images: [[f64; 2]; 3]| ScoreValues::new(&Trials::new(images), None, None);
        let noiseless = of([[1.0; 2], [2.0; 2], [3.0; 2]]);
        assert!(
            reaches(&noiseless, Score::SnrCorrected, Some(1e9)) && reaches(&noiseless, Score::Fev, Some(1.0))
        );
        let single = of([[1.0, f64::NAN], [2.0, f64::NAN], [3.0, f64::NAN]]);
        assert!(reaches(&single, Score::Fev, None) && !reaches(&single, Score::Fev, Some(-1.0)));
    }

    #[test]
    fn the_sentence_names_the_first_ones() {
        let reliability = Reliability { min_fev: Some(0.15), min_snr: Some(1.0) };
        let choice = |left_out: Vec<usize>| NeuronChoice { reliability, of: 40, left_out }.sentence();
        assert_eq!(
            choice((0..12).collect()),
            "12 of 40 neurons are left out, without an FEV of at least 0.15 and a corrected SNR of at least 1: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
        );
        assert_eq!(
            choice(Vec::new()),
            "all 40 neurons have an FEV of at least 0.15 and a corrected SNR of at least 1"
        );
    }
}
