//! The lengths to remove, in the notation of users.

use super::lengths::Ablation;
use crate::circuit::spans::{Span, Spans};
use crate::circuit::{Circuit, CircuitError};
use crate::graph::unroll::UnrolledCircuit;
use crate::graph::unroll::without_lengths;
use std::collections::BTreeSet;
use std::str::FromStr;
use thiserror::Error;

/// A user's request for what to remove or keep: one ablation or a series of ablations.
///
/// # Examples
///
/// ```
/// use pathscope_core::model::ablation::Removal;
///
/// for text in ["1-3", "1,3,5", "5-", "-2", "each", "pairs", "triples"] {
///     text.parse::<Removal>()?;
/// }
/// assert!("3-1".parse::<Removal>().is_err());
/// # Ok::<(), pathscope_core::model::ablation::ParseRemovalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// One ablation of all these lengths.
    Lengths(Vec<Span>),
    /// One ablation for each run of this many adjacent lengths: the paper's series (appendix G).
    Adjacent(usize),
}

/// The error for a text that is not a list of lengths.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a list of path lengths: write 1-3, 1,3,5, 5- or -2, or one of each, pairs and triples")]
pub struct ParseRemovalError(pub(super) String);

impl FromStr for Removal {
    type Err = ParseRemovalError;

    fn from_str(text: &str) -> Result<Self, ParseRemovalError> {
        match text {
            "each" => return Ok(Self::Adjacent(1)),
            "pairs" => return Ok(Self::Adjacent(2)),
            "triples" => return Ok(Self::Adjacent(3)),
            _ => {}
        }
        Span::parse_list(text).map(Self::Lengths).ok_or_else(|| ParseRemovalError(text.to_owned()))
    }
}

/// The reason why lengths cannot be removed from a model.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemovalError {
    /// Some lengths have no path.
    #[error("the model has no paths of length {}: it has lengths {}", Spans(missing), Spans(lengths))]
    NoSuchLength {
        /// The lengths that have no path.
        missing: BTreeSet<usize>,
        /// The lengths of the model's paths.
        lengths: BTreeSet<usize>,
    },
    /// Every length would be removed.
    #[error("this would remove every path: the model has lengths {}", Spans(lengths))]
    Everything {
        /// The lengths of the model's paths.
        lengths: BTreeSet<usize>,
    },
    /// The model has fewer lengths than are to be removed together.
    #[error(
        "there are no ablations of {adjacent} adjacent lengths: the model has lengths {}",
        Spans(lengths)
    )]
    TooFew {
        /// The number of adjacent lengths to remove together.
        adjacent: usize,
        /// The lengths of the model's paths.
        lengths: BTreeSet<usize>,
    },
    /// The circuit cannot be unrolled.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
}

/// Returns the requested ablations of a model, in order and without duplicates.
///
/// # Arguments
///
/// * `circuit` - the circuit of the model, before anything is removed
/// * `remove` - what to remove: one ablation or series each
/// * `keep` - what to keep, removing everything else: one ablation or series each
///
/// # Errors
///
/// [`RemovalError`], which lists the lengths of the model's paths.
///
/// # Complexity
///
/// O(edges · lengths) of the unrolled circuit, and O(ablations · lengths).
///
/// # Examples
///
/// ```
/// use pathscope_core::model::ablation::ablations;
/// use pathscope_core::circuit::Circuit;
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
    let lengths = super::lengths_of(circuit)?;
    // The empty set of lengths leaves the largest graph. If that one fits, so does every other.
    without_lengths(&UnrolledCircuit::new(circuit)?, &BTreeSet::new())?;
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
        if removed == lengths {
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
    /// Returns the sets of lengths that the request describes for a model with `lengths`.
    fn sets(&self, lengths: &BTreeSet<usize>) -> Result<Vec<BTreeSet<usize>>, RemovalError> {
        let (Some(&shortest), Some(&longest)) = (lengths.first(), lengths.last()) else {
            return Ok(Vec::new());
        };
        match self {
            Self::Lengths(spans) => {
                let mut removed = BTreeSet::new();
                let mut missing = BTreeSet::new();
                for span in spans {
                    let named = span.within(shortest, longest);
                    // A span may be arbitrarily long, so only its ends and the existing lengths are
                    // considered.
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
        assert_eq!(
            found.iter().map(Ablation::name).collect::<Vec<_>>(),
            ["without-1", "without-2", "without-3"]
        );
    }
}
