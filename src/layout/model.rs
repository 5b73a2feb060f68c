//! A checkpoint whose tensors are known by role.

use super::error::LISTED;
use super::{LayoutError, TensorMismatch};
use crate::checkpoint::{Checkpoint, TensorInfo};
use crate::circuit::{Circuit, INPUT_BLOCK};
use crate::strength::{BatchNormStrength, Strengths, convolution_strength, normalization_strength};
use crate::unroll::{Component, Part, UnrolledCircuit};
use ndarray::{ArrayD, Dimension};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A file that was read beside the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// What it is: `config` or `layout`.
    pub role: &'static str,
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
}

/// The names of a component's tensors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentTensors {
    /// The kernel of a convolution, or γ of a normalization if it has one.
    pub weight: Option<String>,
    /// The running variance of a normalization, if it has one.
    pub running_variance: Option<String>,
}

impl ComponentTensors {
    /// Of a convolution.
    pub fn convolution(weight: impl Into<String>) -> Self {
        Self { weight: Some(weight.into()), running_variance: None }
    }

    /// Of a batch normalization of PyTorch under that name.
    pub fn batch_normalization(prefix: &str) -> Self {
        Self {
            weight: Some(format!("{prefix}.weight")),
            running_variance: Some(format!("{prefix}.running_var")),
        }
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.weight.iter().chain(&self.running_variance)
    }
}

/// A tensor of the checkpoint and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorUse {
    /// Its name.
    pub name: String,
    /// Its type and shape.
    pub info: TensorInfo,
    /// What it is for; `None` for what the layout does not know.
    pub role: Option<String>,
    /// The numbers in it that training changes; 0 for running statistics and counters.
    pub parameters: usize,
    /// How often one evaluation of the network uses it.
    pub uses: usize,
}

/// A checkpoint whose tensors are known by role.
#[derive(Debug)]
pub struct Model {
    /// The name of the layout.
    pub layout: String,
    /// The circuit.
    pub circuit: Circuit,
    /// The circuit, unrolled.
    pub unrolled: UnrolledCircuit,
    /// ε of the batch normalizations.
    pub epsilon: f64,
    /// What was recognized and why, in sentences.
    pub evidence: Vec<String>,
    /// The files that were read beside the checkpoint.
    pub input_files: Vec<InputFile>,
    /// By component, in the order of [`UnrolledCircuit::components`].
    tensors: Vec<ComponentTensors>,
    /// What tensors outside the recurrent stage are for.
    other_roles: BTreeMap<String, String>,
}

/// What a layout knows, before it is held against the checkpoint.
pub(super) struct Description<'a> {
    pub layout: String,
    /// The file that errors in the circuit are blamed on.
    pub described_in: &'a Path,
    pub circuit: Circuit,
    pub epsilon: f64,
    pub evidence: Vec<String>,
    pub input_files: Vec<InputFile>,
    pub other_roles: BTreeMap<String, String>,
    /// Tensors that must all be used if they begin with this.
    pub exhaustive_prefix: Option<&'a str>,
    pub hint: String,
}

/// How a layout names tensors.
pub(super) trait Names {
    fn tensors(&self, component: &Component) -> ComponentTensors;

    /// The shape that a tensor should have, where the layout says it.
    fn expected_shape(&self, _component: &Component) -> Option<Vec<usize>> {
        None
    }

    /// Where a layout file names it.
    fn named_at(&self, _component: &Component) -> Option<(usize, usize)> {
        None
    }
}

impl Model {
    /// Holds a description against the checkpoint.
    pub(super) fn new(
        checkpoint: &Checkpoint,
        description: Description<'_>,
        names: &dyn Names,
    ) -> Result<Self, LayoutError> {
        let unrolled = UnrolledCircuit::new(&description.circuit)
            .map_err(|source| LayoutError::Circuit { path: description.described_in.to_owned(), source })?;
        let tensors: Vec<ComponentTensors> =
            unrolled.components().iter().map(|component| names.tensors(component)).collect();
        let model = Self {
            layout: description.layout,
            circuit: description.circuit,
            unrolled,
            epsilon: description.epsilon,
            evidence: description.evidence,
            input_files: description.input_files,
            tensors,
            other_roles: description.other_roles,
        };
        let mut mismatches = model.missing(checkpoint, names);
        if let Some(prefix) = description.exhaustive_prefix {
            mismatches.extend(model.unexpected(checkpoint, prefix));
        }
        if mismatches.is_empty() {
            mismatches = model.wrong_shapes(checkpoint);
        }
        if mismatches.is_empty() {
            return Ok(model);
        }
        Err(LayoutError::Mismatch {
            path: checkpoint.path().to_owned(),
            layout: model.layout,
            hint: key_hint(checkpoint, &mismatches).unwrap_or(description.hint),
            mismatches,
        })
    }

