//! Scores of predicted responses, neuron by neuron (paper, C.4).

mod document;
mod warnings;

pub use document::{
    EVALUATION, EvaluatedData, EvaluatedModel, EvaluatedPart, Evaluation, EvaluationError,
    EvaluationSettings, SCHEMA,
};

pub use warnings::Ruling;

use crate::data::explained_variance::normalized_explained_variance;
use crate::statistics::{correlation, mean, median};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// The scores of one neuron.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeuronScore {
    /// Its column in the recordings, from 0.
    pub neuron: usize,
    /// CC_raw (Eq. 3b).
    pub cc_raw: f64,
    /// CC_max ([`correlation_ceiling`](crate::data::explained_variance::correlation_ceiling)) over all
    /// images; `None` if the trials give no ceiling.
    pub cc_max: Option<f64>,
    /// CC_norm² (Eq. 3a).
    pub cc_norm2: Option<f64>,
}

/// The scores of all neurons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The number of neurons.
    pub neurons: usize,
    /// The number of neurons without a ceiling, which the averages of CC_max and CC_norm² leave out.
    pub without_ceiling: usize,
    /// Mean CC_raw over all neurons.
    pub mean_cc_raw: f64,
    /// Mean CC_raw² over all neurons: the fraction of the variance of trial averages that is explained.
    pub mean_cc_raw2: f64,
    /// Mean CC_max over the neurons that have a ceiling.
    pub mean_cc_max: Option<f64>,
    /// Mean CC_norm² over the neurons that have a ceiling: the paper's measure of performance.
    pub mean_cc_norm2: Option<f64>,
    /// The median of CC_norm², which a single neuron with a low ceiling cannot dominate.
    #[serde(default)]
    pub median_cc_norm2: Option<f64>,
    /// The scores of each neuron.
    pub by_neuron: Vec<NeuronScore>,
}

impl Scores {
    /// Computes the scores of predictions.
    ///
    /// # Arguments
    ///
    /// * `predictions`, `responses` - \[images, neurons\], for the same images: the model's output and the
    ///   trial averages, NaN where an image does not count for a neuron
    /// * `ceilings` - CC_max of each neuron
    /// * `neurons` - the column of each neuron in the recordings
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    ///
    /// # Complexity
    ///
    /// O(images · neurons).
    ///
    /// # Examples
    ///
    /// The first neuron is predicted perfectly, although an ideal model reaches only CC_max = 0.8; the second
    /// has no ceiling.
    ///
    /// ```
    /// use ndarray::array;
    /// use pathscope_core::data::evaluation::Scores;
    ///
    /// let predictions = array![[1.0, 1.0], [2.0, 3.0], [3.0, 2.0]];
    /// let responses = array![[2.0, 1.0], [4.0, 2.0], [6.0, 3.0]];
    /// let scores = Scores::new(predictions.view(), responses.view(), &[Some(0.8), None], &[0, 1]);
    /// assert!((scores.mean_cc_raw - (1.0 + 0.5) / 2.0).abs() < 1e-12);
    /// assert!((scores.mean_cc_norm2.unwrap() - 1.0 / 0.64).abs() < 1e-12);
    /// assert_eq!(scores.without_ceiling, 1);
    /// ```
    pub fn new(
        predictions: ArrayView2<'_, f64>,
        responses: ArrayView2<'_, f64>,
        ceilings: &[Option<f64>],
        neurons: &[usize],
    ) -> Self {
        assert_eq!(predictions.dim(), responses.dim(), "predictions and responses of different sizes");
        assert_eq!(ceilings.len(), neurons.len(), "a ceiling for each neuron");
        assert_eq!(predictions.ncols(), neurons.len(), "a column for each neuron");
        let score = |(column, (&neuron, &cc_max)): (usize, (&usize, &Option<f64>))| {
            let pairs = predictions.column(column).into_iter().zip(responses.column(column));
            let (predicted, recorded): (Vec<f64>, Vec<f64>) =
                pairs.filter(|(_, recorded)| !recorded.is_nan()).map(|(a, b)| (*a, *b)).unzip();
            let cc_raw = correlation(&predicted, &recorded);
            NeuronScore { neuron, cc_raw, cc_max, cc_norm2: normalized_explained_variance(cc_raw, cc_max) }
        };
        let by_neuron: Vec<NeuronScore> = neurons.iter().zip(ceilings).enumerate().map(score).collect();
        Self::of_neurons(by_neuron)
    }

    /// Returns the scores with the averages over neurons.
    fn of_neurons(by_neuron: Vec<NeuronScore>) -> Self {
        let mean_of = |of: &dyn Fn(&NeuronScore) -> Option<f64>| {
            let values: Vec<f64> = by_neuron.iter().filter_map(of).collect();
            (!values.is_empty()).then(|| mean(values))
        };
        Self {
            neurons: by_neuron.len(),
            without_ceiling: by_neuron.iter().filter(|score| score.cc_max.is_none()).count(),
            mean_cc_raw: mean_of(&|score| Some(score.cc_raw)).unwrap_or(0.0),
            mean_cc_raw2: mean_of(&|score| Some(score.cc_raw.powi(2))).unwrap_or(0.0),
            mean_cc_max: mean_of(&|score| score.cc_max),
            mean_cc_norm2: mean_of(&|score| score.cc_norm2),
            median_cc_norm2: median_of(&by_neuron),
            by_neuron,
        }
    }

    /// Returns the name of an average that differs from the average over the neurons, if there is one.
    fn disagreement(&self) -> Option<&'static str> {
        let of_neurons = Self::of_neurons(self.by_neuron.clone());
        let near = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() <= TOLERANCE * other.abs().max(1.0),
            (one, other) => one.is_none() && other.is_none(),
        };
        let means = |of: fn(&Self) -> Option<f64>| near(of(self), of(&of_neurons));
        [
            ("without_ceiling", self.without_ceiling == of_neurons.without_ceiling),
            ("mean_cc_raw", means(|scores| Some(scores.mean_cc_raw))),
            ("mean_cc_raw2", means(|scores| Some(scores.mean_cc_raw2))),
            ("mean_cc_max", means(|scores| scores.mean_cc_max)),
            ("mean_cc_norm2", means(|scores| scores.mean_cc_norm2)),
            // The first versions did not write it.
            ("median_cc_norm2", self.median_cc_norm2.is_none() || means(|scores| scores.median_cc_norm2)),
        ]
        .into_iter()
        .find_map(|(name, agrees)| (!agrees).then_some(name))
    }
}

/// The largest accepted difference between a stated average and the average over the stated neurons.
const TOLERANCE: f64 = 1e-9;

fn median_of(by_neuron: &[NeuronScore]) -> Option<f64> {
    median(by_neuron.iter().filter_map(|score| score.cc_norm2))
}

#[cfg(test)]
mod tests;
