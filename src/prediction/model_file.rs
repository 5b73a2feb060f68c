//! The file of a network, given directly or by the folder of its run.

use super::PredictionError;
use crate::study::run::{MODEL, RECORD, Record, SETTINGS, Settings, read_record, read_settings};
use pathscope_core::model::layout::Given;
use std::path::{Path, PathBuf};

/// The file of a network, with the records of its run.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// The checkpoint or program.
    pub path: PathBuf,
    /// The entry of the saved dictionary that holds the weights, if it is not one of the usual ones.
    pub key: Option<String>,
    /// The properties of the checkpoint that the user gives.
    pub given: Given,
    /// The settings of the run, if the file is named by its folder.
    pub settings: Option<Settings>,
    /// The record of the run, if it has one.
    pub record: Option<Record>,
}

impl ModelFile {
    /// Returns the file at a path, without any options or records.
    pub fn of(path: &Path) -> Self {
        let (key, given) = (None, Given::default());
        Self { path: path.to_owned(), key, given, settings: None, record: None }
    }

    /// Returns the first given flag that applies only to checkpoints.
    pub fn checkpoint_flag(&self) -> Option<&'static str> {
        let Given { config, readout, activation, .. } = &self.given;
        [
            ("--key", self.key.is_some()),
            ("--config", config.is_some()),
            ("--readout", readout.is_some()),
            ("--activation", activation.is_some()),
        ]
        .into_iter()
        .find_map(|(flag, is_given)| is_given.then_some(flag))
    }

    /// Finds the file, without opening it.
    ///
    /// # Arguments
    ///
    /// * `model` - the folder of a run, a checkpoint or an exported program
    /// * `key` - the entry of the saved dictionary that holds the weights, if it is not a usual one
    /// * `given` - the values that the user gives about the checkpoint
    ///
    /// # Errors
    ///
    /// Returns [`PredictionError::Unfinished`] for the folder of a run that has no network yet, or
    /// [`PredictionError::Document`] if the settings of the run cannot be read.
    pub fn find(model: &Path, key: Option<String>, given: Given) -> Result<Self, PredictionError> {
        let (path, settings) = if model.is_dir() {
            let (path, settings) = (model.join(MODEL), model.join(SETTINGS));
            if !path.is_file() && settings.is_file() {
                return Err(PredictionError::Unfinished { folder: model.to_owned() });
            }
            (path, settings.is_file().then(|| read_settings(&settings)).transpose()?)
        } else {
            (model.to_owned(), None)
        };
        // The record only adds warnings, so an unreadable one is no reason to stop.
        let record = read_record(&model.join(RECORD)).ok();
        Ok(Self { path, key, given, settings, record })
    }
}
