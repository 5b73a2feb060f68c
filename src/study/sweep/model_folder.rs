//! The folder of a model in a sweep.

use super::SweepError;
use crate::study::results::Status;
use crate::study::run::{SETTINGS, Settings};
use pathscope_core::data::evaluation::EVALUATION;
use pathscope_core::files::documents::{Kind, write_json};
use pathscope_core::files::output::{OutputError, TEMPORARY_PREFIX, write_file};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const CLAIM: &str = ".claim";
const TRAINING_LOCK: &str = ".lock";
pub(super) const ANALYSIS: &str = "analysis.json";
const FAILURE: &str = "failure.json";

/// The schema of a [`Failure`].
const FAILURE_SCHEMA: &str = "pathscope/failure/1";
const FAILURE_KIND: Kind =
    Kind { what: "the record of a failure", schema: Some(FAILURE_SCHEMA), ..Kind::PLAIN };

/// The reason why a model could not be finished: `failure.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// `pathscope/failure/1`
    pub schema: String,
    /// Version of pathscope.
    pub version: String,
    /// The error message.
    pub error: String,
    /// The number of attempts.
    pub attempts: usize,
}

/// The folder of a model in a sweep.
#[derive(Clone, Debug)]
pub struct ModelFolder {
    path: PathBuf,
}

/// An exclusive claim on a model. Other processes cannot work on it while this is held, and it ends with
/// this process.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

impl ModelFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the path of the analysis.
    pub fn analysis(&self) -> PathBuf {
        self.file(ANALYSIS)
    }

    /// Returns the problem of a finished model, and its remedy.
    pub(super) fn remedy(&self, problem: &impl Display) -> String {
        format!("{problem}: remove {} and run the sweep again", self.path.display())
    }

    /// Returns the progress of the model, judged by which files exist and not by their contents.
    ///
    /// # Complexity
    ///
    /// A few queries of file metadata.
    pub fn status(&self) -> Status {
        if self.analysis().exists() {
            Status::Finished
        } else if self.file(FAILURE).exists() {
            Status::Failed
        } else if self.file(SETTINGS).exists() {
            Status::Partial
        } else {
            Status::Missing
        }
    }

    /// Returns whether the model is trained and evaluated, so that only its analysis is missing.
    pub fn is_measured(&self) -> bool {
        self.file(EVALUATION).exists()
    }

    /// Claims the model. Returns `None` if another process works on it.
    ///
    /// # Errors
    ///
    /// [`SweepError::Output`] and [`SweepError::Lock`].
    pub fn claim(&self) -> Result<Option<Claim>, SweepError> {
        let path = self.file(CLAIM);
        let no_place = |source| OutputError::NoPlace { path: path.clone(), source };
        fs::create_dir_all(&self.path).map_err(no_place)?;
        let file = File::create(&path).map_err(no_place)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(SweepError::Lock { path, source }),
        }
        // The training of a killed process may take a moment to notice.
        if self.is_locked(TRAINING_LOCK) {
            return Ok(None);
        }
        self.remove_unfinished();
        Ok(Some(Claim { _file: file }))
    }

    /// Returns whether a process works on the model.
    pub fn is_claimed(&self) -> bool {
        self.is_locked(CLAIM) || self.is_locked(TRAINING_LOCK)
    }

    fn is_locked(&self, name: &str) -> bool {
        File::open(self.file(name))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn remove_unfinished(&self) {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX))
        {
            // A leftover file does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }

    /// Writes the settings for the training, unless they exist.
    ///
    /// # Errors
    ///
    /// [`SweepError::Output`]
    pub fn write_settings(&self, settings: &Settings) -> Result<(), SweepError> {
        if !self.file(SETTINGS).exists() {
            let text = toml::to_string(settings).expect("settings are a flat table");
            write_file(&self.file(SETTINGS), text)?;
        }
        Ok(())
    }

    /// Returns the recorded failure, if there is one.
    pub fn failure(&self) -> Option<Failure> {
        Some(FAILURE_KIND.read_json(&self.file(FAILURE)).ok()?.value)
    }

    /// Records a failure.
    ///
    /// # Errors
    ///
    /// [`SweepError::Output`]
    pub fn write_failure(&self, error: &str) -> Result<(), SweepError> {
        let failure = Failure {
            schema: FAILURE_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            error: error.to_owned(),
            attempts: self.failure().map_or(0, |failure| failure.attempts) + 1,
        };
        Ok(write_json(&self.file(FAILURE), &failure)?)
    }

    /// Deletes the recorded failure.
    ///
    /// # Errors
    ///
    /// [`SweepError::Output`]
    pub fn remove_failure(&self) -> Result<(), SweepError> {
        let path = self.file(FAILURE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(OutputError::NoPlace { path, source: error }.into())
            }
            _ => Ok(()),
        }
    }
}
