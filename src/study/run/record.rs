//! The files of a run's folder with its origin and progress.

use super::Settings;
use pathscope_core::data::Pixels;
use pathscope_core::files::documents::{DocumentError, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The schema of [`Record`].
pub const SCHEMA: &str = "pathscope/run/1";

/// The origin and the progress of a run: `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The schema, which is [`SCHEMA`].
    pub schema: String,
    /// Version of pathscope.
    pub version: String,
    /// Name of the data set.
    pub dataset: String,
    /// SHA-256 of the data set's files.
    pub dataset_sha256: BTreeMap<String, String>,
    /// The identity of the data set and settings, as for models of a study; missing in records of the first
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
    /// The scale of the pixels; missing in records of the first versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<Pixels>,
    /// The images for training, validation and test.
    pub images: [usize; 3],
    /// Number of neurons.
    pub neurons: usize,
    /// Number of trainable parameters.
    pub parameters: usize,
    /// The device: `cpu` or `cuda:N`.
    pub device: String,
    /// Number of libtorch threads.
    pub threads: usize,
    /// Whether the last phase has ended.
    pub finished: bool,
    /// Number of steps so far.
    pub steps: usize,
    /// The step with the best validation loss.
    pub best_step: usize,
    /// The best validation loss, without penalties.
    pub best_validation_loss: Option<f64>,
    /// Wall-clock time of training, in total over interruptions.
    pub seconds: f64,
}

/// A validation, which is a line of a run's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Number of steps so far.
    pub step: usize,
    /// Number of the phase, from 1.
    pub phase: usize,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// Mean training loss since the last validation, without penalties.
    pub loss: f64,
    /// Mean of the penalties since the last validation.
    pub penalty: f64,
    /// Loss on the validation images, without penalties; null if it is not finite.
    pub validation_loss: Option<f64>,
    /// Whether this is the best loss so far.
    pub best: bool,
}

const SETTINGS_FILE: Kind = Kind { what: "the settings of a training run", ..Kind::PLAIN };

const RECORD_FILE: Kind = Kind {
    what: "the record of a training run",
    schema: Some(SCHEMA),
    remedy: "train the model again, with pathscope and pathscope-torch of one version",
    ..Kind::PLAIN
};

/// Reads the settings of a run.
///
/// # Errors
///
/// Returns a [`DocumentError`] if the file is missing or invalid.
pub fn read_settings(path: &Path) -> Result<Settings, DocumentError> {
    Ok(SETTINGS_FILE.read_toml(path)?.value)
}

/// Reads the record of a run.
///
/// # Errors
///
/// Returns a [`DocumentError`] if the file is missing, invalid or was altered.
pub fn read_record(path: &Path) -> Result<Record, DocumentError> {
    Ok(RECORD_FILE.read_json(path)?.value)
}
