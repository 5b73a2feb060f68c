//! Errors of whole networks.

use crate::files::checkpoint::CheckpointError;
use crate::model::layout::LayoutError;
use crate::model::layout::maskcnn_rcnn::CONFIG_FILE;
use crate::model::network::UnknownNetwork;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why predictions of a checkpoint cannot be computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The checkpoint cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint cannot be interpreted.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The checkpoint describes only the recurrent stage.
    #[error("{}: cannot be executed or exported, because {reason}: predictions also take the first block and the readout, which pathscope's own checkpoints of whole networks hold, and published ones with their {}", .path.display(), CONFIG_FILE)]
    OnlyStage {
        /// The checkpoint.
        path: PathBuf,
        /// The reason why the other layers are unknown.
        reason: UnknownNetwork,
    },
    /// The checkpoint does not state everything that a prediction needs.
    #[error("{}: cannot be executed or exported, because {reason}", .path.display())]
    Incomplete {
        /// The checkpoint.
        path: PathBuf,
        /// What is missing, and what to do.
        reason: String,
    },
    /// The network has a property that no whole network supports.
    #[error("{}: {what}: such a network can be analyzed, but not executed or exported", .path.display())]
    OnlyAnalyzed {
        /// The checkpoint.
        path: PathBuf,
        /// The connection and its property.
        what: String,
    },
    /// A tensor is missing.
    #[error("{}: tensor {tensor} is missing, but the network needs it: a checkpoint of a whole network contains it", .path.display())]
    MissingTensor {
        /// The checkpoint.
        path: PathBuf,
        /// Its role name.
        tensor: String,
    },
    /// A tensor has an unexpected shape.
    #[error("{}: tensor {tensor} has shape {found:?}, expected {expected}: such a network can be analyzed, but not executed or exported", .path.display())]
    Shape {
        /// The checkpoint.
        path: PathBuf,
        /// Its role name.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The expected shape.
        expected: String,
    },
    /// An identity connects blocks of different width.
    #[error("{}: the connection {connection} adds {from} channels to {to}, which is impossible: such a network can be analyzed, but not executed or exported", .path.display())]
    Identity {
        /// The checkpoint.
        path: PathBuf,
        /// Its name.
        connection: String,
        /// The channels of its source block.
        from: usize,
        /// The channels of its target block.
        to: usize,
    },
    /// A multi-path model averages over an iteration that has no path.
    #[error("{}: no path reaches the readout at iteration {iteration}, so the average over iterations is undefined: such a network can be analyzed, but not executed or exported", .path.display())]
    NoPathAt {
        /// The checkpoint.
        path: PathBuf,
        /// The iteration.
        iteration: usize,
    },
    /// More than [`super::MAX_STEPS`] blocks would have to be computed.
    #[error("{}: has more than {} blocks to compute one by one (a block at every iteration, on every path): such a network can be analyzed, but not executed or exported", .path.display(), super::MAX_STEPS)]
    TooLarge {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The images do not fit the network.
    #[error("the images have shape {found:?}, but the network expects [number, {expected}]")]
    Images {
        /// The shape of the images.
        found: Vec<usize>,
        /// The expected channels, height and width.
        expected: String,
    },
    /// The network does not reach the iteration to be read out.
    #[error(
        "the network has {available} iterations, so it cannot be read out at iteration {found}: give {first} to {available}"
    )]
    Iterations {
        /// The iteration that was requested.
        found: usize,
        /// The first iteration that has a path.
        first: usize,
        /// T
        available: usize,
    },
}
