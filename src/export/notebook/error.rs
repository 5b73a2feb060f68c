//! Reasons why a notebook cannot be written.

use crate::study::results::SelectionError;
use pathscope_core::files::checkpoint::CheckpointError;
use std::path::PathBuf;
use thiserror::Error;

/// A reason why a notebook cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotebookError {
    /// The results have no models for a notebook.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A file's name is not UTF-8, so a notebook cannot contain it.
    #[error("{}: the file's name is not UTF-8, which a notebook requires (rename the file)", .path.display())]
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
