//! The analysis as JSON (schema `pathscope/analysis/1`).
//!
//! Numbers are full-precision doubles and exact integers. A strength beyond the range of doubles is
//! `null`, and `log_strength`, its natural logarithm, is there in any case.

use crate::analysis::Analysis;
use crate::checkpoint::{Container, EffectiveKernel};
use crate::circuit::{Activation, INPUT_BLOCK, Readout};
use crate::complexity::Complexity;
use crate::ensemble::Ensemble;
use crate::magnitude::Magnitude;
use crate::paths::PathCount;
use crate::paths::strongest::strongest;
use crate::strength::BatchNormStrength;
use crate::unroll::Component;
use serde::Serialize;
use std::collections::BTreeSet;

/// The schema that [`Report`] is written in.
pub const SCHEMA: &str = "pathscope/analysis/1";

/// An analysis, ready to be written.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What wrote it.
    pub generator: Generator,
    /// What was analysed.
    pub source: Source<'a>,
    /// The circuit in a few words.
    pub circuit: CircuitSummary<'a>,
    /// What the numbers depend on.
    pub conventions: Conventions,
    /// Architectural complexity, of the circuit without its weights.
    pub complexity: Complexity,
    /// The components on paths, block by block.
    pub components: Vec<ComponentRow>,
    /// One ensemble for the readout mode, or one for each where the checkpoint names none.
    pub ensembles: Vec<EnsembleReport<'a>>,
}

/// What wrote a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Generator {
    /// `pathscope`
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl Generator {
    /// This version of pathscope.
    pub const THIS: Self = Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
}

/// What was analysed.
#[derive(Debug, Serialize)]
pub struct Source<'a> {
    /// The checkpoint, as it was named.
    pub path: String,
    /// Its SHA-256.
    pub sha256: &'a str,
    /// The layout it was read by.
    pub layout: &'a str,
    /// The kind of file.
    pub container: Container,
    /// The entry of the saved dictionary that the weights are from; null for all of it.
    pub key: Option<&'a str>,
    /// Other entries that hold kernels; left out where there is none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub other_keys: &'a [String],
    /// Kernels that were computed from several stored tensors; left out where there is none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub effective_kernels: &'a [EffectiveKernel],
    /// What was read beside it.
    pub inputs: Vec<Input>,
}

/// A file read beside the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// `config`, `layout`, or `shard` of a checkpoint in several files.
    pub role: &'static str,
    /// The file.
    pub path: String,
    /// Its SHA-256.
    pub sha256: String,
}

impl Input {
    /// What was read beside a checkpoint.
    pub fn all(analysis: &Analysis) -> Vec<Self> {
        let inputs = analysis.model.input_files.iter();
        inputs
            .map(|input| Self {
                role: input.role,
                path: input.path.display().to_string(),
                sha256: input.sha256.clone(),
            })
            .collect()
    }
}

/// The circuit in a few words.
#[derive(Debug, Serialize)]
pub struct CircuitSummary<'a> {
    /// How many there are.
    pub recurrent_blocks: usize,
    /// T
    pub iterations: usize,
    /// null where nothing says it.
    pub activation: Option<Activation>,
    /// The readout mode; null where nothing says it.
    pub readout: Option<Readout>,
    /// Whether it is a multi-path model.
    pub multi_path: bool,
    /// The lengths whose paths it lacks.
    pub lengths_removed: BTreeSet<usize>,
    /// The recurrent blocks.
    pub blocks: Vec<BlockSummary<'a>>,
}

/// A block in a few words.
#[derive(Debug, Serialize)]
pub struct BlockSummary<'a> {
    /// Its number: the first recurrent block is 2.
    pub number: usize,
    /// What its author calls it.
    pub name: &'a str,
    /// T' ≤ T, after which its output is held.
    pub iterations: usize,
}

/// The conventions that the numbers depend on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conventions {
    /// `kernel-norm`: mean over output channels of the 2-norm of the flattened kernel;
    /// `operator-norm`: the largest singular value on periodic maps.
    pub conv_strength: &'static str,
    /// Of `operator-norm`: points along every side of those maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_size: Option<usize>,
    /// `effective`: mean |γ / √(running variance + ε)|; `gamma`: mean |γ|.
    pub bn_strength: BatchNormStrength,
    /// The normalizations without running variance, whose strength is mean |γ| although `effective` was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gamma_strength: Vec<String>,
    /// ε
    pub bn_eps: f64,
}

