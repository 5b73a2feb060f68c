//! The errors of prediction and evaluation.

use super::Problem;
use crate::tables::TableError;
use pathscope_core::data::DatasetError;
use pathscope_core::files::arrays::ArrayError;
use pathscope_core::files::documents::DocumentError;
use pathscope_core::files::output::OutputError;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a network cannot predict or be evaluated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PredictionError {
    /// The images cannot be read.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// The data set cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The settings of a run cannot be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The results cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The scores cannot be written as a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The network cannot be opened or computed.
    #[error(transparent)]
    Predictor(Problem),
    /// The network does not take the images.
    #[error("{}: {problem}", .path.display())]
    Images {
        /// The file of the images.
        path: PathBuf,
        /// The reason.
        problem: Problem,
    },
    /// An array does not hold images.
    #[error("{}: has shape {found:?}, expected [N, H, W] or [N, C, H, W]", .path.display())]
    Shape {
        /// The file of the array.
        path: PathBuf,
        /// The shape of the array.
        found: Vec<usize>,
    },
    /// A pixel is infinite or not a number.
    #[error("{}: has a pixel that is {found}: all pixels must be finite numbers", .path.display())]
    Pixel {
        /// The file of the images.
        path: PathBuf,
        /// The pixel.
        found: f32,
    },
    /// The run has no network yet.
    #[error("{folder}: its training is not finished: resume it with `pathscope train --resume --out {folder}`", folder = .folder.display())]
    Unfinished {
        /// The folder of the run.
        folder: PathBuf,
    },
    /// A file does not hold predictions for a data set.
    #[error("{}: {detail}", .path.display())]
    Predictions {
        /// The file of the predictions.
        path: PathBuf,
        /// A description of the problem.
        detail: String,
    },
    /// No neuron is reliable enough to be scored.
    #[error("no neuron is left to score ({choice}): give a lower --min-fev or --min-snr")]
    NoneReliable {
        /// The neurons that are left out, and why.
        choice: String,
    },
    /// There is no network to evaluate.
    #[error("no network is given: name its file, or the folder of its run")]
    NoModel,
    /// There is no data set to evaluate the network on.
    #[error("no data set is given: name its folder with --data")]
    NoData,
    /// The network and the data set have different numbers of neurons.
    #[error("the network predicts {found} neurons, but the data set has {expected}")]
    Neurons {
        /// The number of neurons of the network.
        found: usize,
        /// The number of neurons of the data set.
        expected: usize,
    },
}
