//! Sets of path lengths as text.

use super::removal::ParseRemovalError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Longest run of lengths that is taken at its word.
const MOST_LENGTHS: usize = 1 << 20;

/// One set of lengths to remove. As text, in files too, it is a list such as `1-3,5`, or `none`.
///
/// # Examples
///
/// ```
/// use pathscope::ablation::Ablation;
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
    /// Removes these lengths.
    pub fn new(removed: BTreeSet<usize>) -> Self {
        Self { removed }
    }

    /// Removes nothing: the full multi-path model.
    pub fn full() -> Self {
        Self::new(BTreeSet::new())
    }

    /// The lengths that are removed.
    pub fn removed(&self) -> &BTreeSet<usize> {
        &self.removed
    }

    /// A name for files: `full`, or `without-1-3`.
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
        for part in text.split(',') {
            match Span::parse(part.trim()) {
                Some(Span { first: Some(first), last: Some(last) })
                    if last - first < MOST_LENGTHS - removed.len() =>
                {
                    removed.extend(first..=last);
                }
                _ => return Err(ParseRemovalError(text.to_owned())),
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

/// Numbers with runs of them drawn together: 1-3,5.
pub(super) struct Spans<'a>(pub &'a BTreeSet<usize>);

impl fmt::Display for Spans<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &number in self.0 {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => runs.push((number, number)),
            }
        }
        let run = |&(first, last): &(usize, usize)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        f.write_str(&runs.iter().map(run).collect::<Vec<_>>().join(","))
    }
}

/// Lengths from the first to the last; an end that is not given is that of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub(super) first: Option<usize>,
    pub(super) last: Option<usize>,
}

impl Span {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<usize>().ok();
        let Some((first, last)) = text.split_once('-') else {
            let length = number(text)?;
            return Some(Self { first: Some(length), last: Some(length) });
        };
        let end = |text: &str| if text.is_empty() { Some(None) } else { number(text).map(Some) };
        let span = Self { first: end(first)?, last: end(last)? };
        match (span.first, span.last) {
            (None, None) => None,
            (Some(first), Some(last)) if first > last => None,
            _ => Some(span),
        }
    }

    /// The lengths that it names, of a model whose lengths go from `shortest` to `longest`.
    pub(super) fn lengths(self, shortest: usize, longest: usize) -> std::ops::RangeInclusive<usize> {
        self.first.unwrap_or(shortest)..=self.last.unwrap_or(longest)
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
