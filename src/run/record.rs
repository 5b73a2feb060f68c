//! The files in a run's folder that say what it was made from and how it went.

use super::Settings;
use crate::checkpoint::remedy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

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

/// Why a file of a run cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The operating system refuses.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// Something else than what the file should hold.
    #[error("{}: {detail}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        detail: String,
    },
}

/// No file that says how a run went is longer.
const MAX_BYTES: u64 = 1 << 20;

fn read(path: &Path) -> Result<String, RunError> {
    let unreadable = |source| RunError::Open { path: path.to_owned(), source };
    let mut text = String::new();
    File::open(path).map_err(unreadable)?.take(MAX_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

/// The settings of a run.
///
/// # Errors
///
/// [`RunError`], where the file is not there or holds something else.
pub fn read_settings(path: &Path) -> Result<Settings, RunError> {
    let malformed = |error: toml::de::Error| RunError::Malformed {
        path: path.to_owned(),
        detail: error.to_string().trim_end().to_owned(),
    };
    toml::from_str(&read(path)?).map_err(malformed)
}

/// The record of a run.
///
/// # Errors
///
/// [`RunError`], where the file is not there or holds something else.
pub fn read_record(path: &Path) -> Result<Record, RunError> {
    let malformed =
        |error: serde_json::Error| RunError::Malformed { path: path.to_owned(), detail: error.to_string() };
    serde_json::from_str(&read(path)?).map_err(malformed)
}
