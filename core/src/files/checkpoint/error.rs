//! What can be wrong with a checkpoint.

use crate::files::documents::{DocumentError, remedy};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a checkpoint cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
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
    /// A file of another kind.
    #[error("{}: this is {found}, not a checkpoint: {remedy}", .path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// A checkpoint that is truncated or altered.
    #[error("{}: not a readable checkpoint: {detail}. If the file was copied or downloaded, do so again; otherwise save it again with torch.save(model.state_dict(), …)", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        detail: String,
    },
    /// A file that would unpack to far more than its size.
    #[error("{}: {what} would take {declared} bytes from a file of {file_size}; torch.save writes no such files, so it is not read. If you trust it, load it in PyTorch and save it again", .path.display())]
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
    /// The given key is not there.
    #[error("{}: has no entry '{key}' to read the weights from{}", .path.display(), remedy_for_key(.available))]
    NoSuchKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The keys it has.
        available: Vec<String>,
    },
    /// Nothing in it is a tensor.
    #[error("{}: holds no tensors. Save the weights with torch.save(model.state_dict(), …)", .path.display())]
    NoTensors {
        /// The file.
        path: PathBuf,
    },
    /// A tensor that is not there.
    #[error("{}: has no tensor {tensor}: `pathscope inspect` lists those it has", .path.display())]
    NoSuchTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
    },
    /// A part of an effective kernel in the place of the kernel, or a kernel of which a part is missing.
    #[error("{}: tensor {tensor} cannot be used: {reason}", .path.display())]
    NotEffective {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A tensor of integers or the like where weights are needed.
    #[error("{}: tensor {tensor} is of type {found}, expected float16, bfloat16, float32 or float64: convert it (in PyTorch: tensor.float()) and save it again, or name another one in the layout", .path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Its type.
        found: &'static str,
    },
    /// A sound file that holds something that is not read.
    #[error("{}: it is not damaged, but holds {what}, which pathscope does not read: {remedy}", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What the file holds.
        what: String,
        /// What to do.
        remedy: String,
    },
}

fn remedy_for_key(available: &[String]) -> String {
    if available.is_empty() {
        ", its tensors are not in entries: leave --key out".to_owned()
    } else {
        format!("; those with tensors are {}: give one of them with --key", available.join(", "))
    }
}
