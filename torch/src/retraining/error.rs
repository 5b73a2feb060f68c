//! The errors of making multi-path and ablated networks.

use crate::checkpoint::SaveError;
use crate::error::NetworkError;
use crate::training::TrainingError;
use pathscope::figures::FigureError;
use pathscope::prediction::PredictionError;
use pathscope::study::run::settings::SettingsError;
use pathscope::tables::TableError;
use pathscope_core::data::DatasetError;
use pathscope_core::files::documents::DocumentError;
use pathscope_core::files::output::OutputError;
use pathscope_core::model::ablation::{MultiPathError, RecordError};
use pathscope_core::model::layout::LayoutError;
use std::fs::File;
use std::path::{Path, PathBuf};
use tch::TchError;
use thiserror::Error;

/// The reason why the networks of a folder of ablations, or one of them, cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RetrainingError {
    /// The record of the folder cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A network cannot be read or computed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A network cannot be trained.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// A document of a run cannot be read.
    #[error(transparent)]
    Run(#[from] DocumentError),
    /// The settings of the original are invalid.
    #[error("in the settings of the original: {0}")]
    Settings(#[from] SettingsError),
    /// The data set cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The multi-path network cannot be planned.
    #[error(transparent)]
    MultiPath(#[from] MultiPathError),
    /// A network cannot be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A finished network cannot be analyzed.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A network cannot be evaluated.
    #[error(transparent)]
    Prediction(Box<PredictionError>),
    /// The figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// The table cannot be made.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The original has changed.
    #[error("{}: has changed since it was ablated: ablate it again into another folder", .path.display())]
    Changed {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The network was begun with other data or settings.
    #[error(
        "{}: was begun with other data or other settings: give the same with --data, or ablate into another folder", .folder.display()
    )]
    OtherRun {
        /// The folder of the network.
        folder: PathBuf,
    },
    /// The settings belong to another network.
    #[error(
        "{}: these settings do not belong to {}: give the settings of its training with `pathscope ablate --settings`", .settings.display(), .model.display()
    )]
    OtherNetwork {
        /// The settings.
        settings: PathBuf,
        /// The original.
        model: PathBuf,
    },
    /// Another process works in the folder.
    #[error("{}: another pathscope process works in this folder: wait for it, or ablate into another folder", .folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
}

impl From<PredictionError> for RetrainingError {
    fn from(error: PredictionError) -> Self {
        Self::Prediction(Box::new(error))
    }
}

impl From<TchError> for RetrainingError {
    fn from(error: TchError) -> Self {
        NetworkError::from(error).into()
    }
}

/// Locks a folder of ablations until the returned handle is dropped.
pub(super) fn lock(folder: &Path) -> Result<File, RetrainingError> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(|source| OutputError::unfinished(&path, source))?;
    file.try_lock().map_err(|_| RetrainingError::InUse { folder: folder.to_owned() })?;
    Ok(file)
}
