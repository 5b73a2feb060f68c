//! A checkpoint whose tensors have known roles.

use super::{LayoutError, TensorMismatch, fit};
use crate::circuit::{Circuit, Connection, LayerName, Readout, TensorName, TensorPart};
use crate::files::checkpoint::{Checkpoint, TensorInfo, sha256};
use crate::graph::unroll::{Component, UnrolledCircuit};
use crate::model::network::{Network, UnknownNetwork};
use crate::model::operator_norm::operator_norm;
use crate::paths::strength::{
    BatchNormStrength, ConvolutionStrength, Strengths, convolution_strength, normalization_strength,
    of_transposed,
};
use ndarray::{ArrayD, Dimension};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Returns the roles of tensors outside the recurrent stage. Each of `layers` is a prefix of tensor names
/// with the name of the layer in roles.
pub(super) fn other_roles(
    checkpoint: &Checkpoint,
    layers: &[(String, LayerName)],
) -> BTreeMap<String, TensorName> {
    let role = |name: &String| {
        layers.iter().find_map(|(prefix, layer)| {
            let part = name.strip_prefix(prefix)?.replace("weight_", "");
            Some((name.clone(), layer.tensor(part.as_str().into())))
        })
    };
    checkpoint.tensors().keys().filter_map(role).collect()
}

/// A file that was read beside the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// The role of the file: `config`, `layout`, or `shard` of a checkpoint in several files.
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
    /// Returns the tensors of a convolution.
    pub fn convolution(weight: impl Into<String>) -> Self {
        Self { weight: Some(weight.into()), running_variance: None }
    }

    /// Returns the tensors of a PyTorch batch normalization with that name.
    pub fn batch_normalization(prefix: impl Display) -> Self {
        Self {
            weight: Some(format!("{prefix}.{}", TensorPart::Weight)),
            running_variance: Some(format!("{prefix}.{}", TensorPart::RunningVariance)),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.parts().map(|(name, _)| name)
    }

    fn parts(&self) -> impl Iterator<Item = (&String, TensorPart)> {
        let weight = self.weight.iter().map(|name| (name, TensorPart::Weight));
        weight.chain(self.running_variance.iter().map(|name| (name, TensorPart::RunningVariance)))
    }
}

/// A tensor of a checkpoint and its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorUse {
    /// Its name.
    pub name: String,
    /// Its type and shape.
    pub info: TensorInfo,
    /// Its role; `None` if the layout does not know the tensor.
    pub role: Option<TensorName>,
    /// The number of trainable parameters in it; 0 for running statistics and counters.
    pub parameters: usize,
    /// How many times one evaluation of the network uses it.
    pub uses: usize,
}

impl TensorUse {
    /// Returns the tensors of a checkpoint that matches no layout.
    pub fn without_roles(checkpoint: &Checkpoint) -> Vec<Self> {
        let tensors = checkpoint.tensors().iter();
        tensors.map(|(name, info)| Self::new(checkpoint, name, info, None, 0)).collect()
    }

    fn new(
        checkpoint: &Checkpoint,
        name: &str,
        info: &TensorInfo,
        role: Option<TensorName>,
        uses: usize,
    ) -> Self {
        let parameters = checkpoint.parameters(name);
        Self { name: name.to_owned(), info: info.clone(), role, parameters, uses }
    }
}

/// A checkpoint whose tensors have known roles.
#[derive(Debug)]
pub struct Model {
    /// The name of the layout.
    pub layout: String,
    /// The circuit.
    pub circuit: Circuit,
    /// The unrolled circuit.
    pub unrolled: UnrolledCircuit,
    /// ε of the batch normalizations.
    pub epsilon: f64,
    /// What was recognized and why, as sentences.
    pub evidence: Vec<String>,
    /// The files that were read beside the checkpoint.
    pub input_files: Vec<InputFile>,
    /// The parts outside the recurrent stage, or the reason why they are unknown.
    pub network: Result<Network, UnknownNetwork>,
    /// The layers of components, in the order of [`UnrolledCircuit::components`].
    layers: Vec<LayerName>,
    /// The names of components, in the order of [`UnrolledCircuit::components`].
    component_names: Vec<String>,
    /// The tensors of components, in the same order.
    pub(super) tensors: Vec<ComponentTensors>,
    /// The roles of tensors outside the recurrent stage.
    other_roles: BTreeMap<String, TensorName>,
}

