//! The errors of building and running networks.

use crate::network::MemoryError;
use pathscope_core::circuit::CircuitError;
use pathscope_core::files::checkpoint::CheckpointError;
use pathscope_core::model::layout::LayoutError;
use pathscope_core::network::NetworkError as WholeNetworkError;
use std::path::{Path, PathBuf};
use tch::TchError;
use thiserror::Error;

/// The reason why a network cannot be built or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// No engine could run the network, or take these images.
    #[error(transparent)]
    Whole(#[from] WholeNetworkError),
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

impl From<CheckpointError> for NetworkError {
    fn from(error: CheckpointError) -> Self {
        Self::Whole(error.into())
    }
}

impl From<LayoutError> for NetworkError {
    fn from(error: LayoutError) -> Self {
        Self::Whole(error.into())
    }
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
