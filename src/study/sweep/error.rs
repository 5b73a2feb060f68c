//! The errors of a sweep.

use crate::study::StudyError;
use pathscope_core::files::documents::{DocumentError, remedy};
use pathscope_core::files::output::OutputError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a sweep cannot continue.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The study is invalid.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The operating system refuses access.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// No sweep was begun in the folder.
    #[error("{}: no sweep was begun here: begin one with `pathscope sweep run STUDY --out {}`", .path.display(), .path.display())]
    NoSweep {
        /// The folder.
        path: PathBuf,
    },
    /// A document of the sweep is unreadable or invalid.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The folder belongs to another study.
    #[error("{}: this is the sweep of the study '{found}', not of '{expected}': give another folder with --out", .path.display())]
    OtherStudy {
        /// The folder.
        path: PathBuf,
        /// The study that the sweep was begun for.
        found: String,
        /// The study that was given.
        expected: String,
    },
    /// The model does not belong to the study.
    #[error(
        "{id}: not a model of the study '{study}': list its models with `pathscope sweep plan --format csv`"
    )]
    UnknownModel {
        /// The identity that was given.
        id: String,
        /// The study.
        study: String,
    },
    /// The training program cannot be started.
    #[error("{}: cannot be run: {source}", .path.display())]
    Companion {
        /// The program.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The folder cannot be locked, so that several processes could interfere with each other.
    #[error("{}: cannot be locked: {source}: put the sweep on a file system that supports locks", .path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}
