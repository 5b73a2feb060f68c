//! What can go wrong while networks are built and run.

use crate::network::MemoryError;
use pathscope_core::circuit::CircuitError;
use pathscope_core::files::checkpoint::CheckpointError;
use pathscope_core::model::layout::LayoutError;
use std::path::{Path, PathBuf};
use tch::TchError;
use thiserror::Error;

/// Why a network cannot be built or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The checkpoint cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint cannot be understood.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A checkpoint that does not say all that a prediction needs.
    #[error("{}: cannot be run: {reason}; pathscope's own checkpoints and published ones with their config_extra.json say what is needed", .path.display())]
    Incomplete {
        /// The checkpoint.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The circuit has something that no network here computes.
    #[error("{0}: such a network can be analysed, but not run")]
    OnlyAnalysed(String),
    /// A multi-path model that cannot be planned.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// Training that would take more memory than it may.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A tensor that is not there.
    #[error("tensor {name} is missing")]
    MissingTensor {
        /// Its role name.
        name: String,
    },
    /// A tensor of another shape.
    #[error("tensor {name} has shape {found:?}, expected {expected}")]
    Shape {
        /// Its role name.
        name: String,
        /// Its shape.
        found: Vec<i64>,
        /// What fits the others.
        expected: String,
    },
    /// Images that the network cannot see.
    #[error("the images have shape {found:?}, but the network expects [number, {expected}]")]
    Images {
        /// Their shape.
        found: Vec<i64>,
        /// Channels, height and width.
        expected: String,
    },
    /// A readout of an iteration that the network does not reach.
    #[error(
        "the network has {available} iterations, so it cannot be read out at iteration {found}: give {first} to {available}"
    )]
    Iterations {
        /// What was asked for.
        found: usize,
        /// The first that has a path.
        first: usize,
        /// T
        available: usize,
    },
    /// libtorch refused.
    #[error("libtorch: {}", first_line(.0))]
    Torch(#[from] TchError),
    /// In a file.
    #[error("{}: {source}", .path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        source: Box<NetworkError>,
    },
}

impl NetworkError {
    /// The same, saying in which file.
    pub fn in_file(self, path: &Path) -> Self {
        match self {
            Self::MissingTensor { .. } | Self::Shape { .. } | Self::Torch(_) => {
                Self::In { path: path.to_owned(), source: Box::new(self) }
            }
            other => other,
        }
    }
}

/// libtorch adds a trace of its own C++ calls, which helps none of our users.
fn first_line(error: &TchError) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("Internal torch error: ").unwrap_or(&text);
    let line = text.lines().next().unwrap_or_default().trim_end();
    if line.contains("can't allocate memory") || line.contains("out of memory") {
        return format!("{line}: there is not enough memory; use a smaller batch or smaller images");
    }
    line.to_owned()
}
