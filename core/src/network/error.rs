//! Why a checkpoint is no whole network.

use crate::files::checkpoint::CheckpointError;
use crate::model::layout::LayoutError;
use std::path::PathBuf;
use thiserror::Error;

/// Why predictions of a checkpoint cannot be computed.
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
    #[error("{}: cannot be executed or exported, because {reason}", .path.display())]
    Incomplete {
        /// The checkpoint.
        path: PathBuf,
        /// What is missing, and what to do.
        reason: String,
    },
    /// The network has something that no whole network computes.
    #[error("{}: {what}: such a network can be analysed, but not executed or exported", .path.display())]
    OnlyAnalysed {
        /// The checkpoint.
        path: PathBuf,
        /// The connection and what it has.
        what: String,
    },
    /// A tensor that is not there.
    #[error("{}: tensor {tensor} is missing, which the network computes with: a checkpoint of a whole network has it", .path.display())]
    MissingTensor {
        /// The checkpoint.
        path: PathBuf,
        /// Its role name.
        tensor: String,
    },
    /// A tensor of another shape.
    #[error("{}: tensor {tensor} has shape {found:?}, expected {expected}: such a network can be analysed, but not executed or exported", .path.display())]
    Shape {
        /// The checkpoint.
        path: PathBuf,
        /// Its role name.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// What fits the others.
        expected: String,
    },
    /// An identity between blocks of different width.
    #[error("{}: the connection {connection} adds {from} channels to {to}, which nothing can: such a network can be analysed, but not executed or exported", .path.display())]
    Identity {
        /// The checkpoint.
        path: PathBuf,
        /// Its name.
        connection: String,
        /// The channels of the block it comes from.
        from: usize,
        /// The channels of the block it ends at.
        to: usize,
    },
    /// A multi-path model whose readout averages over an iteration that has no path.
    #[error("{}: no path reaches the readout at iteration {iteration}, so the average over iterations is not known: such a network can be analysed, but not executed or exported", .path.display())]
    NoPathAt {
        /// The checkpoint.
        path: PathBuf,
        /// The iteration.
        iteration: usize,
    },
    /// More blocks to compute than [`super::MAX_STEPS`].
    #[error("{}: has more than {} blocks to compute one by one (a block at every iteration, on every path): such a network can be analysed, but not executed or exported", .path.display(), super::MAX_STEPS)]
    TooLarge {
        /// The checkpoint.
        path: PathBuf,
    },
    /// Images that the network cannot see.
    #[error("the images have shape {found:?}, but the network expects [number, {expected}]")]
    Images {
        /// Their shape.
        found: [usize; 4],
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
}
