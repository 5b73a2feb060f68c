//! Why contributions cannot be computed.

use crate::program::ExecutionError;
use crate::program::kernels::Reason;
use crate::program::tracing::OperationName;
use thiserror::Error;

/// Why contributions cannot be computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContributionError {
    /// The program itself cannot be executed.
    #[error(transparent)]
    Execution(#[from] ExecutionError),
    /// An operation that paths lead through and that cannot be taken apart.
    #[error("paths cannot be carried through operation {operation}: {reason}")]
    Operation {
        /// The operation.
        operation: Box<OperationName>,
        /// Why not.
        reason: Box<Reason>,
    },
    /// A value that paths lead to and that cannot be taken apart.
    #[error("paths cannot be carried to '{value}': {reason}")]
    Value {
        /// The value.
        value: String,
        /// Why not.
        reason: Box<Reason>,
    },
    /// A place where paths end that has no axis of images.
    #[error("'{value}', where paths end, has shape {found:?}: expected an axis of {images} images first")]
    Output {
        /// The value.
        value: String,
        /// Its shape.
        found: Vec<usize>,
        /// The number of images that were given.
        images: usize,
    },
    /// A baseline of another shape than the value that it is taken from.
    #[error("the baseline of '{value}' has shape {found:?}, expected {expected:?}")]
    Baseline {
        /// The value at which paths begin.
        value: String,
        /// The shape of the baseline.
        found: Vec<usize>,
        /// The shape of the value.
        expected: Vec<usize>,
    },
    /// A unit that the outputs do not have.
    #[error("there is no unit {unit}: the network has {units} units, counted from 0")]
    NoSuchUnit {
        /// The unit that was asked for.
        unit: usize,
        /// How many there are.
        units: usize,
    },
    /// A program without an input that could be an image.
    #[error("the program has no such input")]
    NoImage,
    /// Paths that are told apart by what they lead through cannot be followed backwards.
    #[error("linear filters are given by length, block, connection or iteration, not by single paths")]
    NotBackwards,
    /// A part that is not finite.
    #[error(
        "what paths bring to '{value}' is not finite: the images or weights hold numbers that are too large, or no numbers"
    )]
    NotFinite {
        /// The value.
        value: String,
    },
}
