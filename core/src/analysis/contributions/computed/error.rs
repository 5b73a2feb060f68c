//! Why the contributions of a model are not computed.

use crate::analysis::AnalysisError;
use crate::analysis::contributions::ContributionsError;
use crate::network::NetworkError;
use crate::program::contributions::ContributionError;
use crate::program::strengths::StrengthError;
use crate::program::tracing::TraceError;
use crate::program::{ProgramError, Reason};
use std::path::PathBuf;
use thiserror::Error;

/// Why the contributions of a model are not computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ComputeError {
    /// A model that cannot be analysed.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// A checkpoint that does not hold a whole network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// An exported program that cannot be read.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A network whose paths cannot be followed.
    #[error("{}: {problem}", .path.display())]
    Paths {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        problem: Box<TraceError>,
    },
    /// A network that cannot be executed, or taken apart on the way.
    #[error("{}: {problem}", .path.display())]
    Engine {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        problem: Box<ContributionError>,
    },
    /// A program with other inputs than one of images.
    #[error("{}: the program takes {found} inputs, but contributions are of one, the images: export the model with that alone", .path.display())]
    Inputs {
        /// The file.
        path: PathBuf,
        /// How many there are.
        found: usize,
    },
    /// Images that do not go into the network.
    #[error("{}: {reason}", .path.display())]
    Images {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A baseline of another shape than the images.
    #[error("the baseline has shape {found:?}, but an image has {expected:?}")]
    Baseline {
        /// The shape of the baseline.
        found: Vec<usize>,
        /// The shape of an image.
        expected: Vec<usize>,
    },
    /// More numbers than are held in memory.
    #[error(
        "{images} images, {units} units and {parts} parts are {bytes} bytes, but at most {most} are held: give fewer images at a time, or end the paths at a module with fewer values (--to)"
    )]
    TooMany {
        /// The number of images.
        images: usize,
        /// The number of units.
        units: usize,
        /// The number of parts of each.
        parts: usize,
        /// What they need.
        bytes: u128,
        /// What may be needed.
        most: u128,
    },
    /// Values of other shapes in different batches.
    #[error("values of different batches do not go together: {0}")]
    Batches(#[source] Reason),
    /// Paths that the analysis counts and that do not arrive.
    #[error("{}: paths of length {length} are counted, but nothing of them arrives where paths end: this is a fault of pathscope, and the contributions would be wrong. Please report it with the model", .path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// Their length.
        length: usize,
    },
    /// A component on a path whose strength cannot be measured.
    #[error("{}: {problem}", .path.display())]
    Strength {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: Box<StrengthError>,
    },
    /// Contributions that do not fit together.
    #[error(transparent)]
    Contributions(#[from] ContributionsError),
}
