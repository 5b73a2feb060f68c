//! What can be wrong with a file of arrays.

use super::ListedArray;
use crate::documents::remedy;
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
    /// Several arrays, and none named.
    #[error("{}: holds {} arrays; name one of them (--images-key, --responses-key, --groups-key): {}", .path.display(), .arrays.len(), listed(.arrays))]
    KeyNeeded {
        /// The file.
        path: PathBuf,
        /// The arrays.
        arrays: Vec<ListedArray>,
    },
    /// The named array is not there.
    #[error("{}: has no array '{key}' of numbers{}", .path.display(), if .arrays.is_empty() { ", nor any other".to_owned() } else { format!(", but: {}", listed(.arrays)) })]
    NoSuchKey {
        /// The file.
        path: PathBuf,
        /// The name.
        key: String,
        /// The arrays that are there.
        arrays: Vec<ListedArray>,
    },
    /// No array in the file.
    #[error("{}: holds no arrays of numbers: save images and responses in it", .path.display())]
    NoArrays {
        /// The file.
        path: PathBuf,
    },
    /// An array that would take far more memory than its file.
    #[error("{}: '{key}' would take {declared} bytes, from a file of {file_size}; at most {limit} are read from a file of that size. If it is right, save the array uncompressed", .path.display())]
    Expands {
        /// The file.
        path: PathBuf,
        /// The array.
        key: String,
        /// What it declares.
        declared: u128,
        /// The size of the file.
        file_size: u64,
        /// What would be read.
        limit: u64,
    },
    /// A file of several arrays that is cut off or altered.
    #[error("{}: not a readable {container}: {detail}. Copy or write the file again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        container: &'static str,
        /// What is wrong.
        detail: String,
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

/// How many arrays a message names.
const NAMED: usize = 20;

fn listed(arrays: &[ListedArray]) -> String {
    let mut names: Vec<String> = arrays.iter().take(NAMED).map(ToString::to_string).collect();
    if arrays.len() > NAMED {
        names.push(format!("and {} more", arrays.len() - NAMED));
    }
    names.join("; ")
}

fn bytes_of(expected: Option<u64>) -> String {
    expected.map_or("more bytes than can be counted".to_owned(), |expected| format!("{expected} bytes"))
}

fn damage(expected: Option<u64>, found: u64) -> &'static str {
    if expected.is_some_and(|expected| expected < found) { "longer than it should be" } else { "cut off" }
}
