//! Reasons why a notebook cannot be written.

use crate::study::results::{Metric, UnknownDataset};
use pathscope_core::files::checkpoint::CheckpointError;
use std::path::PathBuf;
use thiserror::Error;

/// A reason why a notebook cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotebookError {
    /// The tables have no models.
    #[error("the tables of results have no models; write a table with models with `pathscope sweep collect`")]
    Empty,
    /// No model was trained on the data set that was asked for.
    #[error(transparent)]
    UnknownDataset(#[from] UnknownDataset),
    /// No model of the data set is finished.
    #[error("no model of {dataset} (split seed {split_seed}) is finished; resume with `pathscope sweep run`")]
    NoneFinished {
        /// The data set.
        dataset: String,
        /// The seed of its split.
        split_seed: u64,
    },
    /// No finished model has a value of the performance measure.
    #[error("no finished model of {dataset} (split seed {split_seed}) has a {}: {}", .metric.label(), .metric.remedy())]
    NotMeasured {
        /// The data set.
        dataset: String,
        /// The seed of its split.
        split_seed: u64,
        /// The measure.
        metric: Metric,
    },
    /// A file's name is not UTF-8, so a notebook cannot contain it.
    #[error("{}: the file's name is not UTF-8, as a notebook requires (rename the file)", .path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// The contributions do not fit the model.
    #[error("{}: {problem}: write them with `pathscope contributions MODEL --out DIR`", .path.display())]
    Contributions {
        /// The file of the contributions.
        path: PathBuf,
        /// The problem with them.
        problem: &'static str,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] CheckpointError),
    /// A document cannot be written as JSON.
    #[error("the notebook cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}
