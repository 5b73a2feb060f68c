//! Errors of documents.

use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The reason why a document cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The operating system reports an error.
    #[error("{}: cannot be read: {reason}{}", .path.display(), with_remedy(.remedy))]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason that it gives.
        reason: io::Error,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The path is not a regular file, so reading it may never end.
    #[error("{}: this is {found}, expected a regular file: save its content as a file and give that", .path.display())]
    OtherKind {
        /// The path that was given.
        path: PathBuf,
        /// What is there instead.
        found: &'static str,
    },
    /// The file is longer than any document of its kind.
    #[error("{}: longer than {most} bytes, so not {what}{}", .path.display(), with_remedy(.remedy))]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The kind of document that was expected.
        what: &'static str,
        /// The most bytes that are read.
        most: u64,
        /// What to do; may be empty.
        remedy: &'static str,
    },
    /// The bytes are not text.
    #[error("{}: not {what}: it is not UTF-8 text{}", .path.display(), with_remedy(.remedy))]
    NoText {
        /// The file.
        path: PathBuf,
        /// The kind of document that was expected.
        what: &'static str,
        /// What to do; may be empty.
        remedy: &'static str,
    },
    /// The text is not a document of this kind.
    #[error("{}: not {what}: {detail}{}", .path.display(), with_remedy(.remedy))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The kind of document that was expected.
        what: &'static str,
        /// What is wrong, and where.
        detail: String,
        /// What to do; may be empty.
        remedy: &'static str,
    },
    /// The document has another schema.
    #[error("{}: not {what} that this pathscope reads: its schema is '{found}', expected '{expected}'{}", .path.display(), schema_remedy(.found, .expected, .remedy))]
    Schema {
        /// The file.
        path: PathBuf,
        /// The kind of document that was expected.
        what: &'static str,
        /// Its schema.
        found: String,
        /// The schema that is supported.
        expected: &'static str,
        /// What to do if the schema is not newer; may be empty.
        remedy: &'static str,
    },
    /// The document was altered after it was written.
    #[error("{}: was altered after it was written: its content has the checksum {found}, but it states {stated}{}", .path.display(), with_remedy(.remedy))]
    Altered {
        /// The file.
        path: PathBuf,
        /// The checksum that it states.
        stated: String,
        /// The checksum of its content.
        found: String,
        /// What to do; may be empty.
        remedy: &'static str,
    },
}

impl DocumentError {
    /// Returns the error for a file that the operating system cannot open.
    pub(super) fn open(path: &Path, reason: io::Error) -> Self {
        let remedy = remedy(&reason).trim_start_matches(": ");
        Self::Open { path: path.to_owned(), reason, remedy }
    }

    /// Returns whether the file does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Open { reason, .. } if reason.kind() == io::ErrorKind::NotFound)
    }
}

/// Returns advice for an error of the operating system.
pub fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => ": check its name",
        io::ErrorKind::PermissionDenied => ": change its permissions",
        _ => ": copy it to another place and try again",
    }
}

fn with_remedy(remedy: &str) -> String {
    if remedy.is_empty() { String::new() } else { format!(": {remedy}") }
}

fn schema_remedy(found: &str, expected: &str, remedy: &str) -> String {
    let parts = |schema: &str| {
        let (name, version) = schema.rsplit_once('/')?;
        Some((name.to_owned(), version.parse::<u64>().ok()?))
    };
    match (parts(found), parts(expected)) {
        (Some((name, newer)), Some((known, version))) if name == known && newer > version => {
            ": it was written by a newer pathscope: update this one".to_owned()
        }
        _ => with_remedy(remedy),
    }
}
