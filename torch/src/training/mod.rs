//! Training, as in the paper (C.3) and its published implementation: Adam in phases of decreasing learning
//! rate, each ended by the validation loss.

mod adam;
mod batches;
pub mod folder;
mod loss;
mod run;
mod schedule;
mod state;
mod trainer;

pub use adam::Adam;
pub use batches::Batches;
pub use loss::{prediction_loss, readout_penalty, smoothness_penalty};
pub use run::{Machine, Outcome, Start, run, same_settings};
pub use schedule::{Schedule, Verdict};
pub use trainer::{Best, Ending, Progress, Recordings, State, Sums};

use crate::checkpoint::SaveError;
use crate::error::NetworkError;
use pathscope_core::files::documents::DocumentError;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why training failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// The network cannot be computed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The loss is not a finite number.
    #[error(
        "the loss is {loss} at step {step}: lower --learning-rate, or check the images and responses (the state of the last validation is kept)"
    )]
    NotFinite {
        /// The step, from 1.
        step: usize,
        /// The loss.
        loss: f64,
    },
    /// No validation loss of a whole phase was a finite number.
    #[error(
        "no validation loss was a finite number up to step {step}: lower --learning-rate, or check the images and responses"
    )]
    NoValidation {
        /// The step.
        step: usize,
    },
    /// A file of an earlier run cannot be read.
    #[error(transparent)]
    Files(#[from] DocumentError),
    /// The state cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The state cannot be read.
    #[error("{}: the run cannot be resumed: {reason}; or remove {} and run the same command again to train from the beginning, with the settings in settings.toml", .path.display(), .path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// The problem.
        reason: String,
    },
    /// The folder of the run cannot be used.
    #[error("{}: {reason}", .path.display())]
    Run {
        /// The folder or file.
        path: PathBuf,
        /// The problem and its remedy.
        reason: String,
    },
}
