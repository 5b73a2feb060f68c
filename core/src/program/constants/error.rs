//! Why the content of a tensor cannot be computed.

use crate::program::{Operation, Reason, operation};
use std::error::Error as StdError;
use thiserror::Error;

/// Why the content of a tensor cannot be computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConstantError {
    /// A tensor whose content is not the program's own.
    #[error(
        "{value} is no weight of the program, because it depends on what the user gives as {input}: export the \
         model with the weight as a parameter"
    )]
    Input {
        /// The tensor.
        value: String,
        /// The input that it depends on.
        input: String,
    },
    /// A stored tensor that cannot be read.
    #[error(transparent)]
    Stored(Box<dyn StdError + Send + Sync>),
    /// An operation that is not computed.
    #[error(
        "operation {operation} ({target}{}) has part in a weight or a factor, but {reason}: compute the tensor \
         before the export, for instance with torch.nn.utils.parametrize.remove_parametrizations, and store it \
         as a parameter",
        operation::inside(.module)
    )]
    Operation {
        /// The operation's name in the program.
        operation: String,
        /// What it does, in PyTorch's words.
        target: String,
        /// The module that it is in; empty for the model itself.
        module: String,
        /// Why it is not computed.
        reason: Box<Reason>,
    },
}

impl ConstantError {
    /// The error that an operation is not computed.
    pub(in crate::program) fn of_operation(operation: &Operation, reason: Reason) -> Self {
        Self::Operation {
            operation: operation.name.clone(),
            target: operation.target.to_string(),
            module: operation.module().to_owned(),
            reason: Box::new(reason),
        }
    }
}
