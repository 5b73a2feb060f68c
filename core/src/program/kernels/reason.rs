//! Why an operation on known tensors is not computed.

use thiserror::Error;

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
    /// A whole number that the precision may have rounded.
    #[error("{number} and whole numbers beyond it are not held exactly")]
    Inexact {
        /// The number.
        number: f64,
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
    #[error("it needs more than {most} elements at a time")]
    Memory {
        /// The most that are allowed.
        most: usize,
    },
    /// Too many steps in all.
    #[error("all weights together take too many steps to compute")]
    Work,
}

impl Reason {
    /// The reason that an argument is not what it has to be.
    pub(in crate::program) fn argument(name: &str, expected: &'static str) -> Self {
        Self::Argument { name: name.to_owned(), expected }
    }
}
