//! The `analysis.json` of a model in a sweep: written after training, and read for its results.

use super::model_error::ModelError;
use super::{ModelFolder, seal};
use crate::study::ModelId;
use crate::study::run::MODEL;
use pathscope_core::analysis::report::{EnsembleSummary, Report, SCHEMA};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::circuit::Readout;
use pathscope_core::data::evaluation::{EVALUATION, Evaluation};
use pathscope_core::files::documents::{DocumentError, Kind, Read, json_text};
use pathscope_core::files::output::OutputError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const KIND: Kind =
    Kind { what: "the analysis of a model", schema: Some(SCHEMA), most_bytes: 64 << 20, ..Kind::PLAIN };

/// Analyzes a trained model and writes its `analysis.json`, without a list of paths. The hashes of all
/// files of the model are written first.
///
/// # Errors
///
/// The model cannot be analyzed, a file cannot be written, or the evaluation is of another network.
pub(super) fn write(folder: &ModelFolder, model: &ModelId) -> Result<(), ModelError> {
    let analysis = Analysis::of_file(&folder.file(MODEL), &AnalysisOptions::default())?;
    let evaluation = Evaluation::read(&folder.file(EVALUATION))?;
    if evaluation.model.sha256 != analysis.sha256 {
        return Err(ModelError::OtherNetwork);
    }
    let report = json_text(&Report::new(&analysis, 0));
    seal::finish(folder, model, &report.map_err(|error| OutputError::unfinished(&folder.analysis(), error))?)
}

/// The largest difference between a measure and its value computed from the distribution, whose shares are
/// rounded.
const TOLERANCE: f64 = 1e-6;

/// The part of an analysis that becomes a result.
#[derive(Debug)]
pub(super) struct Measures {
    pub model_sha256: String,
    pub summary: EnsembleSummary,
    pub distribution: BTreeMap<usize, f64>,
}

#[derive(Deserialize)]
struct Document {
    source: Source,
    ensembles: Vec<EnsembleOf>,
}

#[derive(Deserialize)]
struct Source {
    sha256: String,
}

#[derive(Deserialize)]
struct EnsembleOf {
    readout: Readout,
    #[serde(flatten)]
    summary: EnsembleSummary,
    lengths: Vec<Length>,
}

#[derive(Deserialize)]
struct Length {
    length: usize,
    probability: Option<f64>,
}

/// Returns the measures of the ensemble of a readout mode, and whether the document has a checksum.
///
/// # Errors
///
/// Returns the reason why the document cannot be read or lacks the measures.
pub(super) fn read(path: &Path, readout: Readout) -> Result<(Measures, bool), DocumentError> {
    let Read { value: document, verified, .. } = KIND.read_json::<Document>(path)?;
    let ensemble = document.ensembles.into_iter().find(|ensemble| ensemble.readout == readout);
    let lacking = || KIND.malformed(path, &format!("it has no ensemble for the readout mode {readout}"));
    let ensemble = ensemble.ok_or_else(lacking)?;
    let share = |length: &Length| Some((length.length, length.probability?));
    let measures = Measures {
        model_sha256: document.source.sha256,
        summary: ensemble.summary,
        distribution: ensemble.lengths.iter().filter_map(share).collect(),
    };
    if let Some(measure) = measures.disagreement() {
        return Err(KIND.malformed(path, &format!("its {measure} does not follow from its path lengths")));
    }
    Ok((measures, verified))
}

impl Measures {
    /// Returns the name of a measure that contradicts the path length distribution, if there is one.
    fn disagreement(&self) -> Option<&'static str> {
        let over = |of: &dyn Fn(f64, f64) -> f64| {
            self.distribution.iter().map(|(&length, &share)| of(length as f64, share)).sum::<f64>()
        };
        let mean = over(&|length, share| length * share);
        let std = over(&|length, share| share * (length - mean).powi(2)).sqrt();
        let diversity = over(&|_, share| if share > 0.0 { -share * share.ln() } else { 0.0 });
        [
            ("average_path_length", self.summary.average_path_length, mean),
            ("length_std", self.summary.length_std, std),
            ("diversity_nats", self.summary.diversity_nats, diversity),
        ]
        .into_iter()
        .find(|(_, stated, found)| {
            stated.is_some_and(|stated| (stated - found).abs() > TOLERANCE * found.abs().max(1.0))
        })
        .map(|(name, ..)| name)
    }
}
