//! What can go wrong while ablated networks are made.

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

/// Why the networks of a folder, or one of them, cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RetrainingError {
    /// The folder's record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A network that cannot be read or computed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Its training.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// What an original's run left.
    #[error(transparent)]
    Run(#[from] DocumentError),
    /// Settings that make no sense.
    #[error("in the settings of the original: {0}")]
    Settings(#[from] SettingsError),
    /// The data.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The paths.
    #[error(transparent)]
    MultiPath(#[from] MultiPathError),
    /// A file that cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The same.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A network that was made and cannot be analysed.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Its evaluation.
    #[error(transparent)]
    Prediction(Box<PredictionError>),
    /// The figure.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An original that is not what it was.
    #[error("{}: has changed since it was ablated: ablate it again into another folder", .path.display())]
    Changed {
        /// The checkpoint.
        path: PathBuf,
    },
    /// A network that was begun with other data or settings.
    #[error(
        "{}: was begun with other data or other settings: give the same with --data, or ablate into another folder", .folder.display()
    )]
    OtherRun {
        /// Its folder.
        folder: PathBuf,
    },
    /// Settings of another network.
    #[error(
        "{}: are the settings of another network than {}: give those it was trained under with --settings of `pathscope ablate`", .settings.display(), .model.display()
    )]
    OtherNetwork {
        /// The settings.
        settings: PathBuf,
        /// The original.
        model: PathBuf,
    },
    /// A folder that somebody else works in.
    #[error("{}: another pathscope is at work in this folder: wait for it, or ablate into another one", .folder.display())]
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

/// Makes sure that nobody else works in a folder of ablations, for as long as the file is held.
pub(super) fn lock(folder: &Path) -> Result<File, RetrainingError> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(|source| OutputError::unfinished(&path, source))?;
    file.try_lock().map_err(|_| RetrainingError::InUse { folder: folder.to_owned() })?;
    Ok(file)
}
