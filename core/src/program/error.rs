//! What can be wrong with an exported program.

use super::strengths::StrengthError;
use super::tracing::TraceError;
use crate::files::checkpoint::CheckpointError;
use crate::files::documents::{DocumentError, remedy};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why an exported program cannot be read or used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// A path that cannot be opened, or is not a file.
    #[error(transparent)]
    File(#[from] DocumentError),
    /// The operating system refuses.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// A file of another kind, or a program in a form that is not read.
    #[error("{}: this is {found}, not a program that pathscope reads: {remedy}", .path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// Several programs in one archive.
    #[error("{}: holds {} programs, expected one: {}. Save the one that is meant on its own with torch.export.save(program, 'model.pt2')", .path.display(), .models.len(), .models.join(", "))]
    SeveralModels {
        /// The file.
        path: PathBuf,
        /// The names of the programs.
        models: Vec<String>,
    },
    /// A version of the format that is not known.
    #[error("{}: is in version {found} of the format of exported programs, expected {expected}: export the model again with a version of PyTorch that writes it, or look for a newer pathscope", .path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its major version.
        found: u64,
        /// The major version that is read.
        expected: u64,
    },
    /// A file that is truncated or altered.
    #[error("{}: not a readable program: {detail}. If the file was copied or downloaded, do so again; otherwise save it again with torch.export.save", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        detail: String,
    },
    /// A file that would unpack to far more than its size, or holds more than is read at once.
    #[error("{}: {what} would take {declared} bytes from a file of {file_size}; torch.export.save writes no such files, so it is not read. If you trust it, load it in PyTorch and save it again", .path.display())]
    Expands {
        /// The file.
        path: PathBuf,
        /// The entry or tensor.
        what: String,
        /// What it declares.
        declared: u128,
        /// The file's size.
        file_size: u64,
    },
    /// A description of the program that is longer than any that is read.
    #[error("{}: {entry} has {found} bytes, expected at most {most}: export the model with fewer steps or smaller parts", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The entry.
        entry: String,
        /// Its bytes.
        found: u64,
        /// The bytes that are read at most.
        most: u64,
    },
    /// An operation that reads what was not given before it.
    #[error("{}: operation {operation} reads '{value}', which nothing before it gives: the file was altered; export the model again", .path.display())]
    UnknownValue {
        /// The file.
        path: PathBuf,
        /// The operation.
        operation: String,
        /// The value that it names.
        value: String,
    },
    /// A name that two values or operations have.
    #[error("{}: two of the program's values or operations are called '{name}': the file was altered; export the model again", .path.display())]
    DuplicateName {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// An output that nothing gives.
    #[error("{}: the program returns '{value}', which none of its operations gives: the file was altered; export the model again", .path.display())]
    UnknownOutput {
        /// The file.
        path: PathBuf,
        /// The name of the output.
        value: String,
    },
    /// A weight that the program uses but the file does not hold.
    #[error("{}: has no numbers for {weight}, which the program uses: save it again with torch.export.save, from a model whose weights are loaded", .path.display())]
    MissingWeight {
        /// The file.
        path: PathBuf,
        /// The weight's name in the model.
        weight: String,
    },
    /// A weight that is not stored as the program describes it.
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
    /// A weight that is stored in a way that is not read.
    #[error("{}: {weight} is stored as {found}, which pathscope does not read: {remedy}", .path.display())]
    UnsupportedWeight {
        /// The file.
        path: PathBuf,
        /// The weight's name in the model.
        weight: String,
        /// How it is stored.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// A value whose numbers are not in the file, because an input or an operation gives them.
    #[error("{}: the numbers of '{value}' are not stored: it is {what}, known only when the program runs", .path.display())]
    NotStored {
        /// The file.
        path: PathBuf,
        /// The value's name in the program.
        value: String,
        /// What it is.
        what: String,
    },
    /// Paths that cannot be followed.
    #[error("{}: {problem}", .path.display())]
    Paths {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        problem: Box<TraceError>,
    },
    /// Paths of so many lengths, or so many paths, that they cannot be counted.
    #[error("{}: its paths have too many lengths and meet too often to be counted: choose a part of the model with --from MODULE and --to MODULE", .path.display())]
    Uncountable {
        /// The file.
        path: PathBuf,
    },
    /// A component without a strength.
    #[error("{}: {problem}", .path.display())]
    Strength {
        /// The file.
        path: PathBuf,
        /// Why it has none.
        problem: Box<StrengthError>,
    },
    /// A file that could be opened, but not read to its end.
    #[error(transparent)]
    Hash(Box<CheckpointError>),
}