impl Conventions {
    /// Returns the conventions of an analysis.
    pub fn of(analysis: &Analysis) -> Self {
        Self {
            conv_strength: analysis.convolution_strength.as_str(),
            map_size: analysis.convolution_strength.map_size(),
            bn_strength: analysis.batch_norm_strength,
            gamma_strength: match analysis.batch_norm_strength {
                BatchNormStrength::Gamma => Vec::new(),
                BatchNormStrength::Effective => {
                    analysis.model.without_running_variance().map(str::to_owned).collect()
                }
            },
            bn_eps: analysis.model.epsilon,
        }
    }
}

/// A component and its strength.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentRow {
    /// Its name: see [`Component::name`].
    pub name: String,
    /// `conv`, `identity` or `batch-norm`.
    pub kind: &'static str,
    /// Number of the block that it belongs to.
    pub block: usize,
    /// The role of the connection that it belongs to: `bottom-up`, `lateral`, `top-down` or `skip`.
    pub role: Option<&'static str>,
    /// The iteration that it belongs to; null for all of them.
    pub iteration: Option<usize>,
    /// The shape of a convolution's kernel: [output channels, input channels of a group, …kernel], or for a transposed one
    /// [input channels, output channels of a group, …kernel].
    pub shape: Option<Vec<usize>>,
    /// The iterations at which the connection is active, as in `1` or `2-`, where these are not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<String>,
    /// The factor of the connection, where that is not 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Whether it is a transposed convolution.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub transposed: bool,
    /// The groups of channels of a convolution, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<usize>,
    /// Its strength (paper, section 4.3); null where it is no normal double.
    pub strength: Option<f64>,
    /// Of a convolution whose strength is another: the paper's kernel norm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_norm: Option<f64>,
}

/// An ensemble, ready to be written.
#[derive(Debug, Serialize)]
pub struct EnsembleReport<'a> {
    /// The readout mode.
    pub readout: Readout,
    /// The exact number of paths that it sees.
    pub paths: &'a PathCount,
    /// The sum of their strengths; null where it is no normal double.
    pub total_strength: Option<f64>,
    /// The natural logarithm of that sum; null where it is 0.
    pub log_strength: Option<f64>,
    /// Σ s·length with s the normalized strengths (paper, Fig. 5c); null where all strengths are 0, as are the three below.
    pub average_path_length: Option<f64>,
    /// The standard deviation of the length.
    pub length_std: Option<f64>,
    /// The entropy of the path length distribution in nats.
    pub diversity_nats: Option<f64>,
    /// exp of the entropy over single paths.
    pub effective_paths: Option<f64>,
    /// The path length distribution, by length upward.
    pub lengths: Vec<LengthRow<'a>>,
    /// The strongest paths, downward.
    pub strongest: Vec<PathRow>,
}

/// One length of the path length distribution.
#[derive(Debug, Serialize)]
pub struct LengthRow<'a> {
    /// The number of convolutions.
    pub length: usize,
    /// The exact number of paths of that length.
    pub paths: &'a PathCount,
    /// The sum of their strengths; null where it is no normal double.
    pub strength: Option<f64>,
    /// The natural logarithm of that sum; null where it is 0.
    pub log_strength: Option<f64>,
    /// The sum of their normalized strengths; null where all strengths are 0.
    pub probability: Option<f64>,
}

/// A single path.
#[derive(Clone, Debug, Serialize)]
pub struct PathRow {
    /// The names of its components, from the input to the readout.
    pub path: Vec<String>,
    /// The number of convolutions on it.
    pub length: usize,
    /// The product of its components' strengths and the readout's weight; null where it is no normal double.
    pub strength: Option<f64>,
    /// The natural logarithm of that product; null where it is 0.
    pub log_strength: Option<f64>,
    /// Its normalized strength; null where all strengths are 0.
    pub probability: Option<f64>,
}

impl<'a> Report<'a> {
    /// The report of an analysis, with the `top` strongest paths of each ensemble.
    pub fn new(analysis: &'a Analysis, top: usize) -> Self {
        let model = &analysis.model;
        let circuit = &model.circuit;
        Self {
            schema: SCHEMA,
            generator: Generator::THIS,
            source: Source {
                path: analysis.path.display().to_string(),
                sha256: &analysis.sha256,
                layout: &model.layout,
                container: analysis.container,
                key: analysis.key.as_deref(),
                other_keys: &analysis.other_weights,
                effective_kernels: &analysis.effective_kernels,
                inputs: Input::all(analysis),
            },
            circuit: CircuitSummary {
                recurrent_blocks: circuit.blocks.len(),
                iterations: circuit.iterations,
                activation: circuit.activation,
                readout: circuit.readout,
                multi_path: circuit.multi_path.is_some(),
                lengths_removed: circuit.lengths_removed(),
                blocks: circuit
                    .block_numbers()
                    .zip(&circuit.blocks)
                    .map(|(number, block)| BlockSummary {
                        number,
                        name: &block.name,
                        iterations: block.iterations,
                    })
                    .collect(),
            },
            conventions: Conventions::of(analysis),
            complexity: analysis.complexity,
            components: component_rows(analysis),
            ensembles: analysis
                .ensembles
                .iter()
                .map(|ensemble| ensemble_report(analysis, ensemble, top))
                .collect(),
        }
    }
}