/// A layout's description of a checkpoint, before it is compared with the checkpoint.
pub(super) struct Description<'a> {
    pub layout: String,
    /// The file that errors in the circuit refer to.
    pub described_in: &'a Path,
    pub circuit: Circuit,
    pub epsilon: f64,
    pub evidence: Vec<String>,
    pub input_files: Vec<InputFile>,
    pub network: Result<Network, UnknownNetwork>,
    pub other_roles: BTreeMap<String, TensorName>,
    /// Returns whether a tensor of that name must have a role.
    pub exhaustive: Box<dyn Fn(&str) -> bool>,
    /// A mismatch outside the recurrent stage.
    pub mismatches: Vec<TensorMismatch>,
    pub hint: String,
}

/// The tensor names of a layout.
pub(super) trait Names {
    fn tensors(&self, component: &Component) -> ComponentTensors;

    /// Returns the expected shape of a tensor, if the layout determines it.
    fn expected_shape(&self, _component: &Component) -> Option<Vec<usize>> {
        None
    }

    /// Returns the line and column at which a layout file names the tensor.
    fn named_at(&self, _component: &Component) -> Option<(usize, usize)> {
        None
    }
}

impl Model {
    /// Compares a description with the checkpoint.
    pub(super) fn new(
        checkpoint: &Checkpoint,
        description: Description<'_>,
        names: &dyn Names,
    ) -> Result<Self, LayoutError> {
        let unrolled = UnrolledCircuit::new(&description.circuit)
            .map_err(|source| LayoutError::Circuit { path: description.described_in.to_owned(), source })?;
        let tensors: Vec<ComponentTensors> =
            unrolled.components().iter().map(|component| names.tensors(component)).collect();
        let connection_names = description.circuit.connection_names();
        let layers: Vec<LayerName> = unrolled
            .components()
            .iter()
            .map(|component| component.name_among(|connection| connection_names[connection]))
            .collect();
        let shard = |path: &PathBuf| {
            Ok::<_, LayoutError>(InputFile { role: "shard", path: path.clone(), sha256: sha256(path)? })
        };
        let shards = checkpoint.shards().iter().map(shard).collect::<Result<Vec<_>, _>>()?;
        let mut model = Self {
            component_names: layers.iter().map(ToString::to_string).collect(),
            layers,
            layout: description.layout,
            circuit: description.circuit,
            unrolled,
            epsilon: description.epsilon,
            evidence: description.evidence,
            input_files: description.input_files.into_iter().chain(shards).collect(),
            network: description.network,
            tensors,
            other_roles: description.other_roles,
        };
        let mut mismatches = model.missing(checkpoint, names);
        mismatches.extend(model.unexpected(checkpoint, &description.exhaustive));
        let mut hint = description.hint;
        if mismatches.is_empty() {
            mismatches = description.mismatches;
            let fit = model.fit(checkpoint, names);
            mismatches.extend(fit.wrong);
            hint.push_str(&fit.hint);
            model.keep_channels_apart(fit.depthwise);
        }
        if mismatches.is_empty() {
            model.tell_of_gammas();
            return Ok(model);
        }
        Err(LayoutError::Mismatch {
            path: checkpoint.path().to_owned(),
            layout: model.layout,
            hint: fit::key_hint(checkpoint, &mismatches)
                .or_else(|| fit::gamma_hint(checkpoint, &mismatches))
                .unwrap_or(hint),
            mismatches,
        })
    }

    /// Treats convolutions as depthwise if nothing else fits, and reports that.
    fn keep_channels_apart(&mut self, depthwise: BTreeMap<usize, (usize, String)>) {
        for (connection, (channels, kernel)) in depthwise {
            let name = self.circuit.connection_name(connection);
            self.evidence.push(format!(
                "{kernel} sees one channel of {channels}, so {name} is taken for a depthwise convolution: `groups = {channels}` says the same"
            ));
            self.circuit.connections[connection].groups = channels;
        }
    }

    /// Returns the components without a running variance, whose strength is that of γ alone: group
    /// normalizations, and batch normalizations that use the statistics of each batch.
    pub fn without_running_variance(&self) -> impl Iterator<Item = &str> {
        let components = self.unrolled.components().iter().zip(&self.tensors).zip(&self.component_names);
        components
            .filter(|((component, tensors), _)| {
                component.is_normalization() && tensors.running_variance.is_none()
            })
            .map(|(_, name)| name.as_str())
    }

