//! Runs of integers as text: `1-3`, `5`, `2-` and `-4`, in comma-separated lists.

use std::collections::BTreeSet;
use std::fmt;

/// A run of integers from first to last. The caller decides what a missing end means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub(crate) first: Option<usize>,
    pub(crate) last: Option<usize>,
}

impl Span {
    /// Parses one run; `None` for anything else, including a run whose ends are in the wrong order.
    pub(crate) fn parse(text: &str) -> Option<Self> {
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

    /// Parses a comma-separated list of runs.
    pub(crate) fn parse_list(text: &str) -> Option<Vec<Self>> {
        text.split(',').map(|part| Self::parse(part.trim())).collect()
    }

    /// Returns the numbers of the run from `smallest` to `largest`.
    pub(crate) fn within(self, smallest: usize, largest: usize) -> std::ops::RangeInclusive<usize> {
        self.first.unwrap_or(smallest)..=self.last.unwrap_or(largest)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |end: Option<usize>| end.map_or_else(String::new, |end| end.to_string());
        if self.first.is_some() && self.first == self.last {
            f.write_str(&end(self.first))
        } else {
            write!(f, "{}-{}", end(self.first), end(self.last))
        }
    }
}

/// A set of integers that is shown as runs: `1-3,5`.
pub(crate) struct Spans<'a>(pub &'a BTreeSet<usize>);

impl fmt::Display for Spans<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &number in self.0 {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => runs.push((number, number)),
            }
        }
        let run = |&(first, last): &(usize, usize)| Span { first: Some(first), last: Some(last) }.to_string();
        f.write_str(&runs.iter().map(run).collect::<Vec<_>>().join(","))
    }
}
