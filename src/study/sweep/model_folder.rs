//! The folder of a model in a sweep.

use super::SweepError;
use crate::study::results::Status;
use crate::study::run::{SETTINGS, Settings};
use pathscope_core::data::evaluation::EVALUATION;
use pathscope_core::files::documents::{Kind, write_json};
use pathscope_core::files::output::{OutputError, TEMPORARY_PREFIX, write_file};
use serde::{Deserialize, Serialize};
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

/// Why a model could not be finished: `failure.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// `pathscope/failure/1`
    pub schema: String,
    /// Version of pathscope.
    pub version: String,
    /// What went wrong, as it was said.
    pub error: String,
    /// How often it was tried.
    pub attempts: usize,
}

/// The folder of a model in a sweep.
#[derive(Clone, Debug)]
pub struct ModelFolder {
    path: PathBuf,
}

/// A model that no other process works on as long as this is held, whatever becomes of this process.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

impl ModelFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where its analysis is.
    pub fn analysis(&self) -> PathBuf {
        self.file(ANALYSIS)
    }

    /// Returns what is wrong with a finished model, and what to do.
    pub(super) fn remedy(&self, problem: &str) -> String {
        format!("{problem}: remove {} and run the sweep again", self.path.display())
    }

    /// How far the model is, by which files there are; what is in them is not looked at.
    ///
    /// # Complexity
    ///
    /// A few looks at the file system.
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

    /// Whether the model is trained and measured, so that only its analysis is missing.
    pub fn is_measured(&self) -> bool {
        self.file(EVALUATION).exists()
    }

    /// Claims the model; `None` where another process works on it.
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
        // The training of a process that was killed may take a moment to notice it.
        if self.is_locked(TRAINING_LOCK) {
            return Ok(None);
        }
        self.remove_unfinished();
        Ok(Some(Claim { _file: file }))
    }

    /// Whether a process works on the model.
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
            // In nobody's way where it stays.
            let _ = fs::remove_file(entry.path());
        }
    }

    /// Writes the settings that it is to be trained with, if it has none yet.
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

    /// Why it could not be finished, if it could not.
    pub fn failure(&self) -> Option<Failure> {
        Some(FAILURE_KIND.read_json(&self.file(FAILURE)).ok()?.value)
    }

    /// Records why it could not be finished.
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

    /// Forgets that it could not be finished.
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
