//! Data sets of a study in the places of the paper's.

use std::collections::BTreeSet;

/// The paper's data sets, as studies of them are called.
const PAPER: [&str; 2] = ["ns2250", "imagenet8k"];
/// How alike names must be for one to be meant by the other, from 0 to 1.
const LIKE: f64 = 0.5;

/// The data sets that stand for NS 2250 and ImageNet 8K: those called `ns2250` and `imagenet8k`, or else the first
/// ones by name.
///
/// # Examples
///
/// ```
/// use pathscope::results::datasets_of_paper;
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

/// The name that may have been meant by one that there is not.
pub fn likely<'a>(name: &str, names: &BTreeSet<&'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::normalized_levenshtein(name, other);
    let nearest = names.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    nearest.filter(|nearest| likeness(nearest) >= LIKE)
}
