//! The data sets of a study that stand for those of the paper.

use pathscope_core::files::text::list;
use std::collections::BTreeSet;
use thiserror::Error;

/// The names of the paper's data sets in studies.
const PAPER: [&str; 2] = ["ns2250", "imagenet8k"];
/// The similarity from which a name is suggested, from 0 to 1.
const LIKE: f64 = 0.5;

/// A data set of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperDataset {
    /// NS 2250, or the study's data set in its place.
    First,
    /// ImageNet 8K, or the study's data set in its place.
    Second,
}

/// The error for a data set without trained models.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("no model was trained on '{name}': the results have {found}{suggestion}")]
pub struct UnknownDataset {
    /// The name.
    pub name: String,
    /// The names of the data sets with models.
    pub found: String,
    /// A suggestion for a similar name, as a question.
    pub suggestion: String,
}

impl UnknownDataset {
    pub(super) fn new(name: &str, existing: &BTreeSet<&str>) -> Self {
        Self {
            name: name.to_owned(),
            found: list(existing),
            suggestion: likely(name, existing)
                .map_or(String::new(), |likely| format!("; did you mean {likely}?")),
        }
    }
}

/// Returns the data sets that stand for NS 2250 and ImageNet 8K: those named `ns2250` and `imagenet8k`, or
/// else the first two by name.
///
/// # Examples
///
/// ```
/// use pathscope::study::results::datasets_of_paper;
///
/// assert_eq!(datasets_of_paper(&["imagenet8k", "ns2250"].into()), (Some("ns2250"), Some("imagenet8k")));
/// assert_eq!(datasets_of_paper(&["imagenet8k", "v1"].into()), (Some("v1"), Some("imagenet8k")));
/// assert_eq!(datasets_of_paper(&["v1", "v4"].into()), (Some("v1"), Some("v4")));
/// assert_eq!(datasets_of_paper(&["v1"].into()), (Some("v1"), None));
/// assert_eq!(datasets_of_paper(&["imagenet8k"].into()), (Some("imagenet8k"), Some("imagenet8k")));
/// ```
pub fn datasets_of_paper<'a>(names: &BTreeSet<&'a str>) -> (Option<&'a str>, Option<&'a str>) {
    let of_paper = |index: usize| names.iter().copied().find(|&name| name == PAPER[index]);
    let other = |than: &str| names.iter().copied().find(|&name| name != than);
    let first = of_paper(0).or_else(|| other(PAPER[1])).or_else(|| of_paper(1));
    (first, of_paper(1).or_else(|| other(first?)))
}

/// Returns an existing name that is similar to a missing one.
fn likely<'a>(name: &str, names: &BTreeSet<&'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::normalized_levenshtein(name, other);
    let nearest = names.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    nearest.filter(|nearest| likeness(nearest) >= LIKE)
}
