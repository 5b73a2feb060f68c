//! The scores that laboratories report, neuron by neuron: how well predictions agree with recordings, and how
//! reliable the recordings are.
//!
//! [`Score`] names each score and gives its formula and source. [`ScoreValues`] has the scores of one neuron,
//! with the reason for each score that is not defined.
//!
//! Notation: y_{i,k} is the response to image i of M in trial k of n_i. m_i is the mean of the trials of image i
//! and s²_i their variance with n_i - 1. p_i is the prediction. x and z are p and m without their means over
//! images. s² is the mean of s²_i over images, and u the mean of 1/n_i, so s² u is the noise of an average.
//! "Pooled" means over all trials of all images.

mod bootstrap;
mod ceiled;
mod fev;
mod feve;
mod oracle;
mod r2_er;
mod reliability;
mod score;
mod single_trial;
mod snr;
mod split_half;
mod table;
mod trials;
mod undefined;
mod values;

pub use r2_er::r2_er_interval;
pub use reliability::{NeuronChoice, Reliability};
pub use score::Score;
pub use table::{NeuronValues, Predicted, ScoreAverage, ScoreTable};
pub use trials::Trials;
pub use undefined::Undefined;
pub use values::ScoreValues;

use trials::Repeats;

/// The fewest images for a score; fewer always agree.
const FEWEST_IMAGES: usize = crate::statistics::FEWEST;

#[cfg(test)]
mod tests;
