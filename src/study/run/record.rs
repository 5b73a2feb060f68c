//! The files in a run's folder that say what it was made from and how it went.

use super::Settings;
use pathscope_core::data::Pixels;
use pathscope_core::files::documents::{DocumentError, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The schema of [`Record`].
pub const SCHEMA: &str = "pathscope/run/1";

/// What a run was made from and how it went: `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`]
    pub schema: String,
    /// Version of pathscope.
    pub version: String,
    /// Name of the data set.
    pub dataset: String,
    /// SHA-256 of its files.
    pub dataset_sha256: BTreeMap<String, String>,
    /// The identity of the data set and the settings, as models of a study have it; none in records of the first
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
    /// Its pixels; none in records of the first versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<Pixels>,
    /// Images that train, validate and test.
    pub images: [usize; 3],
    /// Neurons.
    pub neurons: usize,
    /// Numbers that training changes.
    pub parameters: usize,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Threads of libtorch.
    pub threads: usize,
    /// Whether the last phase is over.
    pub finished: bool,
    /// Steps so far.
    pub steps: usize,
    /// The step of the best validation loss.
    pub best_step: usize,
    /// That loss, without penalties.
    pub best_validation_loss: Option<f64>,
    /// Wall-clock time of training, over all its parts.
    pub seconds: f64,
}

/// A look at the validation loss: a line of a run's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Steps so far.
    pub step: usize,
    /// Phase, from 1.
    pub phase: usize,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// Mean training loss since the last look, without penalties.
    pub loss: f64,
    /// Mean of the penalties since then.
    pub penalty: f64,
    /// Loss on the validation images, without penalties; null where it is no finite number.
    pub validation_loss: Option<f64>,
    /// Whether that is the best so far.
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
/// [`DocumentError`], where the file is not there or holds something else.
pub fn read_settings(path: &Path) -> Result<Settings, DocumentError> {
    Ok(SETTINGS_FILE.read_toml(path)?.value)
}

/// Reads the record of a run.
///
/// # Errors
///
/// [`DocumentError`], where the file is not there, holds something else or was altered.
pub fn read_record(path: &Path) -> Result<Record, DocumentError> {
    Ok(RECORD_FILE.read_json(path)?.value)
}
