//! The errors of a model that a sweep has trained.

use super::seal::SEAL;
use crate::study::ModelId;
use crate::study::run::{MODEL, RECORD, SETTINGS};
use pathscope_core::analysis::AnalysisError;
use pathscope_core::data::evaluation::{EVALUATION, EvaluatedPart, EvaluationError};
use pathscope_core::files::checkpoint::CheckpointError;
use pathscope_core::files::documents::DocumentError;
use pathscope_core::files::output::OutputError;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a trained model cannot be finished, or why the files of a finished one cannot be its results.
#[derive(Debug, Error)]
pub(super) enum ModelError {
    /// A document cannot be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The evaluation cannot be read.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// A file cannot be hashed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The network cannot be analyzed.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The settings are those of another model.
    #[error("{} belongs to the model {found}", .path.display())]
    OtherSettings {
        /// The settings.
        path: PathBuf,
        /// The model that they belong to.
        found: ModelId,
    },
    /// The record says that the training goes on.
    #[error("{} says that its training is not finished", .path.display())]
    NotFinished {
        /// The record.
        path: PathBuf,
    },
    /// The model was trained on another data set.
    #[error("it was trained on '{found}', expected '{expected}'")]
    OtherDataset {
        /// The name of the data set.
        found: String,
        /// The name of the study's data set.
        expected: String,
    },
    /// The evaluation and the analysis are of different networks.
    #[error("{EVALUATION} and analysis.json belong to different networks")]
    DifferentNetworks,
    /// The network was replaced after it was evaluated.
    #[error("{MODEL} is not the network that was evaluated")]
    OtherNetwork,
    /// The record and the evaluation contradict each other.
    #[error("{RECORD} and {EVALUATION} have different {0}")]
    Different(&'static str),
    /// The evaluation is of another split of the images.
    #[error("{SETTINGS} and {EVALUATION} have different splits of the images")]
    DifferentSplits,
    /// The evaluation is not of the test images.
    #[error("{EVALUATION} is for the images '{0}', expected the test images")]
    NotTestImages(EvaluatedPart),
    /// A file is missing.
    #[error("{0} is missing")]
    Missing(String),
    /// The hashes are missing, though the analysis is from a version that records them.
    #[error("{SEAL} is missing, although it was written before the analysis")]
    NoSeal,
    /// The hashes are those of another model.
    #[error("its files belong to the model {0}")]
    OtherSeal(ModelId),
    /// A file has changed since the model was finished.
    #[error("{name} has changed since the model was finished{}", if .name == EVALUATION {
        " (if it was evaluated again, remove its analysis.json, and the sweep analyzes it again)"
    } else {
        ""
    })]
    Changed {
        /// The name of the file.
        name: String,
    },
    /// The hash of a file was not recorded.
    #[error("{SEAL} does not list {0}")]
    NoHash(&'static str),
}
