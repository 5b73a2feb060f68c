//! Atomic writing of result files and folders.
//!
//! The library's own results do not need this room. It serves `pathscope` and `pathscope-torch`.

mod file;
mod folder;
mod inputs;
mod temporaries;

pub use file::{PendingFile, prepare_folder, write_file};
pub use folder::PendingFolder;
pub(crate) use inputs::protect_read;
pub use inputs::{IsInput, overwrites_input, protect, protect_all_read};
pub use temporaries::{PREFIX as TEMPORARY_PREFIX, remove_all as remove_temporaries};

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// The remedy for a place that cannot be written to.
const OTHER_PLACE: &str = "give another place with --out";

/// The reason why results could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// A file or folder cannot be created.
    #[error("{}: cannot be written ({OTHER_PLACE})", .path.display())]
    NoPlace {
        /// The file or folder.
        path: PathBuf,
        /// The reason that the system gives.
        source: io::Error,
    },
    /// A folder has the name of the file.
    #[error("{}: cannot be written: there is a folder of that name ({OTHER_PLACE})", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The results would overwrite an input.
    #[error("{}: cannot be written: {source}", .path.display())]
    Input {
        /// The place, by the name that was given for the results.
        path: PathBuf,
        /// The reason.
        source: IsInput,
    },
    /// The name of the new folder is taken.
    #[error("{}: already exists, and is not overwritten (remove it or give another place with --out)", .path.display())]
    NotEmpty {
        /// The place.
        path: PathBuf,
    },
    /// A file cannot be written completely.
    #[error("{}: cannot be written (free some space or give another place with --out)", .path.display())]
    Unfinished {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Standard output cannot be written to.
    #[error("standard output cannot be written to (free some space or send the results elsewhere)")]
    Stdout {
        /// The reason.
        source: io::Error,
    },
}

impl OutputError {
    /// Returns the error for a file that could not be written completely.
    pub fn unfinished(path: &Path, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unfinished { path: path.to_owned(), source: source.into() }
    }
}

/// Returns whether the reader of our output went away, as `head` does. This is not a failure.
pub fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
