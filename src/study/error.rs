//! Why a study cannot be planned.

use pathscope_core::files::documents::DocumentError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a study cannot be planned.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The file cannot be read, or is not a study.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// An entry that cannot be what it is.
    #[error("{}: in {place}: {detail}", .path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// The table of the study.
        place: String,
        /// What is wrong, and what is expected.
        detail: String,
    },
    /// More models than anyone trains.
    #[error("{}: asks for more than {limit} models: shorten its axes, or split it into several studies", .path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
        /// Most models of a study.
        limit: usize,
    },
    /// The models have more paths than can be planned.
    #[error("{}: its multi-path and ablated models have more paths than can be planned: reduce `iterations` or `recurrent-blocks`, or split it into several studies", .path.display())]
    TooManyPaths {
        /// The file.
        path: PathBuf,
    },
    /// No model at all.
    #[error("{}: asks for no model: give it a table [recurrent] or [feed-forward], and look at [[exclude]]", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}
