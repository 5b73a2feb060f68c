//! Errors of array files.

use super::unreadable::NotReadable;
use super::{Listed, Unreadable};
use crate::files::documents::{DocumentError, remedy};
use crate::files::text::shape;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why an array cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The path cannot be opened, or is not a file.
    #[error(transparent)]
    File(#[from] DocumentError),
    /// The operating system reports an error.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason that it gives.
        source: io::Error,
    },
    /// The file has another format.
    #[error("{}: this is {found}, expected {expected}: {remedy}", .path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// The expected format.
        expected: &'static str,
        /// The format found instead.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The folder does not hold one file for each row.
    #[error("{}: a folder is read as one file for each row, but {detail}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it and what to do.
        detail: String,
    },
    /// The header cannot be parsed.
    #[error("{}: its header cannot be read: {detail}. Write the file again, for instance with numpy.save", .path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The contents are not an array of numbers.
    #[error("{}{} {}", .path.display(), .key.as_ref().map_or(": this is".to_owned(), |key| format!(": '{key}' is")), NotReadable(.what.clone()))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The name in the file, if the file has names.
        key: Option<String>,
        /// The contents found instead.
        what: Unreadable,
    },
    /// The key names a group, which may hold arrays.
    #[error("{}: '{key}' is a group, not an array; {}", .path.display(), if .listed.is_empty() { "it holds nothing".to_owned() } else { format!("name what is in it: {}", in_words(.listed)) })]
    Group {
        /// The file.
        path: PathBuf,
        /// The name of the group.
        key: String,
        /// The contents of the file.
        listed: Vec<Listed>,
    },
    /// The file is shorter or longer than its header declares.
    #[error("{}: its header says [{}] of {element}, {}, but {found} bytes follow: the file is {}; copy or write it again", .path.display(), shape(.extents, ", "), bytes_of(*.expected), damage(*.expected, *.found))]
    Size {
        /// The file.
        path: PathBuf,
        /// The extents in the header.
        extents: Vec<usize>,
        /// The type of the elements.
        element: &'static str,
        /// The bytes that the array takes; `None` if that exceeds 64 bits.
        expected: Option<u64>,
        /// The bytes in the file.
        found: u64,
    },
    /// The file holds several arrays, and no key was given.
    #[error("{}: holds {} arrays; name one of them (--images-key, --responses-key, --groups-key, --image-ids-key): {}", .path.display(), .listed.iter().filter(|listed| listed.may_be_meant()).count(), in_words(.listed))]
    KeyNeeded {
        /// The file.
        path: PathBuf,
        /// The contents of the file.
        listed: Vec<Listed>,
    },
    /// The named array does not exist.
    #[error("{}: has no array '{key}'{}", .path.display(), if .listed.is_empty() { ", nor any other".to_owned() } else { format!(", but: {}", in_words(.listed)) })]
    NoSuchKey {
        /// The file.
        path: PathBuf,
        /// The name that was given.
        key: String,
        /// The contents of the file.
        listed: Vec<Listed>,
    },
    /// The file has no readable array.
    #[error("{}: holds no arrays of numbers{}", .path.display(), if .listed.is_empty() { ": save images and responses in it".to_owned() } else { format!(", but: {}", in_words(.listed)) })]
    NoArrays {
        /// The file.
        path: PathBuf,
        /// The contents of the file.
        listed: Vec<Listed>,
    },
    /// The array would take far more memory than its file.
    #[error("{}: '{key}' would take {declared} bytes, from a file of {file_size}; at most {limit} are read from a file of that size. If it is right, save the array uncompressed", .path.display())]
    Expands {
        /// The file.
        path: PathBuf,
        /// The array.
        key: String,
        /// The bytes that the array declares.
        declared: u128,
        /// The size of the file.
        file_size: u64,
        /// The bytes that would be read at most.
        limit: u64,
    },
    /// A file of several arrays is truncated or altered.
    #[error("{}: not a readable {container}: {detail}. Copy or write the file again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The format that it seems to have.
        container: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// Some numbers are not integers, or are too large.
    #[error("{}: holds {found}, expected {expected}", .path.display())]
    NotWhole {
        /// The file.
        path: PathBuf,
        /// The first such number.
        found: f64,
        /// The numbers that are expected.
        expected: &'static str,
    },
}

/// The largest number of arrays that a message names.
const NAMED: usize = 20;

/// Returns the contents of a file as text, arrays of numbers first.
fn in_words(listed: &[Listed]) -> String {
    let (numbers, others): (Vec<&Listed>, Vec<&Listed>) =
        listed.iter().partition(|listed| listed.is_numbers());
    let mut names: Vec<String> =
        numbers.into_iter().chain(others).take(NAMED).map(ToString::to_string).collect();
    if listed.len() > NAMED {
        names.push(format!("and {} more", listed.len() - NAMED));
    }
    names.join("; ")
}

fn bytes_of(expected: Option<u64>) -> String {
    expected.map_or("more bytes than can be counted".to_owned(), |expected| format!("{expected} bytes"))
}

fn damage(expected: Option<u64>, found: u64) -> &'static str {
    if expected.is_some_and(|expected| expected < found) { "longer than it should be" } else { "cut off" }
}
