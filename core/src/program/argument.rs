//! Arguments of operations.

use super::ValueId;
use serde::{Serialize, Serializer};

/// The name of a number that is known only when the program runs, such as `s77`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    letter: char,
    number: u32,
}

impl Symbol {
    /// Returns the symbol with the given name, if the name is a letter followed by a number.
    pub fn of_name(name: &str) -> Option<Self> {
        let letter = name.chars().next().filter(char::is_ascii_alphabetic)?;
        Some(Self { letter, number: name[1..].parse().ok()? })
    }
}

/// A number that may be known only when the program runs, such as the size of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A known number.
    Known(i64),
    /// A linear function of a symbol: `times · symbol + plus`.
    Linear {
        /// The symbol, which stands for the same number throughout a program.
        symbol: Symbol,
        /// The factor.
        times: i64,
        /// The summand.
        plus: i64,
    },
    /// An unknown number.
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

    /// Returns the number where the symbol has the given value; other unknown numbers stay as they are.
    pub(super) fn bound(self, of: impl Fn(Symbol) -> Option<i64>) -> Self {
        let Self::Linear { symbol, times, plus } = self else { return self };
        let number = of(symbol).and_then(|number| number.checked_mul(times)?.checked_add(plus));
        number.map_or(self, Self::Known)
    }
}

/// Serializes a number, or null where it is unknown.
impl Serialize for Extent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

/// An argument of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `None`, or an argument that the file leaves out.
    None,
    /// A tensor.
    Tensor(ValueId),
    /// A list of tensors, in which some may be missing.
    Tensors(Vec<Option<ValueId>>),
    /// An integer.
    Int(Extent),
    /// A list of integers.
    Ints(Vec<Extent>),
    /// A number; `None` for one that is known only when the program runs.
    Float(Option<f64>),
    /// A list of numbers.
    Floats(Vec<f64>),
    /// A bool; `None` for one that is known only when the program runs.
    Bool(Option<bool>),
    /// A list of bools.
    Bools(Vec<bool>),
    /// A text, such as the name of a padding mode or the equation of an einsum.
    Text(String),
    /// An argument whose content no rule needs, with the name of its kind in the file, such as
    /// `as_scalar_type` or `as_graph`.
    Other(String),
}
