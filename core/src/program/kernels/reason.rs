//! The reasons why an operation cannot be computed.

use thiserror::Error;

/// The reasons why an operation on known tensors cannot be computed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// The operation is not in the table.
    #[error("it is not among the operations that are computed")]
    Unlisted,
    /// The operation is supported only under a condition.
    #[error("it is computed only {0}")]
    Only(&'static str),
    /// An argument is missing, of another kind, out of range, or known only when the program runs.
    #[error("its argument {name} is not {expected}")]
    Argument {
        /// The argument.
        name: String,
        /// What is expected.
        expected: &'static str,
    },
    /// Shapes do not match.
    #[error("shapes {first:?} and {second:?} do not match")]
    Shapes {
        /// The first shape.
        first: Vec<usize>,
        /// The second shape.
        second: Vec<usize>,
    },
    /// The result has another shape than the program states.
    #[error("it gives a tensor of shape {found:?}, but the program states {expected}")]
    Declared {
        /// The shape that was computed.
        found: Vec<usize>,
        /// The shape that the program states.
        expected: String,
    },
    /// The element type cannot represent a number.
    #[error("{number} is not a number of type {element_type}")]
    Range {
        /// The number.
        number: f64,
        /// The element type.
        element_type: String,
    },
    /// The precision may have rounded an integer.
    #[error("{number} and larger integers cannot be represented exactly")]
    Inexact {
        /// The number.
        number: f64,
    },
    /// A required shape is unknown.
    #[error("the shape of {value} is known only when the program runs")]
    Shapeless {
        /// The tensor.
        value: String,
    },
    /// The tensor may or may not have been changed.
    #[error("whether {value} shares memory with a tensor that is changed in place cannot be known")]
    Sharing {
        /// The tensor.
        value: String,
    },
    /// Too many elements are needed at a time.
    #[error("it needs more than {most} elements at a time")]
    Memory {
        /// The largest number allowed.
        most: usize,
    },
    /// Too many computations are needed in all.
    #[error("all weights together take too many steps to compute")]
    Work,
}

impl Reason {
    /// Returns the reason that an argument is not as expected.
    pub(in crate::program) fn argument(name: &str, expected: &'static str) -> Self {
        Self::Argument { name: name.to_owned(), expected }
    }
}
