//! Why a table of a study cannot be made.

use crate::study::results::{Metric, UnknownDataset};
use thiserror::Error;

/// What a table of results lacks for a table of the paper.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StudyTableError {
    /// A table without models.
    #[error("the table of results has no models (`pathscope sweep collect` writes one that has)")]
    Empty,
    /// A data set was named that no model was trained on.
    #[error(transparent)]
    UnknownDataset(#[from] UnknownDataset),
    /// A table of the paper's second data set.
    #[error(
        "the table shows a second data set, and the results have only {only}: `--dataset {only}` makes it of that one"
    )]
    OneDataset {
        /// The data set that there is.
        only: String,
    },
    /// A split that there are no models of.
    #[error("no model of {dataset} has the split seed {wanted}: there are {found}")]
    UnknownSplit {
        /// The data set.
        dataset: String,
        /// The seed.
        wanted: u64,
        /// The seeds that there are.
        found: String,
    },
    /// An amount of training data that no model has.
    #[error(
        "no model of {dataset} was trained on a part of {wanted} of the training images: there are {found}"
    )]
    UnknownFraction {
        /// The data set.
        dataset: String,
        /// The part, from 0 to 1.
        wanted: f64,
        /// The parts that there are.
        found: String,
    },
    /// No finished model.
    #[error(
        "no recurrent or feed-forward model of {dataset} (split seed {split_seed}) is finished: `pathscope sweep run` goes on with them"
    )]
    NoneFinished {
        /// The data set.
        dataset: String,
        /// The seed of its split.
        split_seed: u64,
    },
    /// No model has been measured so.
    #[error("no finished model of {dataset} has a {}: {}", .metric.label(), .metric.remedy())]
    NotMeasured {
        /// The data set.
        dataset: String,
        /// The measure.
        metric: Metric,
    },
    /// Nothing to be compared with.
    #[error(
        "no recurrent model of {dataset} has its feed-forward one of the same size and settings in the results: train both in one study"
    )]
    NoPairs {
        /// The data set.
        dataset: String,
    },
    /// No model has an ensemble of paths.
    #[error(
        "no finished recurrent model of {dataset} has an average path length and a diversity: collect the study again with this version"
    )]
    NoLengths {
        /// The data set.
        dataset: String,
    },
}
