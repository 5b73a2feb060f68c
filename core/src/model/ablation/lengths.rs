//! Sets of path lengths as text.

use super::removal::ParseRemovalError;
use crate::circuit::spans::{Span, Spans};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The longest run of lengths that is accepted.
const MOST_LENGTHS: usize = 1 << 20;

/// A set of path lengths to remove. Its text, which files use too, is a list such as `1-3,5`, or `none`.
///
/// # Examples
///
/// ```
/// use pathscope_core::model::ablation::Ablation;
///
/// assert_eq!(Ablation::new([1, 2, 3, 5].into()).name(), "without-1-3_5");
/// assert_eq!(Ablation::full().name(), "full");
/// assert_eq!("1-3,5".parse(), Ok(Ablation::new([1, 2, 3, 5].into())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Ablation {
    removed: BTreeSet<usize>,
}

impl Ablation {
    /// Returns the ablation that removes these lengths.
    pub fn new(removed: BTreeSet<usize>) -> Self {
        Self { removed }
    }

    /// Returns the ablation that removes nothing: the full multi-path model.
    pub fn full() -> Self {
        Self::new(BTreeSet::new())
    }

    /// Returns the lengths that are removed.
    pub fn removed(&self) -> &BTreeSet<usize> {
        &self.removed
    }

    /// Returns a name for files: `full`, or for example `without-1-3`.
    pub fn name(&self) -> String {
        if self.removed.is_empty() {
            "full".to_owned()
        } else {
            format!("without-{}", self.to_string().replace(',', "_"))
        }
    }
}

impl FromStr for Ablation {
    type Err = ParseRemovalError;

    fn from_str(text: &str) -> Result<Self, ParseRemovalError> {
        if text == "none" {
            return Ok(Self::full());
        }
        let mut removed = BTreeSet::new();
        let wrong = || ParseRemovalError(text.to_owned());
        for span in Span::parse_list(text).ok_or_else(wrong)? {
            match span {
                Span { first: Some(first), last: Some(last) }
                    if last - first < MOST_LENGTHS - removed.len() =>
                {
                    removed.extend(first..=last);
                }
                _ => return Err(wrong()),
            }
        }
        Ok(Self { removed })
    }
}

impl TryFrom<String> for Ablation {
    type Error = ParseRemovalError;

    fn try_from(text: String) -> Result<Self, ParseRemovalError> {
        text.parse()
    }
}

impl From<Ablation> for String {
    fn from(ablation: Ablation) -> Self {
        ablation.to_string()
    }
}

impl fmt::Display for Ablation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.removed.is_empty() { f.pad("none") } else { Spans(&self.removed).fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ablation_is_what_it_writes() {
        for text in ["none", "1", "2-4", "1,3-5,9"] {
            assert_eq!(text.parse::<Ablation>().unwrap().to_string(), text);
        }
        for text in ["", "each", "3-", "-2", "1-18446744073709551615"] {
            assert!(text.parse::<Ablation>().is_err(), "{text}");
        }
    }
}