    fn tell_of_gammas(&mut self) {
        let names: Vec<&str> = self.without_running_variance().collect();
        if let Some((first, others)) = names.split_first() {
            let more = match others.len() {
                0 => String::new(),
                1 => format!(" and {}", others[0]),
                more => format!(" and {more} more"),
            };
            let have = if others.is_empty() { "has" } else { "have" };
            self.evidence
                .push(format!("{first}{more} {have} no running variance: mean |γ| is the strength there"));
        }
    }

    /// Returns the name of a component, given its index in [`UnrolledCircuit::components`].
    pub fn component_name(&self, index: usize) -> &str {
        &self.component_names[index]
    }

    /// Returns the names of the components' layers, in the order of [`UnrolledCircuit::components`].
    pub fn layers(&self) -> &[LayerName] {
        &self.layers
    }

    /// Returns the names of a component's tensors, given its index in [`UnrolledCircuit::components`].
    pub fn component_tensors(&self, index: usize) -> &ComponentTensors {
        &self.tensors[index]
    }

    /// Returns every tensor of the checkpoint with its role, in file order.
    pub fn tensor_uses(&self, checkpoint: &Checkpoint) -> Vec<TensorUse> {
        let uses_of_component = self.unrolled.graph().uses();
        let mut used: HashMap<&str, (TensorName, usize)> = HashMap::new();
        let mut layers: HashMap<&str, (LayerName, usize)> = HashMap::new();
        for (index, tensors) in self.tensors.iter().enumerate() {
            let component = self.layers[index];
            let uses = uses_of_component[index];
            for (name, part) in tensors.parts() {
                let entry = used.entry(name).or_insert_with(|| (component.tensor(part), 0));
                entry.1 += uses;
                if let Some((layer, _)) = name.rsplit_once('.') {
                    layers.insert(layer, (component, uses));
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
                        Some(role) => (Some(role.clone()), self.uses_of_other(role.layer)),
                        None => name
                            .rsplit_once('.')
                            .and_then(|(layer, part)| Some((layers.get(layer)?, part)))
                            .map_or((None, 0), |((component, uses), part)| {
                                (Some(component.tensor(part.into())), *uses)
                            }),
                    },
                };
                TensorUse::new(checkpoint, name, info, role, uses)
            })
            .collect()
    }

    /// Returns the tensor names by their names in pathscope's own layout. A tensor that several components
    /// use has one such name for each.
    pub(crate) fn tensors_by_role(&self, checkpoint: &Checkpoint) -> HashMap<TensorName, String> {
        let uses = self.tensor_uses(checkpoint).into_iter();
        let mut roles: HashMap<TensorName, String> =
            uses.filter_map(|tensor| Some((tensor.role?, tensor.name))).collect();
        for (component, tensors) in self.layers.iter().zip(&self.tensors) {
            let mut add = |part: TensorPart, name: &str| {
                roles.entry(component.tensor(part)).or_insert_with(|| name.to_owned());
            };
            for (name, part) in tensors.parts() {
                add(part, name);
                // The other parts of a PyTorch layer have the same prefix.
                let Some((layer, _)) = name.rsplit_once('.') else { continue };
                for part in TensorPart::NORMALIZATION {
                    let beside = format!("{layer}.{part}");
                    if checkpoint.tensors().contains_key(&beside) {
                        add(part, &beside);
                    }
                }
            }
        }
        roles
    }

    /// Returns how many times a part outside the recurrent stage is used. A late-averaging readout reads
    /// every iteration (paper, Eqs. 2c and 2d); everything else is used once.
    fn uses_of_other(&self, layer: LayerName) -> usize {
        match self.circuit.readout {
            Some(Readout::LateAvg | Readout::TwoAvg) if layer == LayerName::Readout => {
                self.unrolled.readout_iterations().len()
            }
            _ => 1,
        }
    }

    /// Computes the strengths of all components.
    ///
    /// # Errors
    ///
    /// [`LayoutError::BadNumber`] for a weight that is not finite or a variance that is negative;
    /// [`LayoutError::OperatorNorm`]; errors of reading the checkpoint.
    ///
    /// # Complexity
    ///
    /// O(weights), plus that of [`operator_norm`] for each convolution if requested. Each tensor is read once
    /// and then dropped.
    pub fn strengths(
        &self,
        checkpoint: &Checkpoint,
        convolution: ConvolutionStrength,
        batch_norm: BatchNormStrength,
    ) -> Result<Strengths, LayoutError> {
        Strengths::try_new(self.unrolled.components(), |index, component| {
            let factor = match *component {
                Component::Convolution { connection, .. } | Component::Identity { connection } => {
                    self.circuit.connections[connection].factor.abs()
                }
                Component::Normalization { .. } | Component::ConnectionNormalization { .. } => 1.0,
            };
            let strength = factor
                * match *component {
                    Component::Convolution { connection, .. } => {
                        self.convolution(checkpoint, index, convolution, connection)?
                    }
                    Component::Identity { .. } => 1.0,
                    Component::Normalization { .. } | Component::ConnectionNormalization { .. } => {
                        self.normalization(checkpoint, index, batch_norm)?
                    }
                };
            if strength.is_finite() {
                Ok(strength)
            } else {
                let component = self.component_names[index].clone();
                Err(LayoutError::BadStrength { path: checkpoint.path().to_owned(), component, strength })
            }
        })
    }

    /// Returns the strength of a convolution, without the factor of its connection.
    fn convolution(
        &self,
        checkpoint: &Checkpoint,
        index: usize,
        kind: ConvolutionStrength,
        connection: usize,
    ) -> Result<f64, LayoutError> {
        // No layout can name a convolution without weights.
        let Some(name) = &self.tensors[index].weight else { return Ok(1.0) };
        let Connection { transposed, groups, .. } = self.circuit.connections[connection];
        let mut weight = read(checkpoint, name, "a finite number", &f64::is_finite)?;
        if transposed {
            weight = of_transposed(weight.view(), groups);
        }
        match kind {
            ConvolutionStrength::KernelNorm => Ok(convolution_strength(weight.view())),
            ConvolutionStrength::OperatorNorm { map_size } => operator_norm(weight.view(), groups, map_size)
                .map_err(|source| {
                    let (path, tensor) = (checkpoint.path().to_owned(), name.clone());
                    LayoutError::OperatorNorm { path, tensor, source }
                }),
        }
    }

    /// Returns the names of the normalizations whose running variances have a property.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError`] if a variance cannot be read, or is not a number of at least 0.
    pub fn normalizations_where(
        &self,
        checkpoint: &Checkpoint,
        has: impl Fn(&[f64]) -> bool,
    ) -> Result<Vec<&str>, LayoutError> {
        let mut found = Vec::new();
        for (tensors, name) in self.tensors.iter().zip(&self.component_names) {
            let Some(variance) = &tensors.running_variance else { continue };
            if has(&read_variance(checkpoint, variance)?) {
                found.push(name.as_str());
            }
        }
        Ok(found)
    }

    /// Returns the strength of a batch normalization.
    fn normalization(
        &self,
        checkpoint: &Checkpoint,
        index: usize,
        kind: BatchNormStrength,
    ) -> Result<f64, LayoutError> {
        let tensors = &self.tensors[index];
        let numbers = |name: &String| read(checkpoint, name, "a finite number", &f64::is_finite);
        let gamma = tensors.weight.as_ref().map(numbers).transpose()?;
        let gamma = gamma.map(|gamma| gamma.into_raw_vec_and_offset().0);
        let variance = match (kind, &tensors.running_variance) {
            (BatchNormStrength::Gamma, _) | (BatchNormStrength::Effective, None) => None,
            (BatchNormStrength::Effective, Some(name)) => Some(read_variance(checkpoint, name)?),
        };
        Ok(normalization_strength(gamma.as_deref(), variance.as_deref(), self.epsilon))
    }
}

/// Reads a tensor and checks its elements.
fn read(
    checkpoint: &Checkpoint,
    tensor: &str,
    expected: &'static str,
    valid: &dyn Fn(f64) -> bool,
) -> Result<ArrayD<f64>, LayoutError> {
    let numbers = checkpoint.read(tensor)?;
    check_numbers(checkpoint.path(), tensor, &numbers, expected, valid)?;
    Ok(numbers)
}

fn read_variance(checkpoint: &Checkpoint, tensor: &str) -> Result<Vec<f64>, LayoutError> {
    let valid = |variance: f64| variance.is_finite() && variance >= 0.0;
    let numbers = read(checkpoint, tensor, "a finite variance of at least 0", &valid)?;
    Ok(numbers.into_raw_vec_and_offset().0)
}

/// Returns the number of trainable parameters in a checkpoint.
pub fn parameters(checkpoint: &Checkpoint) -> usize {
    checkpoint.tensors().keys().map(|name| checkpoint.parameters(name)).sum()
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
