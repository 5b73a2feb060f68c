//! Why the content of a tensor cannot be computed.

use super::MOST_ELEMENTS;
use crate::program::Operation;
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
        inside(.module)
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
    pub(super) fn of_operation(operation: &Operation, reason: Reason) -> Self {
        Self::Operation {
            operation: operation.name.clone(),
            target: operation.target.to_string(),
            module: operation.module().to_owned(),
            reason: Box::new(reason),
        }
    }
}

fn inside(module: &str) -> String {
    if module.is_empty() { String::new() } else { format!(", in {module}") }
}

/// Why an operation on known tensors is not computed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// An operation that is in no table.
    #[error("it is not among the operations that are computed")]
    Unlisted,
    /// A way of performing the operation that is not computed.
    #[error("it is computed only {0}")]
    Only(&'static str),
    /// An argument that is missing, of another kind, out of range, or known only when the program runs.
    #[error("its argument {name} is not {expected}")]
    Argument {
        /// The argument.
        name: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Shapes that do not go together.
    #[error("shapes {first:?} and {second:?} do not go together")]
    Shapes {
        /// One shape.
        first: Vec<usize>,
        /// The other.
        second: Vec<usize>,
    },
    /// A result of another shape than the program says.
    #[error("it gives a tensor of shape {found:?} where the program says {expected}")]
    Declared {
        /// The shape that was computed.
        found: Vec<usize>,
        /// The shape that the program says.
        expected: String,
    },
    /// A number that the type of the elements does not hold.
    #[error("{number} is no number of type {element_type}")]
    Range {
        /// The number.
        number: f64,
        /// The type.
        element_type: String,
    },
    /// A shape that is needed and not known.
    #[error("the shape of {value} is known only when the program runs")]
    Shapeless {
        /// The tensor.
        value: String,
    },
    /// A tensor that may or may not have been changed.
    #[error("whether {value} shares memory with a tensor that is changed in place cannot be known")]
    Sharing {
        /// The tensor.
        value: String,
    },
    /// Too many elements at a time.
    #[error("it needs more than {MOST_ELEMENTS} elements at a time")]
    Memory,
    /// Too many steps in all.
    #[error("all weights together take too many steps to compute")]
    Work,
}