    /// The names of a component's tensors, by its index in [`UnrolledCircuit::components`].
    pub fn component_tensors(&self, index: usize) -> &ComponentTensors {
        &self.tensors[index]
    }

    /// Every tensor of the checkpoint with its role, in the order of the checkpoint.
    pub fn tensor_uses(&self, checkpoint: &Checkpoint) -> Vec<TensorUse> {
        let mut uses_of_component = vec![0usize; self.tensors.len()];
        for node in self.unrolled.graph().node_weights() {
            if let Part::Component(index) = node.part {
                uses_of_component[index] += 1;
            }
        }
        let mut used: HashMap<&str, (String, usize)> = HashMap::new();
        let mut layers: HashMap<&str, (String, usize)> = HashMap::new();
        for (index, tensors) in self.tensors.iter().enumerate() {
            let component = self.unrolled.components()[index].name(&self.circuit);
            let uses = uses_of_component[index];
            let named = [(&tensors.weight, "weight"), (&tensors.running_variance, "running variance")];
            for (name, part) in named.into_iter().filter_map(|(name, part)| Some((name.as_ref()?, part))) {
                let entry = used.entry(name).or_insert_with(|| (format!("{component} {part}"), 0));
                entry.1 += uses;
                if let Some((layer, _)) = name.rsplit_once('.') {
                    layers.insert(layer, (component.clone(), uses));
                }
            }
        }
        checkpoint
            .tensors()
            .iter()
            .map(|(name, info)| {
                let (role, uses) = match used.get(name.as_str()) {
                    Some((role, uses)) => (Some(role.clone()), *uses),
                    None => match self.other_roles.get(name) {
                        Some(role) => (Some(role.clone()), 1),
                        None => name
                            .rsplit_once('.')
                            .and_then(|(layer, part)| Some((layers.get(layer)?, part)))
                            .map_or((None, 0), |((component, uses), part)| {
                                (Some(format!("{component} {}", part.replace('_', " "))), *uses)
                            }),
                    },
                };
                TensorUse {
                    parameters: if is_buffer(name) { 0 } else { info.len() },
                    name: name.clone(),
                    info: info.clone(),
                    role,
                    uses,
                }
            })
            .collect()
    }

    /// Measures the strengths of all components.
    ///
    /// # Errors
    ///
    /// [`LayoutError::BadNumber`] for a weight that is not finite or a variance that is negative;
    /// errors of reading the checkpoint.
    ///
    /// # Complexity
    ///
    /// O(weights); each tensor is read once and dropped.
    pub fn strengths(
        &self,
        checkpoint: &Checkpoint,
        kind: BatchNormStrength,
    ) -> Result<Strengths, LayoutError> {
        let mut index = 0..self.tensors.len();
        let positions: HashMap<Component, usize> =
            self.unrolled.components().iter().copied().zip(&mut index).collect();
        Strengths::try_new(&self.unrolled, |component| {
            let tensors = &self.tensors[positions[component]];
            let strength = self.strength(checkpoint, component, tensors, kind)?;
            if strength.is_finite() {
                Ok(strength)
            } else {
                let component = component.name(&self.circuit);
                Err(LayoutError::BadStrength { path: checkpoint.path().to_owned(), component, strength })
            }
        })
    }

