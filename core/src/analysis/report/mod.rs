//! The analysis as JSON (schema `pathscope/analysis/1`).
//!
//! Numbers are full-precision doubles and exact integers. A strength beyond the range of doubles is `null`;
//! its natural logarithm, `log_strength`, is always present.

mod components;
mod conventions;
mod ensembles;
mod subject;
#[cfg(test)]
mod tests;

pub use components::{ComponentPlace, ComponentRow, component_rows};
pub use conventions::Conventions;
pub use ensembles::{EnsembleReport, EnsembleSummary, LengthRow, PATH_SEPARATOR, PathRow, path_row};
pub use subject::{BlockSummary, CircuitSummary, ProgramSummary};

use crate::analysis::Analysis;
use crate::circuit::complexity::Complexity;
use crate::files::checkpoint::{Container, EffectiveKernel};
use ensembles::ensemble_report;
use serde::Serialize;

/// The schema of a [`Report`].
pub const SCHEMA: &str = "pathscope/analysis/1";

/// An analysis in the form that is written as JSON.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The schema, [`SCHEMA`].
    pub schema: &'static str,
    /// The program that wrote the report.
    pub generator: Generator,
    /// The analyzed file.
    pub source: Source<'a>,
    /// A summary of the circuit; null for a program.
    pub circuit: Option<CircuitSummary<'a>>,
    /// A summary of the program; left out for a checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramSummary<'a>>,
    /// The conventions that the numbers depend on.
    pub conventions: Conventions,
    /// The architectural complexity of the circuit, without its weights; left out for a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
    /// The components on paths: see [`component_rows`].
    pub components: Vec<ComponentRow>,
    /// The ensembles: one for the readout mode, or one for each mode where the checkpoint names none. A
    /// program has one, for its output.
    pub ensembles: Vec<EnsembleReport<'a>>,
}

/// The program that wrote a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Generator {
    /// The name, `pathscope`.
    pub name: &'static str,
    /// The version.
    pub version: &'static str,
}

impl Generator {
    /// This version of pathscope.
    pub const THIS: Self = Self { name: "pathscope", version: env!("CARGO_PKG_VERSION") };
}

/// The file that was analyzed.
#[derive(Debug, Serialize)]
pub struct Source<'a> {
    /// The file, as given by the user.
    pub path: String,
    /// The SHA-256 of the file.
    pub sha256: &'a str,
    /// The layout that a checkpoint was read with; null for a program.
    pub layout: Option<&'a str>,
    /// The kind of checkpoint file; null for a program.
    pub container: Option<Container>,
    /// The entry of the saved dictionary that holds the weights; null for the whole dictionary.
    pub key: Option<&'a str>,
    /// Other entries that hold kernels; left out if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub other_keys: &'a [String],
    /// Kernels that were computed from several stored tensors; left out if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub effective_kernels: &'a [EffectiveKernel],
    /// The files that were read beside it.
    pub inputs: Vec<Input>,
}

/// A file read beside the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The role of the file: `config`, `layout`, or `shard` of a checkpoint in several files.
    pub role: &'static str,
    /// The file.
    pub path: String,
    /// The SHA-256 of the file.
    pub sha256: String,
}

impl Input {
    /// Returns the files that were read beside a checkpoint; a program is always a single file.
    pub fn all(analysis: &Analysis) -> Vec<Self> {
        let inputs = analysis.checkpoint().map_or(&[][..], |checkpoint| &checkpoint.model.input_files);
        inputs
            .iter()
            .map(|input| Self {
                role: input.role,
                path: input.path.display().to_string(),
                sha256: input.sha256.clone(),
            })
            .collect()
    }
}

impl<'a> Report<'a> {
    /// Returns the report of an analysis, with the `top` strongest paths of each ensemble.
    pub fn new(analysis: &'a Analysis, top: usize) -> Self {
        let checkpoint = analysis.checkpoint();
        let ensembles = analysis.ensembles.iter();
        Self {
            schema: SCHEMA,
            generator: Generator::THIS,
            source: Source {
                path: analysis.path.display().to_string(),
                sha256: &analysis.sha256,
                layout: checkpoint.map(|checkpoint| checkpoint.model.layout.as_str()),
                container: checkpoint.map(|checkpoint| checkpoint.container),
                key: checkpoint.and_then(|checkpoint| checkpoint.key.as_deref()),
                other_keys: checkpoint.map_or(&[], |checkpoint| &checkpoint.other_weights),
                effective_kernels: checkpoint.map_or(&[], |checkpoint| &checkpoint.effective_kernels),
                inputs: Input::all(analysis),
            },
            circuit: checkpoint.map(|checkpoint| CircuitSummary::of(&checkpoint.model.circuit)),
            program: analysis.program().map(ProgramSummary::of),
            conventions: Conventions::of(analysis),
            complexity: checkpoint.map(|checkpoint| checkpoint.complexity),
            components: component_rows(analysis),
            ensembles: ensembles.map(|ensemble| ensemble_report(analysis, ensemble, top)).collect(),
        }
    }
}
