//! Why a notebook cannot be written.

use crate::study::results::{Metric, UnknownDataset};
use pathscope_core::files::checkpoint::CheckpointError;
use std::path::PathBuf;
use thiserror::Error;

/// What keeps a table of results from having a notebook.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotebookError {
    /// A table without models.
    #[error("the tables of results have no models: `pathscope sweep collect` writes one that has")]
    Empty,
    /// A data set was named that no model was trained on.
    #[error(transparent)]
    UnknownDataset(#[from] UnknownDataset),
    /// No finished model.
    #[error(
        "no model of {dataset} (split seed {split_seed}) is finished: `pathscope sweep run` goes on with them"
    )]
    NoneFinished {
        /// The data set.
        dataset: String,
        /// The seed of its split.
        split_seed: u64,
    },
    /// No model has been measured so.
    #[error("no finished model of {dataset} (split seed {split_seed}) has a {}: {}", .metric.label(), .metric.remedy())]
    NotMeasured {
        /// The data set.
        dataset: String,
        /// The seed of its split.
        split_seed: u64,
        /// The measure.
        metric: Metric,
    },
    /// A path that no notebook can name.
    #[error("{}: the name is not UTF-8 text, which a notebook is (rename it)", .path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// Contributions that do not belong into the notebook of the model.
    #[error("{}: {problem}: write them with `pathscope contributions MODEL --out DIR`", .path.display())]
    Contributions {
        /// Their file.
        path: PathBuf,
        /// What is wrong with them.
        problem: &'static str,
    },
    /// A file that cannot be read.
    #[error(transparent)]
    File(#[from] CheckpointError),
    /// A document that cannot be written.
    #[error("the notebook cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}
