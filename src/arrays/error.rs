//! What can be wrong with a file of arrays.

use crate::checkpoint::remedy;
use crate::tables::shape;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why an array cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The operating system refuses.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// A file of another kind.
    #[error("{}: this is {found}, expected {expected}: {remedy}", .path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A header that cannot be understood.
    #[error("{}: its header cannot be read: {detail}. Write the file again, for instance with numpy.save", .path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// Elements that are no plain numbers.
    #[error("{}: its elements have the type {found}, expected integers or floating-point numbers: convert them with numpy's astype", .path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// NumPy's description of the type.
        found: String,
    },
    /// A file that is shorter or longer than its header says.
    #[error("{}: its header says [{}] of {element}, {}, but {found} bytes follow: the file is {}; copy or write it again", .path.display(), shape(.extents, ", "), bytes_of(*.expected), damage(*.expected, *.found))]
    Size {
        /// The file.
        path: PathBuf,
        /// The extents in the header.
        extents: Vec<usize>,
        /// The type of the elements.
        element: &'static str,
        /// The bytes that these take; none where that is no number of 64 bits.
        expected: Option<u64>,
        /// The bytes that there are.
        found: u64,
    },
    /// Numbers that are not whole or too large.
    #[error("{}: holds {found}, expected whole numbers of 32 bits", .path.display())]
    NotWhole {
        /// The file.
        path: PathBuf,
        /// The first such number.
        found: f64,
    },
}

fn bytes_of(expected: Option<u64>) -> String {
    expected.map_or("more bytes than can be counted".to_owned(), |expected| format!("{expected} bytes"))
}

fn damage(expected: Option<u64>, found: u64) -> &'static str {
    if expected.is_some_and(|expected| expected < found) { "longer than it should be" } else { "cut off" }
}
