//! Errors of checkpoints.

use crate::files::documents::{DocumentError, remedy};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a checkpoint cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
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
    #[error("{}: this is {found}, not a checkpoint: {remedy}", .path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// The format found instead.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// The checkpoint is truncated or altered.
    #[error("{}: not a readable checkpoint: {detail}. If the file was copied or downloaded, do so again; otherwise save it again with torch.save(model.state_dict(), …)", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// The file would unpack to far more than its size.
    #[error("{}: {what} would take {declared} bytes from a file of {file_size}; torch.save writes no such files, so it is not read. If you trust it, load it in PyTorch and save it again", .path.display())]
    Expands {
        /// The file.
        path: PathBuf,
        /// The entry or tensor.
        what: String,
        /// The bytes that it declares.
        declared: u128,
        /// The file's size.
        file_size: u64,
    },
    /// The given key does not exist.
    #[error("{}: has no entry '{key}' to read the weights from{}", .path.display(), remedy_for_key(.available))]
    NoSuchKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The keys that exist.
        available: Vec<String>,
    },
    /// The file holds no tensors.
    #[error("{}: holds no tensors. Save the weights with torch.save(model.state_dict(), …)", .path.display())]
    NoTensors {
        /// The file.
        path: PathBuf,
    },
    /// The tensor does not exist.
    #[error("{}: has no tensor {tensor}: `pathscope inspect` lists those it has", .path.display())]
    NoSuchTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
    },
    /// The tensor is a part of an effective kernel, or a kernel with a missing part.
    #[error("{}: tensor {tensor} cannot be used: {reason}", .path.display())]
    NotEffective {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The reason, and what to do.
        reason: String,
    },
    /// The tensor holds integers or the like where weights are needed.
    #[error("{}: tensor {tensor} is of type {found}, expected float16, bfloat16, float32 or float64: convert it (in PyTorch: tensor.float()) and save it again, or name another one in the layout", .path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Its type.
        found: &'static str,
    },
    /// The file is sound, but holds something that is not supported.
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
