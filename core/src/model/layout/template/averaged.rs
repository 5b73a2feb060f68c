//! Averaged weights beside the raw ones in a flat list of names.

use crate::files::checkpoint::Checkpoint;
use std::collections::{BTreeMap, BTreeSet};

/// Words in the names of averaged weights.
const WORDS: [&str; 6] = ["ema", "swa", "averaged", "average", "teacher", "shadow"];

/// Returns the prefixes of averaged weights: every kernel below such a prefix also exists elsewhere, with the
/// same name and shape.
///
/// # Arguments
///
/// * `names` - the names of all tensors
///
/// # Complexity
///
/// O(tensors · log tensors · names' lengths)
pub(super) fn copies(names: &[&str], checkpoint: &Checkpoint) -> Vec<String> {
    let shape = |name: &str| checkpoint.tensors()[name].shape.as_slice();
    let kernels = || names.iter().copied().filter(|name| shape(name).len() >= 3);
    let mut averaged: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut raw: BTreeSet<(String, &[usize])> = BTreeSet::new();
    for name in kernels() {
        match averaged_part(name) {
            Some(prefix) => averaged.entry(prefix).or_default().push(name),
            None => raw.extend(endings(name).map(|ending| (plain(ending), shape(name)))),
        }
    }
    let is_copy = |prefix: &str, kernels: &[&str]| {
        kernels.iter().all(|name| raw.contains(&(plain(&name[prefix.len() + 1..]), shape(name))))
    };
    averaged
        .into_iter()
        .filter(|(prefix, kernels)| is_copy(prefix, kernels))
        .map(|(prefix, _)| prefix.to_owned())
        .collect()
}

/// Returns whether a name begins with a prefix and a dot.
pub(super) fn is_under(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'))
}

/// Returns the name up to the first part that marks averaged weights.
fn averaged_part(name: &str) -> Option<&str> {
    name.match_indices('.').map(|(end, _)| &name[..end]).find(|prefix| {
        let part = prefix.rsplit('.').next().unwrap_or(prefix).to_lowercase();
        part.split(|character: char| !character.is_ascii_alphabetic()).any(|word| WORDS.contains(&word))
    })
}

/// Returns a name and its remainders after removing leading parts.
fn endings(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, rest)| rest))
}

/// Returns a name without dots, which some averages drop, and without a wrapper's prefix.
fn plain(name: &str) -> String {
    name.strip_prefix("module.").unwrap_or(name).replace('.', "")
}
