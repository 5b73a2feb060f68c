//! The errors of computing contributions.

use crate::program::ExecutionError;
use crate::program::kernels::Reason;
use crate::program::tracing::OperationName;
use thiserror::Error;

/// The reasons why contributions cannot be computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContributionError {
    /// The program itself cannot be executed.
    #[error(transparent)]
    Execution(#[from] ExecutionError),
    /// An operation on paths cannot be decomposed.
    #[error("paths cannot be carried through operation {operation}: {reason}")]
    Operation {
        /// The operation.
        operation: Box<OperationName>,
        /// The reason.
        reason: Box<Reason>,
    },
    /// A value that paths lead to cannot be decomposed.
    #[error("paths cannot be carried to '{value}': {reason}")]
    Value {
        /// The value.
        value: String,
        /// The reason.
        reason: Box<Reason>,
    },
    /// A value where paths end has no axis of images.
    #[error("'{value}', where paths end, has shape {found:?}: expected an axis of {images} images first")]
    Output {
        /// The value.
        value: String,
        /// The shape of the value.
        found: Vec<usize>,
        /// The number of images.
        images: usize,
    },
    /// The baseline has another shape than the value that it is subtracted from.
    #[error("the baseline of '{value}' has shape {found:?}, expected {expected:?}")]
    Baseline {
        /// The value at which paths begin.
        value: String,
        /// The shape of the baseline.
        found: Vec<usize>,
        /// The shape of the value.
        expected: Vec<usize>,
    },
    /// The outputs do not have the unit.
    #[error("there is no unit {unit}: the network has {units} units, counted from 0")]
    NoSuchUnit {
        /// The requested unit.
        unit: usize,
        /// The number of units.
        units: usize,
    },
    /// The program has no input that could be an image.
    #[error("the program has no such input")]
    NoImage,
    /// Single paths cannot be followed backwards.
    #[error("linear filters are available by length, block, connection or iteration, not by single paths")]
    NotBackwards,
    /// A part is not finite.
    #[error(
        "the contribution of paths to '{value}' is not finite: the images or weights contain NaN or numbers that are too large"
    )]
    NotFinite {
        /// The value.
        value: String,
    },
}