/// The components of an analysis, block by block.
pub fn component_rows(analysis: &Analysis) -> Vec<ComponentRow> {
    let circuit = &analysis.model.circuit;
    let components = analysis.model.unrolled.components().iter().enumerate();
    components
        .map(|(index, component)| {
            let (kind, block, role, iteration) = match *component {
                Component::Convolution { connection, iteration } => (
                    "conv",
                    circuit.connections[connection].to,
                    Some(circuit.role(connection).as_str()),
                    iteration,
                ),
                Component::Identity { connection } => (
                    "identity",
                    circuit.connections[connection].to,
                    Some(circuit.role(connection).as_str()),
                    None,
                ),
                Component::Normalization { block, iteration, .. } => ("batch-norm", block, None, iteration),
                Component::ConnectionNormalization { connection, iteration } => (
                    "batch-norm",
                    circuit.connections[connection].to,
                    Some(circuit.role(connection).as_str()),
                    iteration,
                ),
            };
            let carrier = match *component {
                Component::Convolution { connection, .. } | Component::Identity { connection } => {
                    Some(&circuit.connections[connection])
                }
                Component::Normalization { .. } | Component::ConnectionNormalization { .. } => None,
            };
            debug_assert!(block > INPUT_BLOCK);
            ComponentRow {
                name: analysis.model.component_name(index).to_owned(),
                kind,
                block,
                role,
                iteration,
                shape: analysis.kernel_shapes[index].clone(),
                iterations: carrier
                    .filter(|connection| !connection.iterations.is_all())
                    .map(|connection| connection.iterations.to_string()),
                factor: carrier.map(|connection| connection.factor).filter(|&factor| factor != 1.0),
                transposed: carrier.is_some_and(|connection| connection.transposed),
                groups: carrier.map(|connection| connection.groups).filter(|&groups| groups != 1),
                strength: analysis.strengths.of_component(index).to_f64(),
                kernel_norm: analysis
                    .kernel_norms
                    .as_ref()
                    .filter(|_| matches!(component, Component::Convolution { .. }))
                    .and_then(|kernel_norms| kernel_norms.of_component(index).to_f64()),
            }
        })
        .collect()
}

/// The row of a path of known strength.
///
/// # Arguments
///
/// * `strength` - including the readout's weight
/// * `total` - the sum over the ensemble
pub fn path_row(
    analysis: &Analysis,
    path: &crate::paths::Path,
    strength: Magnitude,
    total: Magnitude,
) -> PathRow {
    PathRow {
        path: analysis.path_names(path),
        length: path.length(analysis.model.unrolled.graph()),
        strength: strength.to_f64(),
        log_strength: strength.checked_ln(),
        probability: (!total.is_zero()).then(|| strength.ratio(total)),
    }
}

fn ensemble_report<'a>(analysis: &Analysis, ensemble: &'a Ensemble, top: usize) -> EnsembleReport<'a> {
    let weights = analysis.model.unrolled.readout_weights(ensemble.readout);
    let total = ensemble.total_strength;
    EnsembleReport {
        readout: ensemble.readout,
        paths: &ensemble.paths,
        total_strength: total.to_f64(),
        log_strength: total.checked_ln(),
        average_path_length: ensemble.moments.map(|moments| moments.average_path_length),
        length_std: ensemble.moments.map(|moments| moments.length_std),
        diversity_nats: ensemble.moments.map(|moments| moments.diversity_nats),
        effective_paths: ensemble
            .moments
            .map(|moments| moments.effective_paths)
            .filter(|paths| paths.is_finite()),
        lengths: ensemble
            .lengths
            .iter()
            .map(|share| LengthRow {
                length: share.length,
                paths: &share.paths,
                strength: share.strength.to_f64(),
                log_strength: share.strength.checked_ln(),
                probability: share.probability,
            })
            .collect(),
        strongest: strongest(analysis.model.unrolled.graph(), &analysis.strengths, &weights)
            .take(top)
            .map(|found| path_row(analysis, &found.path, found.strength, total))
            .collect(),
    }
}
