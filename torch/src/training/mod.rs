//! Training (paper, C.3), as the published implementation fills it in: Adam in phases of falling
//! learning rate, each ended by the validation loss.

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
pub use run::{Machine, Outcome, Progress, Start, run, same_settings};
pub use schedule::{Schedule, Verdict};
pub use trainer::{Best, Ending, Observer, Recordings, State, Sums};

use crate::checkpoint::SaveError;
use crate::error::NetworkError;
use pathscope_core::files::documents::DocumentError;
use std::path::PathBuf;
use thiserror::Error;

/// Why training stopped before its end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// The network cannot be computed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The loss is infinite or no number.
    #[error(
        "the loss is {loss} at step {step}: lower --learning-rate, or look at the images and responses; the state of the last validation is kept"
    )]
    NotFinite {
        /// The step, from 1.
        step: usize,
        /// The loss.
        loss: f64,
    },
    /// No validation loss of a whole phase was a number.
    #[error(
        "up to step {step} no validation loss was a finite number: lower --learning-rate, or look at the images and responses"
    )]
    NoValidation {
        /// The step.
        step: usize,
    },
    /// What an earlier run left cannot be read.
    #[error(transparent)]
    Files(#[from] DocumentError),
    /// The state cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The state cannot be read.
    #[error("{}: cannot be resumed from: {reason}; or remove {} and give the same command again, which then trains from the beginning, with the settings in settings.toml", .path.display(), .path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Something else in the folder of the run.
    #[error("{}: {reason}", .path.display())]
    Run {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}
