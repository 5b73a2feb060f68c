//! Why a sweep cannot go on.

use crate::study::StudyError;
use pathscope_core::files::documents::{DocumentError, remedy};
use pathscope_core::files::output::OutputError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a sweep cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The study.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A file that cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The operating system refuses.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// A folder that no sweep was begun in.
    #[error("{}: no sweep was begun here: `pathscope sweep run STUDY --out {}` begins one", .path.display(), .path.display())]
    NoSweep {
        /// The folder.
        path: PathBuf,
    },
    /// A document of the sweep cannot be read, or is something else.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The folder of another study.
    #[error("{}: is the sweep of the study '{found}', not of '{expected}': give another folder with --out", .path.display())]
    OtherStudy {
        /// The folder.
        path: PathBuf,
        /// The study that was begun.
        found: String,
        /// The one that was given.
        expected: String,
    },
    /// A model of another study.
    #[error("{id}: is no model of the study '{study}': `pathscope sweep plan --format csv` lists them")]
    UnknownModel {
        /// What was given.
        id: String,
        /// The study.
        study: String,
    },
    /// The program that trains cannot be started.
    #[error("{}: cannot be run: {source}", .path.display())]
    Companion {
        /// The program.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Folders cannot be locked, so that several processes would get in each other's way.
    #[error("{}: cannot be locked: {source}: put the sweep on a file system with locks", .path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
