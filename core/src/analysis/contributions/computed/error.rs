//! The errors of computing a model's contributions.

use crate::analysis::AnalysisError;
use crate::analysis::contributions::ContributionsError;
use crate::network::NetworkError;
use crate::program::contributions::ContributionError;
use crate::program::strengths::StrengthError;
use crate::program::tracing::TraceError;
use crate::program::{ProgramError, Reason};
use std::path::PathBuf;
use thiserror::Error;

/// The reasons why the contributions of a model cannot be computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ComputeError {
    /// The model cannot be analyzed.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// The checkpoint does not hold a whole network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The exported program cannot be read.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The paths of the network cannot be followed.
    #[error("{}: {problem}", .path.display())]
    Paths {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: Box<TraceError>,
    },
    /// The network cannot be executed or decomposed.
    #[error("{}: {problem}", .path.display())]
    Engine {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: Box<ContributionError>,
    },
    /// The program does not have exactly one input, the images.
    #[error("{}: the program takes {found} inputs, but contributions need exactly one, the images: export the model with that input alone", .path.display())]
    Inputs {
        /// The file.
        path: PathBuf,
        /// The number of inputs.
        found: usize,
    },
    /// The images do not fit the network.
    #[error("{}: {reason}", .path.display())]
    Images {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The baseline has another shape than the images.
    #[error("the baseline has shape {found:?}, but an image has {expected:?}")]
    Baseline {
        /// The shape of the baseline.
        found: Vec<usize>,
        /// The shape of an image.
        expected: Vec<usize>,
    },
    /// The results exceed the memory limit.
    #[error(
        "{images} images, {units} units and {parts} parts take {bytes} bytes, but at most {most} fit: give fewer images at a time, or end the paths at a module with fewer values (--to)"
    )]
    TooMany {
        /// The number of images.
        images: usize,
        /// The number of units.
        units: usize,
        /// The number of parts of each.
        parts: usize,
        /// The size of the results in bytes.
        bytes: u128,
        /// The largest size allowed.
        most: u128,
    },
    /// The values of different batches have different shapes.
    #[error("values of different batches have different shapes: {0}")]
    Batches(#[source] Reason),
    /// Paths that the analysis counts were lost on the way.
    #[error("{}: the analysis counts paths of length {length}, but none reaches the place where paths end. This is a bug in pathscope, and the contributions would be wrong: please report it with the model", .path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// Their length.
        length: usize,
    },
    /// The strength of a component on a path cannot be measured.
    #[error("{}: {problem}", .path.display())]
    Strength {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: Box<StrengthError>,
    },
    /// [`ComputeOptions::stop`](super::ComputeOptions::stop) was set.
    #[error("the computation was stopped")]
    Stopped,
    /// The contributions are inconsistent.
    #[error(transparent)]
    Contributions(#[from] ContributionsError),
}
