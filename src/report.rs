//! The analysis as JSON (schema `pathscope/analysis/1`).
//!
//! Numbers are full-precision doubles and exact integers. A strength beyond the range of doubles is
//! `null`, and `log_strength`, its natural logarithm, is there in any case.

use crate::analysis::Analysis;
use crate::checkpoint::Container;
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
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct Report<'a> {
    pub schema: &'static str,
    pub generator: Generator,
    pub source: Source<'a>,
    pub circuit: CircuitSummary<'a>,
    pub conventions: Conventions,
    pub complexity: Complexity,
    pub components: Vec<ComponentRow>,
    pub ensembles: Vec<EnsembleReport<'a>>,
}

/// What wrote a report.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct Generator {
    pub name: &'static str,
    pub version: &'static str,
}

/// What was analysed.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct Source<'a> {
    pub path: String,
    pub sha256: &'a str,
    pub layout: &'a str,
    pub container: Container,
    pub key: Option<&'a str>,
    pub inputs: Vec<Input<'a>>,
}

/// A file read beside the checkpoint.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct Input<'a> {
    pub role: &'static str,
    pub path: String,
    pub sha256: &'a str,
}

/// The circuit in a few words.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct CircuitSummary<'a> {
    pub recurrent_blocks: usize,
    pub iterations: usize,
    pub activation: Option<Activation>,
    pub readout: Option<Readout>,
    pub multi_path: bool,
    pub lengths_removed: BTreeSet<usize>,
    pub blocks: Vec<BlockSummary<'a>>,
}

/// A block in a few words.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct BlockSummary<'a> {
    pub number: usize,
    pub name: &'a str,
    pub iterations: usize,
}

/// The conventions that the numbers depend on.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct Conventions {
    pub conv_strength: &'static str,
    pub bn_strength: BatchNormStrength,
    pub bn_eps: f64,
}

/// A component and its strength.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct ComponentRow {
    pub name: String,
    pub kind: &'static str,
    pub block: usize,
    pub role: Option<&'static str>,
    pub iteration: Option<usize>,
    pub shape: Option<Vec<usize>>,
    pub strength: Option<f64>,
}

/// An ensemble, ready to be written.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct EnsembleReport<'a> {
    pub readout: Readout,
    pub paths: &'a PathCount,
    pub total_strength: Option<f64>,
    pub log_strength: Option<f64>,
    pub average_path_length: Option<f64>,
    pub length_std: Option<f64>,
    pub diversity_nats: Option<f64>,
    pub effective_paths: Option<f64>,
    pub lengths: Vec<LengthRow<'a>>,
    pub strongest: Vec<PathRow>,
}

/// One length of the path length distribution.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct LengthRow<'a> {
    pub length: usize,
    pub paths: &'a PathCount,
    pub strength: Option<f64>,
    pub log_strength: Option<f64>,
    pub probability: Option<f64>,
}

/// A single path.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the documented ones of the schema")]
pub struct PathRow {
    pub path: Vec<String>,
    pub length: usize,
    pub strength: Option<f64>,
    pub log_strength: Option<f64>,
    pub probability: Option<f64>,
}

impl<'a> Report<'a> {
    /// The report of an analysis, with the `top` strongest paths of each ensemble.
    pub fn new(analysis: &'a Analysis, top: usize) -> Self {
        let model = &analysis.model;
        let circuit = &model.circuit;
        Self {
            schema: SCHEMA,
            generator: Generator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            source: Source {
                path: analysis.path.display().to_string(),
                sha256: &analysis.sha256,
                layout: &model.layout,
                container: analysis.container,
                key: analysis.key.as_deref(),
                inputs: model
                    .input_files
                    .iter()
                    .map(|input| Input {
                        role: input.role,
                        path: input.path.display().to_string(),
                        sha256: &input.sha256,
                    })
                    .collect(),
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
            conventions: Conventions {
                conv_strength: "kernel-norm",
                bn_strength: analysis.batch_norm_strength,
                bn_eps: model.epsilon,
            },
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
            };
            debug_assert!(block > INPUT_BLOCK);
            ComponentRow {
                name: component.name(circuit),
                kind,
                block,
                role,
                iteration,
                shape: analysis.kernel_shapes[index].clone(),
                strength: analysis.strengths.of_component(index).to_f64(),
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
        length: path.length(&analysis.model.unrolled),
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
        strongest: strongest(&analysis.model.unrolled, &analysis.strengths, &weights)
            .take(top)
            .map(|found| path_row(analysis, &found.path, found.strength, total))
            .collect(),
    }
}
