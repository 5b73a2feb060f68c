//! What an operation is called with.

use super::ValueId;
use serde::{Serialize, Serializer};

/// A number that may be known only when the program runs, such as the size of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A number.
    Known(i64),
    /// A symbol, which stands for any number.
    Symbolic,
}

impl Extent {
    /// Returns the number, if it is known.
    pub fn known(self) -> Option<i64> {
        match self {
            Self::Known(number) => Some(number),
            Self::Symbolic => None,
        }
    }
}

/// A number, or null where it is not known.
impl Serialize for Extent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

/// An argument of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `None`, or an argument that is left out in the file.
    None,
    /// A tensor.
    Tensor(ValueId),
    /// A list of tensors, in which some may be missing.
    Tensors(Vec<Option<ValueId>>),
    /// A whole number.
    Int(Extent),
    /// A list of whole numbers.
    Ints(Vec<Extent>),
    /// A number; `None` for one that is known only when the program runs.
    Float(Option<f64>),
    /// A list of numbers.
    Floats(Vec<f64>),
    /// A truth value; `None` for one that is known only when the program runs.
    Bool(Option<bool>),
    /// A list of truth values.
    Bools(Vec<bool>),
    /// A text, such as the name of a padding mode or the equation of an einsum.
    Text(String),
    /// Something of which no rule needs the content, by the name of its kind in the file, such as
    /// `as_scalar_type` or `as_graph`.
    Other(String),
}
