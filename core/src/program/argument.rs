//! What an operation is called with.

use super::ValueId;
use serde::{Serialize, Serializer};

/// The name of a number that is known only when the program runs, such as `s77`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    letter: char,
    number: u32,
}

impl Symbol {
    /// Returns the symbol of that name, if it is a letter with a number.
    pub fn of_name(name: &str) -> Option<Self> {
        let letter = name.chars().next().filter(char::is_ascii_alphabetic)?;
        Some(Self { letter, number: name[1..].parse().ok()? })
    }
}

/// A number that may be known only when the program runs, such as the size of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A number.
    Known(i64),
    /// A multiple of a symbol and a number: `times · symbol + plus`.
    Linear {
        /// The symbol, which stands for the same number wherever it stands in a program.
        symbol: Symbol,
        /// What it is multiplied by.
        times: i64,
        /// What is added.
        plus: i64,
    },
    /// Any number.
    Symbolic,
}

impl Extent {
    /// Returns the number, if it is known.
    pub fn known(self) -> Option<i64> {
        match self {
            Self::Known(number) => Some(number),
            Self::Linear { .. } | Self::Symbolic => None,
        }
    }

    /// Returns the number where the symbol stands for a given one, and what is not known as it is.
    pub(super) fn bound(self, of: impl Fn(Symbol) -> Option<i64>) -> Self {
        let Self::Linear { symbol, times, plus } = self else { return self };
        let number = of(symbol).and_then(|number| number.checked_mul(times)?.checked_add(plus));
        number.map_or(self, Self::Known)
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
