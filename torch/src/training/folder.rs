//! The folder of a run, with its settings, state, log and results.

use super::TrainingError;
use crate::checkpoint::SaveError;
use pathscope::figures::{LearningPoint, Sheet, learning_curve};
use pathscope::study::run::{CURVE, LOG, RECORD, Record, SETTINGS, Settings, Validation};
use pathscope_core::files::documents::write_json;
use pathscope_core::files::output::{prepare_folder, write_file};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

const LOCK: &str = ".lock";

/// The locked folder of a run, in which no other process works.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Creates the folder of a new run, or opens the folder of a run to resume.
    ///
    /// # Errors
    ///
    /// Returns [`TrainingError::Run`] if another process works in the folder, if a new run finds an old one,
    /// or if there is no run to resume. Returns [`TrainingError::Save`] if the folder cannot be written to.
    pub fn open(path: &Path, resume: bool) -> Result<Self, TrainingError> {
        let wrong = |reason: &str| TrainingError::Run { path: path.to_owned(), reason: reason.to_owned() };
        if resume && !path.join(SETTINGS).is_file() {
            return Err(wrong("has no run to resume: leave --resume out"));
        }
        let folder = Self::lock(path)?;
        if !resume && path.join(SETTINGS).exists() {
            return Err(wrong(
                "holds a run already: resume it with --resume, or give another folder with --out",
            ));
        }
        Ok(folder)
    }

    /// Creates the folder, or opens it regardless of its contents.
    ///
    /// # Errors
    ///
    /// Returns [`TrainingError::Run`] if another process works in the folder, or [`TrainingError::Save`] if
    /// it cannot be written to.
    pub fn lock(path: &Path) -> Result<Self, TrainingError> {
        let wrong = |reason: &str| TrainingError::Run { path: path.to_owned(), reason: reason.to_owned() };
        prepare_folder(path).map_err(SaveError::from)?;
        let lock = File::create(path.join(LOCK)).map_err(|error| wrong(&error.to_string()))?;
        lock.try_lock().map_err(|_| {
            wrong("another pathscope process trains in this folder: give another folder with --out")
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Returns the path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes the settings.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Save`]
    pub fn write_settings(&self, settings: &Settings) -> Result<(), TrainingError> {
        let text = toml::to_string(settings).expect("settings are a flat table");
        // The settings of a resumed run stay unchanged, even if they are the configuration file.
        if fs::read(self.file(SETTINGS)).is_ok_and(|written| written == text.as_bytes()) {
            return Ok(());
        }
        write_file(&self.file(SETTINGS), text).map_err(SaveError::from)?;
        Ok(())
    }

    /// Writes the record.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Save`]
    pub fn write_record(&self, record: &Record) -> Result<(), TrainingError> {
        write_json(&self.file(RECORD), record).map_err(SaveError::from)?;
        Ok(())
    }

    /// Rewrites the log. If a run was killed between writing a line and its state, there is one line too
    /// many.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Save`]
    pub fn write_log(&self, validations: &[Validation]) -> Result<(), TrainingError> {
        let text: String = validations.iter().map(line).collect();
        write_file(&self.file(LOG), text).map_err(SaveError::from)?;
        Ok(())
    }

    /// Adds a line to the log.
    ///
    /// # Errors
    ///
    /// Returns [`TrainingError::Run`] if the log cannot be written to.
    pub fn append_log(&self, validation: &Validation) -> Result<(), TrainingError> {
        let path = self.file(LOG);
        let mut file = fs::OpenOptions::new().append(true).create(true).open(&path);
        let written = file
            .as_mut()
            .map_err(|error| error.to_string())
            .and_then(|file| file.write_all(line(validation).as_bytes()).map_err(|error| error.to_string()));
        written.map_err(|reason| TrainingError::Run { path, reason: format!("cannot be written: {reason}") })
    }

    /// Draws the learning curve.
    ///
    /// # Errors
    ///
    /// [`TrainingError::Run`] or [`TrainingError::Save`].
    pub fn draw_curve(&self, validations: &[Validation]) -> Result<(), TrainingError> {
        let point = |each: &Validation| LearningPoint {
            step: each.step,
            phase: each.phase,
            loss: each.loss,
            validation_loss: each.validation_loss,
        };
        let points: Vec<LearningPoint> = validations.iter().map(point).collect();
        let path = self.file(CURVE);
        let figure = learning_curve(&points, Sheet::default())
            .map_err(|error| TrainingError::Run { path: path.clone(), reason: error.to_string() })?;
        write_file(&path, figure).map_err(SaveError::from)?;
        Ok(())
    }
}

impl Drop for RunFolder {
    /// Removes the lock, and the folder itself if it is empty because the run could not begin.
    fn drop(&mut self) {
        if !self.file(SETTINGS).exists() {
            let _ = fs::remove_file(self.file(LOCK));
            // This fails if the folder has other contents.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

fn line(validation: &Validation) -> String {
    serde_json::to_string(validation).expect("numbers") + "\n"
}
