//! The errors of computing a tensor's content.

use crate::program::{Operation, Reason, operation};
use std::error::Error as StdError;
use thiserror::Error;

/// The reasons why the content of a tensor cannot be computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConstantError {
    /// The tensor depends on an input.
    #[error(
        "{value} is not a weight of the program, because it depends on the input {input}: export the \
         model with the weight as a parameter"
    )]
    Input {
        /// The tensor.
        value: String,
        /// The input that it depends on.
        input: String,
    },
    /// A stored tensor cannot be read.
    #[error(transparent)]
    Stored(Box<dyn StdError + Send + Sync>),
    /// An operation is not supported.
    #[error(
        "operation {operation} ({target}{}) is used to compute a weight or a factor, but {reason}: compute the tensor \
         before the export, for instance with torch.nn.utils.parametrize.remove_parametrizations, and store it \
         as a parameter",
        operation::inside(.module)
    )]
    Operation {
        /// The operation's name in the program.
        operation: String,
        /// The operation's target, as PyTorch names it.
        target: String,
        /// The path of the module that contains it; empty for the model itself.
        module: String,
        /// The reason.
        reason: Box<Reason>,
    },
}

impl ConstantError {
    /// Returns the error for an operation that is not supported.
    pub(in crate::program) fn of_operation(operation: &Operation, reason: Reason) -> Self {
        Self::Operation {
            operation: operation.name.clone(),
            target: operation.target.to_string(),
            module: operation.module().to_owned(),
            reason: Box::new(reason),
        }
    }
}
