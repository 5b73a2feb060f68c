//! Why nothing is predicted or measured.

use super::Problem;
use crate::tables::TableError;
use pathscope_core::data::DatasetError;
use pathscope_core::files::arrays::ArrayError;
use pathscope_core::files::documents::DocumentError;
use pathscope_core::files::output::OutputError;
use std::path::PathBuf;
use thiserror::Error;

/// Why nothing is predicted or measured.
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
    /// The scores cannot be made a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The network cannot be opened or computed.
    #[error(transparent)]
    Predictor(Problem),
    /// Images that the network does not take.
    #[error("{}: {problem}", .path.display())]
    Images {
        /// Their file.
        path: PathBuf,
        /// Why it does not take them.
        problem: Problem,
    },
    /// An array that is none of images.
    #[error("{}: has shape {found:?}, expected [N, H, W] or [N, C, H, W]", .path.display())]
    Shape {
        /// Its file.
        path: PathBuf,
        /// Its shape.
        found: Vec<usize>,
    },
    /// A pixel that is infinite or not a number.
    #[error("{}: has a pixel that is {found}: every one must be a finite number", .path.display())]
    Pixel {
        /// The file of the images.
        path: PathBuf,
        /// The pixel.
        found: f32,
    },
    /// A run that has no network yet.
    #[error("{folder}: its training is not finished: go on with `pathscope train --resume --out {folder}`", folder = .folder.display())]
    Unfinished {
        /// Its folder.
        folder: PathBuf,
    },
    /// No data set to measure a network on.
    #[error("no data set is given: name its folder with --data")]
    NoData,
    /// Recordings of other neurons.
    #[error("the network predicts {found} neurons, but the data set has {expected}")]
    Neurons {
        /// Of the network.
        found: usize,
        /// Of the data set.
        expected: usize,
    },
}
