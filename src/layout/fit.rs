//! A layout held against a checkpoint: what is missing, what is too much, what has another shape.

use super::TensorMismatch;
use super::error::LISTED;
use super::model::{ComponentTensors, Model, Names};
use crate::checkpoint::{Checkpoint, TensorInfo};
use crate::circuit::INPUT_BLOCK;
use crate::unroll::Component;
use std::collections::{BTreeMap, HashSet};

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
                        role: component.name(&self.circuit),
                        reason: reason.to_owned(),
                        named_at: names.named_at(component),
                    });
                    continue;
                }
                // Only so many are listed, and each takes a comparison with every candidate.
                let nearest = if missing.len() < LISTED { nearest(name, &candidates) } else { None };
                missing.push(TensorMismatch::Missing {
                    name: name.clone(),
                    role: component.name(&self.circuit),
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

    /// Checks that channels fit together along every connection.
    pub(super) fn wrong_shapes(&self, checkpoint: &Checkpoint, names: &dyn Names) -> Vec<TensorMismatch> {
        let shape = |name: &String| checkpoint.tensors()[name].shape.as_slice();
        let mut wrong = Vec::new();
        let mut channels: BTreeMap<usize, (usize, &String)> = BTreeMap::new();
        let mut convolutions = Vec::new();
        let all = || self.unrolled.components().iter().zip(&self.tensors);
        for (component, tensors) in all() {
            let (Component::Convolution { connection, .. }, Some(name)) = (component, &tensors.weight) else {
                continue;
            };
            let role = component.name(&self.circuit);
            let found = shape(name);
            if let Some(expected) = names.expected_shape(component).filter(|expected| expected != found) {
                let expected = format!("{expected:?}");
                wrong.push(shape_mismatch(name, role, found, expected));
                continue;
            }
            if found.len() < 3 || found.contains(&0) {
                let expected = "[output channels, input channels, …kernel], none of them 0".to_owned();
                wrong.push(shape_mismatch(name, role, found, expected));
                continue;
            }
            let connection = &self.circuit.connections[*connection];
            let &mut (expected, because) = channels.entry(connection.to).or_insert((found[0], name));
            if found[0] != expected {
                let expected = format!("{expected} output channels, as {because} has");
                wrong.push(shape_mismatch(name, role, found, expected));
            } else {
                convolutions.push((component, name, connection.from));
            }
        }
        for (component, name, from) in convolutions {
            let found = shape(name);
            let Some(&(channels, because)) = channels.get(&from).filter(|_| from != INPUT_BLOCK) else {
                continue;
            };
            // A grouped convolution has a whole number of groups of input channels.
            if !channels.is_multiple_of(found[1]) {
                let role = component.name(&self.circuit);
                wrong.push(shape_mismatch(
                    name,
                    role,
                    found,
                    format!("{channels} input channels, the output channels of {because}"),
                ));
            }
        }
        for (component, tensors) in all() {
            let Component::Normalization { block, .. } = component else { continue };
            for name in tensors.names() {
                let found = shape(name);
                let expected = match (channels.get(block), found) {
                    (Some(&(channels, because)), _) if found != [channels] => {
                        format!("[{channels}], the output channels of {because}")
                    }
                    (Some(_), _) => continue,
                    // Without convolutions the first normalization says it for the others.
                    (None, &[count]) if count > 0 => {
                        channels.insert(*block, (count, name));
                        continue;
                    }
                    (None, _) => "[channels]".to_owned(),
                };
                let role = component.name(&self.circuit);
                wrong.push(shape_mismatch(name, role, found, expected));
            }
        }
        wrong
    }
}

fn shape_mismatch(name: &str, role: String, found: &[usize], expected: String) -> TensorMismatch {
    TensorMismatch::Shape { name: name.to_owned(), role, found: found.to_vec(), expected }
}

/// The candidate most like `name`, if any is like it at all.
fn nearest(name: &str, candidates: &[(&String, &TensorInfo)]) -> Option<(String, Vec<usize>)> {
    const ALIKE: f64 = 0.6;
    let likeness = |candidate: &str| strsim::normalized_levenshtein(name, candidate);
    candidates
        .iter()
        .map(|(candidate, info)| (likeness(candidate), candidate, info))
        .filter(|&(likeness, ..)| likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate, info)| ((*candidate).clone(), info.shape.clone()))
}

/// Says so where the missing tensors are there, under an entry of the saved dictionary.
pub(super) fn key_hint(checkpoint: &Checkpoint, mismatches: &[TensorMismatch]) -> Option<String> {
    if checkpoint.key().is_some() {
        return None;
    }
    let missing = mismatches.iter().find_map(|mismatch| match mismatch {
        TensorMismatch::Missing { name, .. } => Some(name),
        _ => None,
    })?;
    let key = checkpoint.tensors().keys().find_map(|name| {
        name.strip_suffix(missing.as_str())?.strip_suffix('.').filter(|key| !key.contains('.'))
    })?;
    Some(format!(
        "\n{missing} is there under '{key}': if the weights are in that entry, give it with --key {key}"
    ))
}
