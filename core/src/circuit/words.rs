//! Enums whose variants are words on the command line, in files and in messages.

use std::str::FromStr;
use strum::VariantArray;
use thiserror::Error;

/// An enum each of whose variants is a word that users write.
///
/// The derives of `strum` make the words from the names of the variants, in both directions.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::{UnknownName, Word};
/// use strum::{Display, EnumString, IntoStaticStr, VariantArray};
///
/// #[derive(Clone, Copy, Debug, PartialEq, Display, EnumString, IntoStaticStr, VariantArray)]
/// #[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
/// enum Direction {
///     BottomUp,
///     TopDown,
/// }
///
/// impl Word for Direction {
///     const WHAT: &'static str = "direction";
/// }
///
/// assert_eq!("top-down".parse(), Ok(Direction::TopDown));
/// let error = "sideways".parse::<Direction>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown direction 'sideways': it can be bottom-up, top-down");
/// ```
pub trait Word: Copy + Into<&'static str> + FromStr<Err = UnknownName> + VariantArray {
    /// A description of what the words name, such as `readout mode`.
    const WHAT: &'static str;
}

/// The error for an unknown name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("unknown {what} '{found}': it can be {known}")]
pub struct UnknownName {
    what: &'static str,
    found: String,
    known: String,
}

impl UnknownName {
    /// Returns the error for a text that an enum does not have as a word.
    pub fn of<T: Word>(found: &str) -> Self {
        let known: Vec<&str> = T::VARIANTS.iter().map(|&variant| variant.into()).collect();
        Self { what: T::WHAT, found: found.to_owned(), known: known.join(", ") }
    }
}
