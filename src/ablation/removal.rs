//! Which lengths to remove, as users write it.

use super::without_lengths::without_lengths;
use crate::circuit::{Circuit, CircuitError};
use crate::unroll::UnrolledCircuit;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What is to be removed from a model, or kept of it: one ablation or a series of them.
///
/// # Examples
///
/// ```
/// use pathscope::ablation::Removal;
///
/// for text in ["1-3", "1,3,5", "5-", "-2", "each", "pairs", "triples"] {
///     text.parse::<Removal>()?;
/// }
/// assert!("3-1".parse::<Removal>().is_err());
/// # Ok::<(), pathscope::ablation::ParseRemovalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// These lengths go.
    Lengths(Vec<Span>),
    /// One ablation for each run of this many adjacent lengths: the paper's series (appendix G).
    Adjacent(usize),
}

/// Lengths from the first to the last; an end that is not given is that of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: Option<usize>,
    last: Option<usize>,
}

/// Text that is no list of lengths.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "'{0}' is no list of path lengths: write 1-3, 1,3,5, 5- or -2, or one of each, pairs and triples"
)]
pub struct ParseRemovalError(String);

impl FromStr for Removal {
    type Err = ParseRemovalError;

    fn from_str(text: &str) -> Result<Self, ParseRemovalError> {
        match text {
            "each" => return Ok(Self::Adjacent(1)),
            "pairs" => return Ok(Self::Adjacent(2)),
            "triples" => return Ok(Self::Adjacent(3)),
            _ => {}
        }
        let spans = text.split(',').map(|part| Span::parse(part.trim()));
        spans.collect::<Option<_>>().map(Self::Lengths).ok_or_else(|| ParseRemovalError(text.to_owned()))
    }
}

impl Span {
    fn parse(text: &str) -> Option<Self> {
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
    fn lengths(self, shortest: usize, longest: usize) -> std::ops::RangeInclusive<usize> {
        self.first.unwrap_or(shortest)..=self.last.unwrap_or(longest)
    }
}

/// Lengths that cannot be removed from a model.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemovalError {
    /// Lengths without a path.
    #[error("the model has no paths of length {}: it has lengths {}", Spans(missing), Spans(lengths))]
    NoSuchLength {
        /// What was named.
        missing: BTreeSet<usize>,
        /// What there is.
        lengths: BTreeSet<usize>,
    },
    /// All of them.
    #[error("this would remove every path: the model has lengths {}", Spans(lengths))]
    Everything {
        /// What there is.
        lengths: BTreeSet<usize>,
    },
    /// More adjacent lengths than there are.
    #[error("there are no ablations of {adjacent} adjacent lengths: the model has lengths {}", Spans(lengths))]
    TooFew {
        /// How many lengths each was to lack.
        adjacent: usize,
        /// What there is.
        lengths: BTreeSet<usize>,
    },
    /// The circuit cannot be unrolled.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
}

/// One set of lengths to remove, all of which the model has.
///
/// # Examples
///
/// ```
/// use pathscope::ablation::Ablation;
///
/// assert_eq!(Ablation::new([1, 2, 3, 5].into()).name(), "without-1-3_5");
/// assert_eq!(Ablation::full().name(), "full");
/// assert_eq!(Ablation::new([1, 2, 3, 5].into()).to_string(), "1-3,5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

impl fmt::Display for Ablation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.removed.is_empty() { f.pad("none") } else { Spans(&self.removed).fmt(f) }
    }
}

/// Numbers with runs of them drawn together: 1-3,5.
struct Spans<'a>(&'a BTreeSet<usize>);

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

/// The ablations of a model that were asked for, in that order and each once.
///
/// # Arguments
///
/// * `circuit` - of the model, before anything is removed
/// * `remove` - what to remove: an ablation each, or a series
/// * `keep` - what alone to keep: likewise
///
/// # Errors
///
/// [`RemovalError`], which lists the lengths that there are.
///
/// # Examples
///
/// ```
/// use pathscope::ablation::ablations;
/// use pathscope::circuit::Circuit;
///
/// let circuit = Circuit::of_recurrent_blocks(1, 5);
/// let names = |remove: &[&str], keep: &[&str]| -> Result<Vec<String>, Box<dyn std::error::Error>> {
///     let parse = |texts: &[&str]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<_>, _>>();
///     let found = ablations(&circuit, &parse(remove)?, &parse(keep)?)?;
///     Ok(found.iter().map(ToString::to_string).collect())
/// };
/// assert_eq!(names(&["-2", "4-"], &["3"])?, ["1-2", "4-5", "1-2,4-5"]);
/// assert_eq!(names(&["triples"], &[])?, ["1-3", "2-4", "3-5"]);
/// let error = names(&["4-6"], &[]).unwrap_err().to_string();
/// assert_eq!(error, "the model has no paths of length 6: it has lengths 1-5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ablations(
    circuit: &Circuit,
    remove: &[Removal],
    keep: &[Removal],
) -> Result<Vec<Ablation>, RemovalError> {
    let unrolled = UnrolledCircuit::new(circuit)?;
    let lengths = super::lengths_of(circuit)?;
    let mut wanted: Vec<BTreeSet<usize>> = Vec::new();
    for removal in remove {
        wanted.extend(removal.sets(&lengths)?);
    }
    for kept in keep {
        let left = |kept: BTreeSet<usize>| lengths.difference(&kept).copied().collect();
        wanted.extend(kept.sets(&lengths)?.into_iter().map(left));
    }
    let mut found: Vec<Ablation> = Vec::new();
    for removed in wanted {
        if removed == lengths || without_lengths(&unrolled, &removed).is_err() {
            return Err(RemovalError::Everything { lengths });
        }
        let ablation = Ablation::new(removed);
        if !found.contains(&ablation) {
            found.push(ablation);
        }
    }
    Ok(found)
}

