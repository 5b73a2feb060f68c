//! The values that operations read and return.

use super::Extent;
use crate::files::checkpoint::ElementType;
use serde::Serialize;

/// The number of a value in [`super::Program::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(u32);

impl ValueId {
    /// Returns the value with the given number.
    ///
    /// # Panics
    ///
    /// Panics if the number is 2³² or more.
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer than 2^32 values"))
    }

    /// Returns its number.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A trained tensor, by its name in the model, such as `layer1.0.conv1.weight`.
    Parameter(String),
    /// A tensor that belongs to the model and is not trained, by its name, such as `bn1.running_var`.
    Buffer(String),
    /// A tensor that the model's code creates, by its name in the program.
    Constant(String),
    /// An input from the user, by the name of the model's argument.
    Input(String),
    /// The result of an operation, by its number in [`super::Program::operations`].
    Operation(usize),
}

/// The type and shape of a tensor in a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorType {
    /// The type of its elements.
    pub element_type: ElementType,
    /// Its extents, outermost first; empty for a scalar.
    pub shape: Vec<Extent>,
}

/// A value: a tensor that operations read or give.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Its name in the program.
    pub name: String,
    /// The origin of the value.
    pub origin: Origin,
    /// Its type and shape; `None` where the file does not state them.
    pub tensor: Option<TensorType>,
}

impl Value {
    /// Returns the number of elements; 0 where an extent is known only when the program runs.
    pub fn elements(&self) -> u64 {
        let extents = self.tensor.iter().flat_map(|tensor| &tensor.shape);
        extents
            .map(|extent| extent.known().and_then(|known| u64::try_from(known).ok()).unwrap_or(0))
            .fold(1, u64::saturating_mul)
    }
}
