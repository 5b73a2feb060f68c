//! The errors of making a table of a study.

use crate::study::results::{Metric, UnknownDataset};
use thiserror::Error;

/// The reason why a table of the paper cannot be made from a table of results.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StudyTableError {
    /// The table of results has no models.
    #[error("the table of results has no models: write one with `pathscope sweep collect`")]
    Empty,
    /// No model was trained on the named data set.
    #[error(transparent)]
    UnknownDataset(#[from] UnknownDataset),
    /// The second data set of the paper has no counterpart.
    #[error(
        "the table shows a second data set, and the results have only {only}: `--dataset {only}` makes it of that one"
    )]
    OneDataset {
        /// The only data set.
        only: String,
    },
    /// No model has the split.
    #[error("no model of {dataset} has the split seed {wanted}: there are {found}")]
    UnknownSplit {
        /// The data set.
        dataset: String,
        /// The seed.
        wanted: u64,
        /// The seeds of existing splits.
        found: String,
    },
    /// No model has the amount of training data.
    #[error(
        "no model of {dataset} was trained on a part of {wanted} of the training images: there are {found}"
    )]
    UnknownFraction {
        /// The data set.
        dataset: String,
        /// The fraction, from 0 to 1.
        wanted: f64,
        /// The fractions of existing models.
        found: String,
    },
    /// There is no finished model.
    #[error(
        "no recurrent or feed-forward model of {dataset} (split seed {split_seed}) is finished: `pathscope sweep run` goes on with them"
    )]
    NoneFinished {
        /// The data set.
        dataset: String,
        /// The seed of its split.
        split_seed: u64,
    },
    /// No finished model has the performance measure.
    #[error("no finished model of {dataset} has a {}: {}", .metric.label(), .metric.remedy())]
    NotMeasured {
        /// The data set.
        dataset: String,
        /// The measure.
        metric: Metric,
    },
    /// There are no models to compare with.
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
