//! The errors of exported programs.

use super::strengths::StrengthError;
use super::tracing::TraceError;
use crate::files::checkpoint::CheckpointError;
use crate::files::documents::{DocumentError, remedy};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The reasons why an exported program cannot be read or used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// The path cannot be opened, or is not a file.
    #[error(transparent)]
    File(#[from] DocumentError),
    /// The operating system cannot read the file.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason of the operating system.
        source: io::Error,
    },
    /// The file is of another kind, or the program is in an unsupported form.
    #[error("{}: this is {found}, not a program that pathscope reads: {remedy}", .path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// The kind of file.
        found: String,
        /// The remedy.
        remedy: String,
    },
    /// The archive holds several programs.
    #[error("{}: holds {} programs, expected one: {}. Save the one that is meant on its own with torch.export.save(program, 'model.pt2')", .path.display(), .models.len(), .models.join(", "))]
    SeveralModels {
        /// The file.
        path: PathBuf,
        /// The names of the programs.
        models: Vec<String>,
    },
    /// The version of the format is not supported.
    #[error("{}: is in version {found} of the format of exported programs, expected {expected}: export the model again with a version of PyTorch that writes it, or look for a newer pathscope", .path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The major version of the file.
        found: u64,
        /// The supported major version.
        expected: u64,
    },
    /// The file is truncated or altered.
    #[error("{}: not a readable program: {detail}. If the file was copied or downloaded, do so again; otherwise save it again with torch.export.save", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// The file would unpack to far more than its size, or exceeds a limit.
    #[error("{}: {what} would take {declared} bytes from a file of {file_size}; torch.export.save writes no such files, so it is not read. If you trust it, load it in PyTorch and save it again", .path.display())]
    Expands {
        /// The file.
        path: PathBuf,
        /// The entry or tensor.
        what: String,
        /// The size that it declares, in bytes.
        declared: u128,
        /// The size of the file, in bytes.
        file_size: u64,
    },
    /// The description of the program is too long.
    #[error("{}: {entry} has {found} bytes, expected at most {most}: export the model with fewer steps or smaller parts", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The entry.
        entry: String,
        /// The size of the entry in bytes.
        found: u64,
        /// The largest size in bytes that is read.
        most: u64,
    },
    /// An operation reads a value that is not defined before it.
    #[error("{}: operation {operation} reads '{value}', which nothing before it defines: the file was altered; export the model again", .path.display())]
    UnknownValue {
        /// The file.
        path: PathBuf,
        /// The operation.
        operation: String,
        /// The name of the missing value.
        value: String,
    },
    /// Two values or operations have the same name.
    #[error("{}: two of the program's values or operations are called '{name}': the file was altered; export the model again", .path.display())]
    DuplicateName {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// An output is not defined by any operation.
    #[error("{}: the program returns '{value}', which none of its operations defines: the file was altered; export the model again", .path.display())]
    UnknownOutput {
        /// The file.
        path: PathBuf,
        /// The name of the output.
        value: String,
    },
    /// The file lacks a weight that the program uses.
    #[error("{}: has no numbers for {weight}, which the program uses: save it again with torch.export.save, from a model whose weights are loaded", .path.display())]
    MissingWeight {
        /// The file.
        path: PathBuf,
        /// The weight's name in the model.
        weight: String,
    },
    /// The stored weight differs from the program's description of it.
    #[error("{}: {weight} is stored as {found}, but the program expects {expected}: the file was altered; save it again with torch.export.save", .path.display())]
    WeightMismatch {
        /// The file.
        path: PathBuf,
        /// The weight's name in the model.
        weight: String,
        /// Its type and shape in the program.
        expected: String,
        /// Its type and shape in the file.
        found: String,
    },
    /// A weight is stored in an unsupported form.
    #[error("{}: {weight} is stored as {found}, which pathscope does not read: {remedy}", .path.display())]
    UnsupportedWeight {
        /// The file.
        path: PathBuf,
        /// The weight's name in the model.
        weight: String,
        /// The form in which it is stored.
        found: String,
        /// The remedy.
        remedy: String,
    },
    /// The elements of a value are not in the file, because it is an input or the result of an operation.
    #[error("{}: the numbers of '{value}' are not stored: it is {what}, known only when the program runs", .path.display())]
    NotStored {
        /// The file.
        path: PathBuf,
        /// The value's name in the program.
        value: String,
        /// The kind of value.
        what: String,
    },
    /// The paths cannot be followed.
    #[error("{}: {problem}", .path.display())]
    Paths {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: Box<TraceError>,
    },
    /// There are too many paths, or paths of too many lengths, to be counted.
    #[error("{}: its paths have too many lengths and meet too often to be counted: choose a part of the model with --from MODULE and --to MODULE", .path.display())]
    Uncountable {
        /// The file.
        path: PathBuf,
    },
    /// A component has no strength.
    #[error("{}: {problem}", .path.display())]
    Strength {
        /// The file.
        path: PathBuf,
        /// The reason.
        problem: Box<StrengthError>,
    },
    /// The file was opened, but could not be read to its end.
    #[error(transparent)]
    Hash(Box<CheckpointError>),
}
