//! The errors of planning a study.

use pathscope_core::files::documents::DocumentError;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a study cannot be planned.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The file cannot be read, or is not a study.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// An entry has an invalid value.
    #[error("{}: in {place}: {detail}", .path.display())]
    Entry {
        /// The study file.
        path: PathBuf,
        /// The table of the study with the entry.
        place: String,
        /// What is wrong, and what is expected.
        detail: String,
    },
    /// The study asks for too many models.
    #[error("{}: asks for more than {limit} models: shorten its axes, or split it into several studies", .path.display())]
    TooMany {
        /// The study file.
        path: PathBuf,
        /// The largest number of models.
        limit: usize,
    },
    /// The multi-path and ablated models have too many paths.
    #[error("{}: its multi-path and ablated models have more paths than can be planned: reduce `iterations` or `recurrent-blocks`, or split it into several studies", .path.display())]
    TooManyPaths {
        /// The study file.
        path: PathBuf,
    },
    /// The study asks for no models.
    #[error("{}: asks for no models: add a table [recurrent] or [feed-forward], or check [[exclude]]", .path.display())]
    Empty {
        /// The study file.
        path: PathBuf,
    },
}
