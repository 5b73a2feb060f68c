//! The errors of selecting models.

use crate::study::results::performance::remedy;
use crate::study::results::{PathMeasure, UnknownDataset};
use pathscope_core::data::scores::Score;
use pathscope_core::files::text::counted;
use thiserror::Error;

/// The reason why a study has no models for a table or figure.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SelectionError {
    /// The results have no models.
    #[error("the results have no models; write a table with models with `pathscope sweep collect`")]
    Empty,
    /// No model was trained on the named data set.
    #[error(transparent)]
    UnknownDataset(#[from] UnknownDataset),
    /// The second data set of the paper has no counterpart.
    #[error(
        "a second data set is needed, and the results have only {only}; use this one with `--dataset {only}`"
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
    /// There is no second split.
    #[error(
        "a second split into training, validation and test images is needed, and {dataset} has only that of seed {seed}"
    )]
    OneSplit {
        /// The data set.
        dataset: String,
        /// The seed of the only split.
        seed: u64,
    },
    /// There are fewer amounts of training data.
    #[error("models trained on {wanted} amounts of data are needed, and {dataset} has only {found}")]
    FewerAmounts {
        /// The data set.
        dataset: String,
        /// The number of amounts that are needed.
        wanted: usize,
        /// The amounts of existing models.
        found: String,
    },
    /// No model was trained on the fraction of the training images.
    #[error(
        "no model of {dataset} was trained on a fraction of {wanted} of the training images: there are {found}"
    )]
    UnknownFraction {
        /// The data set.
        dataset: String,
        /// The fraction, from 0 to 1.
        wanted: f64,
        /// The fractions of existing models.
        found: String,
    },
    /// No model has the number of recurrent blocks.
    #[error("no model of {dataset} has {}: there are models with {found}", counted(*.wanted, "recurrent block"))]
    UnknownBlocks {
        /// The data set.
        dataset: String,
        /// The number of blocks.
        wanted: usize,
        /// The numbers of blocks of existing models.
        found: String,
    },
    /// The results have no such models, not even unfinished ones.
    #[error("the results have no {kind} ({subset}, split seed {split_seed}); add some to the study")]
    NonePlanned {
        /// The kind of model, such as `recurrent model`.
        kind: String,
        /// The restrictions on the models.
        subset: String,
        /// The seed of the split.
        split_seed: u64,
    },
    /// No model is finished.
    #[error(
        "the results have {} ({subset}, split seed {split_seed}), but no finished one; resume with `pathscope sweep run`",
        counted(*.unfinished, .kind)
    )]
    NoneFinished {
        /// The number of unfinished models.
        unfinished: usize,
        /// The kind of model, such as `recurrent model`.
        kind: String,
        /// The restrictions on the models.
        subset: String,
        /// The seed of the split.
        split_seed: u64,
    },
    /// No finished model has the performance measure.
    #[error("no finished model ({subset}) has a {}: {}", .metric.label(), remedy(*.metric))]
    NotMeasured {
        /// The measure.
        metric: Score,
        /// The restrictions on the models.
        subset: String,
    },
    /// No recurrent model can be compared with a feed-forward one.
    #[error(
        "no recurrent model ({subset}) has its feed-forward one of the same size and settings in the results; train both in one study"
    )]
    NoPairs {
        /// The restrictions on the models.
        subset: String,
    },
    /// No model has an ensemble of paths.
    #[error(
        "no finished model ({subset}) has an average path length and a diversity{}; {}",
        .measure.suffix(),
        .measure.remedy()
    )]
    NoLengths {
        /// The measure of paths.
        measure: PathMeasure,
        /// The restrictions on the models.
        subset: String,
    },
}