    fn strength(
        &self,
        checkpoint: &Checkpoint,
        component: &Component,
        tensors: &ComponentTensors,
        kind: BatchNormStrength,
    ) -> Result<f64, LayoutError> {
        let read = |name: &String, expected, valid: &dyn Fn(f64) -> bool| {
            let numbers = checkpoint.read(name)?;
            check_numbers(checkpoint.path(), name, &numbers, expected, valid)?;
            Ok::<_, LayoutError>(numbers)
        };
        let weight =
            tensors.weight.as_ref().map(|name| read(name, "a finite number", &f64::is_finite)).transpose()?;
        if !matches!(component, Component::Normalization { .. }) {
            // A convolution without weights cannot be named by any layout.
            return Ok(weight.map_or(1.0, |weight| convolution_strength(weight.view())));
        }
        let gamma = weight.map(|weight| weight.into_raw_vec_and_offset().0);
        let variance = match (kind, &tensors.running_variance) {
            (BatchNormStrength::Gamma, _) => None,
            (BatchNormStrength::Effective, None) => {
                return Err(LayoutError::NoRunningVariance {
                    path: checkpoint.path().to_owned(),
                    component: component.name(&self.circuit),
                });
            }
            (BatchNormStrength::Effective, Some(name)) => {
                let valid = |variance: f64| variance.is_finite() && variance >= 0.0;
                let numbers = read(name, "a finite variance of at least 0", &valid)?;
                Some(numbers.into_raw_vec_and_offset().0)
            }
        };
        Ok(normalization_strength(gamma.as_deref(), variance.as_deref(), self.epsilon))
    }

    fn missing(&self, checkpoint: &Checkpoint, names: &dyn Names) -> Vec<TensorMismatch> {
        let used: HashSet<&String> = self.tensors.iter().flat_map(ComponentTensors::names).collect();
        let candidates: Vec<(&String, &TensorInfo)> =
            checkpoint.tensors().iter().filter(|(name, _)| !used.contains(name)).collect();
        let mut missing = Vec::new();
        for (component, tensors) in self.unrolled.components().iter().zip(&self.tensors) {
            for name in tensors.names().filter(|name| !checkpoint.tensors().contains_key(*name)) {
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

    fn unexpected(&self, checkpoint: &Checkpoint, prefix: &str) -> Vec<TensorMismatch> {
        self.tensor_uses(checkpoint)
            .into_iter()
            .filter(|tensor| tensor.role.is_none() && tensor.name.starts_with(prefix))
            .map(|tensor| TensorMismatch::Unexpected { name: tensor.name, shape: tensor.info.shape })
            .collect()
    }

    /// Checks that channels fit together along every connection.
    fn wrong_shapes(&self, checkpoint: &Checkpoint) -> Vec<TensorMismatch> {
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
            if found.len() < 3 || found.contains(&0) {
                let expected = "[output channels, input channels, …kernel], none of them 0".to_owned();
                wrong.push(TensorMismatch::Shape {
                    name: name.clone(),
                    role,
                    found: found.to_vec(),
                    expected,
                });
                continue;
            }
            let connection = &self.circuit.connections[*connection];
            let &mut (expected, because) = channels.entry(connection.to).or_insert((found[0], name));
            if found[0] != expected {
                let expected = format!("{expected} output channels, as {because} has");
                wrong.push(TensorMismatch::Shape {
                    name: name.clone(),
                    role,
                    found: found.to_vec(),
                    expected,
                });
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
                wrong.push(TensorMismatch::Shape {
                    name: name.clone(),
                    role: component.name(&self.circuit),
                    found: found.to_vec(),
                    expected: format!("{channels} input channels, the output channels of {because}"),
                });
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
                wrong.push(TensorMismatch::Shape {
                    name: name.clone(),
                    role,
                    found: found.to_vec(),
                    expected,
                });
            }
        }
        wrong
    }
}

/// Says so where the missing tensors are there, under an entry of the saved dictionary.
fn key_hint(checkpoint: &Checkpoint, mismatches: &[TensorMismatch]) -> Option<String> {
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

/// Whether PyTorch keeps a tensor of that name as a buffer and not as a parameter.
fn is_buffer(name: &str) -> bool {
    ["running_mean", "running_var", "num_batches_tracked"].iter().any(|buffer| name.ends_with(buffer))
}

fn check_numbers(
    path: &Path,
    tensor: &str,
    numbers: &ArrayD<f64>,
    expected: &'static str,
    valid: &dyn Fn(f64) -> bool,
) -> Result<(), LayoutError> {
    match numbers.indexed_iter().find(|&(_, &number)| !valid(number)) {
        None => Ok(()),
        Some((index, &found)) => Err(LayoutError::BadNumber {
            path: path.to_owned(),
            tensor: tensor.to_owned(),
            index: index.slice().to_vec(),
            found,
            expected,
        }),
    }
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
