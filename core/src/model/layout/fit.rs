//! Comparison of a layout with a checkpoint: missing and unexpected tensors.

use super::TensorMismatch;
use super::error::LISTED;
use super::model::{ComponentTensors, Model, Names};
use crate::files::checkpoint::{Checkpoint, EVERYTHING, TensorInfo, index_beside};
use std::collections::HashSet;

impl Model {
    pub(super) fn missing(&self, checkpoint: &Checkpoint, names: &dyn Names) -> Vec<TensorMismatch> {
        let used: HashSet<&String> = self.tensors.iter().flat_map(ComponentTensors::names).collect();
        let candidates: Vec<(&String, &TensorInfo)> =
            checkpoint.tensors().iter().filter(|(name, _)| !used.contains(name)).collect();
        let mut missing = Vec::new();
        for (component, tensors) in self.unrolled.components().iter().zip(&self.tensors) {
            for name in tensors.names().filter(|name| !checkpoint.tensors().contains_key(*name)) {
                if let Some(reason) = checkpoint.refusal(name) {
                    missing.push(TensorMismatch::Refused {
                        name: name.clone(),
                        role: component.name(&self.circuit).to_string(),
                        reason: reason.to_owned(),
                        named_at: names.named_at(component),
                    });
                    continue;
                }
                // Only the listed tensors are compared with every candidate, because each comparison takes
                // time.
                let nearest = if missing.len() < LISTED { nearest(name, &candidates) } else { None };
                missing.push(TensorMismatch::Missing {
                    name: name.clone(),
                    role: component.name(&self.circuit).to_string(),
                    expected: names.expected_shape(component),
                    nearest,
                    named_at: names.named_at(component),
                });
            }
        }
        missing
    }

    pub(super) fn unexpected(
        &self,
        checkpoint: &Checkpoint,
        exhaustive: &dyn Fn(&str) -> bool,
    ) -> Vec<TensorMismatch> {
        self.tensor_uses(checkpoint)
            .into_iter()
            .filter(|tensor| tensor.role.is_none() && exhaustive(&tensor.name))
            .map(|tensor| TensorMismatch::Unexpected { name: tensor.name, shape: tensor.info.shape })
            .collect()
    }
}

/// Returns the candidate most similar to `name`, if any is similar at all.
fn nearest(name: &str, candidates: &[(&String, &TensorInfo)]) -> Option<(String, Vec<usize>)> {
    const ALIKE: f64 = 0.6;
    // The same name inside a module is nearer than any other spelling.
    let is_within =
        |candidate: &str| candidate.strip_suffix(name).is_some_and(|module| module.ends_with('.'));
    let likeness = |candidate: &str| {
        if is_within(candidate) { 1.0 } else { strsim::normalized_levenshtein(name, candidate) }
    };
    candidates
        .iter()
        .map(|(candidate, info)| (likeness(candidate), candidate, info))
        .filter(|&(likeness, ..)| likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate, info)| ((*candidate).clone(), info.shape.clone()))
}

/// Returns advice on running variances if the layers exist and lack only those.
pub(super) fn gamma_hint(checkpoint: &Checkpoint, mismatches: &[TensorMismatch]) -> Option<String> {
    let layer = |mismatch: &TensorMismatch| match mismatch {
        TensorMismatch::Missing { name, .. } => {
            let weight = format!("{}.weight", name.strip_suffix(".running_var")?);
            checkpoint.tensors().contains_key(&weight).then_some(weight)
        }
        _ => None,
    };
    let layers: Option<Vec<String>> = mismatches.iter().map(layer).collect();
    let weight = layers?.into_iter().next()?;
    Some(format!(
        "\nWhere a normalization has no running variance its strength is mean |γ|: name its weight alone, {{ weight = \"{weight}\" }}, or with {{t}}"
    ))
}

/// Returns a hint if the missing tensors exist under another key. Only keys that were tried are suggested.
pub(super) fn key_hint(checkpoint: &Checkpoint, mismatches: &[TensorMismatch]) -> Option<String> {
    let missing: Vec<&str> = mismatches
        .iter()
        .filter_map(|mismatch| match mismatch {
            TensorMismatch::Missing { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let first = missing.first()?;
    if let Some(index) = checkpoint.folder().and_then(|_| index_beside(checkpoint.path())) {
        return Some(format!(
            "\nthis is one of the files of a checkpoint in several: give {}, which names them all",
            index.display()
        ));
    }
    let everything = checkpoint.reopen(EVERYTHING).ok()?;
    // Names as the user sees them come first, then those with all enclosing entries.
    let names = checkpoint.tensors().keys().chain(everything.tensors().keys());
    let mut keys: Vec<&str> = names
        .filter_map(|name| match name.strip_suffix(first)? {
            "" => Some(EVERYTHING),
            before => before.strip_suffix('.'),
        })
        .collect();
    // A name under a key has a longer form too.
    let mut seen = HashSet::new();
    keys.retain(|key| {
        let outer = checkpoint.key().and_then(|outer| key.strip_prefix(outer)?.strip_prefix('.'));
        seen.insert(outer.unwrap_or(key))
    });
    let found = |key: &str| {
        let opened = checkpoint.reopen(key).ok();
        opened.map_or(0, |opened| missing.iter().filter(|name| opened.tensors().contains_key(**name)).count())
    };
    let tried: Vec<(usize, &str)> = keys.into_iter().take(TRIED).map(|key| (found(key), key)).collect();
    let most = tried.iter().map(|(found, _)| *found).max().filter(|&most| most > 0)?;
    let best: Vec<&str> = tried.iter().filter(|(found, _)| *found == most).map(|(_, key)| *key).collect();
    let place = |key: &&str| match *key {
        EVERYTHING => "in the whole dictionary".to_owned(),
        key => format!("under '{key}'"),
    };
    let places: Vec<String> = best.iter().map(place).collect();
    Some(format!(
        "\n{first} is there {}: if that is the model, give --key {}",
        places.join(" and "),
        best.join(" or --key ")
    ))
}

/// The largest number of keys that are tried.
const TRIED: usize = 4;
