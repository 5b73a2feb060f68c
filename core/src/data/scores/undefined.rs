//! Reasons why a neuron does not have a score.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The reason why a score is not defined for a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Undefined {
    /// A response or a prediction is infinite or not a number.
    #[error("a response or a prediction is infinite or not a number")]
    NotFinite,
    /// Too few images have enough trials. Scores need three.
    #[error("too few images have enough trials")]
    FewImages,
    /// Every image has a single trial, so noise cannot be told from signal.
    #[error("each image has a single trial, so noise cannot be told from signal")]
    SingleTrials,
    /// The trials of one image differ as much as those of different images: the signal power is not positive.
    #[error("trials of the same image differ as much as trials of different images")]
    NoSignal,
    /// The trials of each image are all equal, so the ratio of signal to noise is infinite.
    #[error("the trials of every image are all equal, so there is no noise to compare with")]
    NoNoise,
    /// The responses to all images are the same.
    #[error("the responses to all images are the same")]
    ConstantResponses,
    /// The predictions for all images are the same.
    #[error("the predictions for all images are the same")]
    ConstantPredictions,
    /// Responses are negative, so they are not counts that a square root could stabilize.
    #[error("responses are negative, so they are not counts whose variance a square root could stabilize")]
    NegativeResponses,
    /// The averages of two halves of the trials do not agree better than chance.
    #[error("the averages over two halves of the trials do not agree better than chance")]
    NoReliability,
    /// The numbers are too large or too small for a quotient of their variances.
    #[error("the numbers are too large or too small for a quotient of their variances")]
    Overflow,
}
