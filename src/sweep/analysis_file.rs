//! `analysis.json` of a model in a sweep: written when it is trained, and what of it becomes a result.

use super::ModelFolder;
use crate::analysis::{Analysis, AnalysisOptions};
use crate::circuit::Readout;
use crate::documents::{DocumentError, Kind, write_json};
use crate::report::{Report, SCHEMA};
use crate::run::MODEL;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const KIND: Kind =
    Kind { what: "the analysis of a model", schema: Some(SCHEMA), most_bytes: 64 << 20, ..Kind::PLAIN };

/// Takes a trained model apart and writes its `analysis.json`, without a list of paths.
///
/// # Errors
///
/// Why it cannot be analysed or the file cannot be written.
pub fn write(folder: &ModelFolder) -> Result<(), String> {
    let analysis = Analysis::of_file(&folder.file(MODEL), &AnalysisOptions::default())
        .map_err(|error| error.to_string())?;
    write_json(&folder.analysis(), &Report::new(&analysis, 0)).map_err(|error| error.to_string())
}

/// What a result has of an analysis.
#[derive(Debug)]
pub struct Measures {
    pub model_sha256: String,
    pub average_path_length: Option<f64>,
    pub length_std: Option<f64>,
    pub diversity_nats: Option<f64>,
    pub effective_paths: Option<f64>,
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
    average_path_length: Option<f64>,
    length_std: Option<f64>,
    diversity_nats: Option<f64>,
    effective_paths: Option<f64>,
    lengths: Vec<Length>,
}

#[derive(Deserialize)]
struct Length {
    length: usize,
    probability: Option<f64>,
}

/// The measures of the ensemble of a readout mode.
///
/// # Errors
///
/// Where the document cannot be read, or is not one that has them.
pub fn read(path: &Path, readout: Readout) -> Result<Measures, DocumentError> {
    let document: Document = KIND.read_json(path)?.value;
    let ensemble = document.ensembles.into_iter().find(|ensemble| ensemble.readout == readout);
    let lacking = || KIND.malformed(path, &format!("it has no ensemble of the readout mode {readout}"));
    let ensemble = ensemble.ok_or_else(lacking)?;
    let share = |length: &Length| Some((length.length, length.probability?));
    Ok(Measures {
        model_sha256: document.source.sha256,
        average_path_length: ensemble.average_path_length,
        length_std: ensemble.length_std,
        diversity_nats: ensemble.diversity_nats,
        effective_paths: ensemble.effective_paths,
        distribution: ensemble.lengths.iter().filter_map(share).collect(),
    })
}