impl Removal {
    /// The sets of lengths that it stands for in a model that has `lengths`.
    fn sets(&self, lengths: &BTreeSet<usize>) -> Result<Vec<BTreeSet<usize>>, RemovalError> {
        let (Some(&shortest), Some(&longest)) = (lengths.first(), lengths.last()) else {
            return Ok(Vec::new());
        };
        match self {
            Self::Lengths(spans) => {
                let mut removed = BTreeSet::new();
                let mut missing = BTreeSet::new();
                for span in spans {
                    let named = span.lengths(shortest, longest);
                    // A span may be as long as its writer likes; only its ends and what there is are looked at.
                    removed.extend(lengths.iter().filter(|length| named.contains(length)));
                    let ends = [*named.start(), *named.end()];
                    let beyond = [longest + 1, shortest.saturating_sub(1)];
                    let gaps = (shortest..=longest).chain(ends).chain(beyond);
                    missing.extend(gaps.filter(|length| named.contains(length) && !lengths.contains(length)));
                    if named.is_empty() {
                        missing.extend(ends.into_iter().filter(|end| !lengths.contains(end)));
                    }
                }
                if missing.is_empty() {
                    Ok(vec![removed])
                } else {
                    Err(RemovalError::NoSuchLength { missing, lengths: lengths.clone() })
                }
            }
            &Self::Adjacent(adjacent) => {
                let all: Vec<usize> = lengths.iter().copied().collect();
                if adjacent >= all.len() {
                    return Err(RemovalError::TooFew { adjacent, lengths: lengths.clone() });
                }
                Ok(all.windows(adjacent).map(|run| run.iter().copied().collect()).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(text: &str, lengths: &[usize]) -> Result<Vec<Vec<usize>>, RemovalError> {
        let lengths = lengths.iter().copied().collect();
        let sets = text.parse::<Removal>().unwrap().sets(&lengths)?;
        Ok(sets.into_iter().map(|set| set.into_iter().collect()).collect())
    }

    #[test]
    fn lists_name_what_they_say() {
        assert_eq!(sets("1-3", &[1, 2, 3, 4]).unwrap(), [[1, 2, 3]]);
        assert_eq!(sets("1, 3", &[1, 2, 3]).unwrap(), [[1, 3]]);
        assert_eq!(sets("3-", &[2, 3, 4]).unwrap(), [[3, 4]]);
        assert_eq!(sets("-3", &[2, 3, 4]).unwrap(), [[2, 3]]);
        assert_eq!(sets("pairs", &[2, 3, 4]).unwrap(), [[2, 3], [3, 4]]);
        assert_eq!(sets("each", &[2, 3]).unwrap(), [[2], [3]]);
    }

    #[test]
    fn lengths_that_a_model_lacks_are_named() {
        let message = |text: &str| sets(text, &[2, 3, 5]).unwrap_err().to_string();
        assert_eq!(message("1-3"), "the model has no paths of length 1: it has lengths 2-3,5");
        assert_eq!(message("3-5"), "the model has no paths of length 4: it has lengths 2-3,5");
        assert_eq!(message("9"), "the model has no paths of length 9: it has lengths 2-3,5");
        assert_eq!(message("7-"), "the model has no paths of length 7: it has lengths 2-3,5");
        assert_eq!(message("-1"), "the model has no paths of length 1: it has lengths 2-3,5");
        assert_eq!(
            message("1-18446744073709551615"),
            "the model has no paths of length 1,4,6,18446744073709551615: it has lengths 2-3,5"
        );
        assert_eq!(
            message("triples"),
            "there are no ablations of 3 adjacent lengths: the model has lengths 2-3,5"
        );
    }

    #[test]
    fn nonsense_is_no_list() {
        for text in ["", "-", "1--3", "3-1", "x", "1,", "0x1", "1;2", "all"] {
            assert_eq!(text.parse::<Removal>(), Err(ParseRemovalError(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn removing_everything_is_refused_and_repeated_ablations_are_one() {
        let circuit = Circuit::of_recurrent_blocks(1, 3);
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Removal>>();
        let error = ablations(&circuit, &parse(&["1-"]), &[]).unwrap_err();
        assert_eq!(error, RemovalError::Everything { lengths: [1, 2, 3].into() });
        let found = ablations(&circuit, &parse(&["1", "each"]), &parse(&["2-3"])).unwrap();
        assert_eq!(found.iter().map(Ablation::name).collect::<Vec<_>>(), ["without-1", "without-2", "without-3"]);
    }
}
