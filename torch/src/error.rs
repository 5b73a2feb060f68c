//! The errors of building and running networks.

use crate::network::MemoryError;
use pathscope_core::circuit::CircuitError;
use pathscope_core::files::checkpoint::CheckpointError;
use pathscope_core::model::layout::LayoutError;
use std::path::{Path, PathBuf};
use tch::TchError;
use thiserror::Error;

/// The reason why a network cannot be built or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The checkpoint cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint does not match its layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The checkpoint lacks something that a prediction needs.
    #[error("{}: cannot be run: {reason}: give a checkpoint of pathscope, or a published one with its config_extra.json", .path.display())]
    Incomplete {
        /// The checkpoint.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The circuit has a connection that cannot be run.
    #[error("{0}: such a network can be analyzed, but not run")]
    OnlyAnalyzed(String),
    /// The multi-path network cannot be planned.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// Training would exceed the memory limit.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A tensor is missing.
    #[error("tensor {name} is missing")]
    MissingTensor {
        /// The role name of the tensor.
        name: String,
    },
    /// A tensor has the wrong shape.
    #[error("tensor {name} has shape {found:?}, expected {expected}")]
    Shape {
        /// The role name of the tensor.
        name: String,
        /// The shape of the tensor.
        found: Vec<i64>,
        /// A description of the shape that fits the other tensors.
        expected: String,
    },
    /// The network does not take images of this shape.
    #[error("the images have shape {found:?}, but the network expects [number, {expected}]")]
    Images {
        /// The shape of the images.
        found: Vec<i64>,
        /// The expected channels, height and width.
        expected: String,
    },
    /// The network cannot be read out at the iteration.
    #[error(
        "the network has {available} iterations, so it cannot be read out at iteration {found}: give {first} to {available}"
    )]
    Iterations {
        /// The requested iteration.
        found: usize,
        /// The first iteration that a path reaches.
        first: usize,
        /// The number of iterations.
        available: usize,
    },
    /// libtorch reported an error.
    #[error("libtorch: {}", first_line(.0))]
    Torch(#[from] TchError),
    /// The error concerns a file.
    #[error("{}: {source}", .path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// The error.
        source: Box<NetworkError>,
    },
}

impl NetworkError {
    /// Adds the file that the error concerns.
    pub fn in_file(self, path: &Path) -> Self {
        match self {
            Self::MissingTensor { .. } | Self::Shape { .. } | Self::Torch(_) => {
                Self::In { path: path.to_owned(), source: Box::new(self) }
            }
            other => other,
        }
    }
}

/// Returns the message without libtorch's trace of C++ calls, which does not help users.
fn first_line(error: &TchError) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("Internal torch error: ").unwrap_or(&text);
    let line = text.lines().next().unwrap_or_default().trim_end();
    if line.contains("can't allocate memory") || line.contains("out of memory") {
        return format!("{line}: there is not enough memory: use a smaller batch or smaller images");
    }
    line.to_owned()
}
