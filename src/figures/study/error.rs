//! Why a figure of a study cannot be drawn.

use super::FigureNumber;
use crate::figures::FigureError;
use crate::study::results::{Metric, UnknownDataset};
use pathscope_core::circuit::Readout;
use pathscope_core::files::text::counted;
use thiserror::Error;

/// What a table of results lacks for a figure, or why that cannot be drawn.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StudyFigureError {
    /// A table without models.
    #[error("figure {figure} needs models, and the table has none: `pathscope sweep collect` writes one")]
    Empty {
        /// The figure.
        figure: FigureNumber,
    },
    /// A data set was named that no model was trained on.
    #[error(transparent)]
    UnknownDataset(#[from] UnknownDataset),
    /// A figure of the paper's second data set.
    #[error(
        "figure {figure} shows a second data set, and the table has only {only}: `--dataset {only}` draws it of that one"
    )]
    OneDataSet {
        /// The figure.
        figure: FigureNumber,
        /// The data set that there is.
        only: String,
    },
    /// A figure of models trained on part of the data.
    #[error("figure {figure} needs models trained on a {wanted} amount of data, and {dataset} has {found}")]
    Amount {
        /// The figure.
        figure: FigureNumber,
        /// Which amount, from the largest.
        wanted: &'static str,
        /// The data set.
        dataset: String,
        /// The amounts that there are.
        found: String,
    },
    /// A figure of another split.
    #[error(
        "figure {figure} needs models of a second split into training, validation and test images, and {dataset} has only that of seed {seed}"
    )]
    Split {
        /// The figure.
        figure: FigureNumber,
        /// The data set.
        dataset: String,
        /// The seed of its one split.
        seed: u64,
    },
    /// A figure of models of one depth.
    #[error("figure {figure} needs models with {}, and {dataset} has {found}", counted(*.wanted, "recurrent block"))]
    Blocks {
        /// The figure.
        figure: FigureNumber,
        /// How many blocks.
        wanted: usize,
        /// The data set.
        dataset: String,
        /// The numbers of blocks that there are.
        found: String,
    },
    /// No finished model that the figure shows.
    #[error("figure {figure} needs finished {kinds} models ({subset}), and {found}")]
    NoneFinished {
        /// The figure.
        figure: FigureNumber,
        /// What kind of models.
        kinds: String,
        /// Which of them.
        subset: String,
        /// What there is.
        found: String,
    },
    /// There are no models to compare with.
    #[error(
        "figure {figure} shows recurrent models against feed-forward ones of the same size and settings, and no recurrent model ({subset}) has its feed-forward one in the table: train both in one study"
    )]
    NoPairs {
        /// The figure.
        figure: FigureNumber,
        /// Which models.
        subset: String,
    },
    /// No multi-path model whose recurrent model is there.
    #[error(
        "figure {figure} shows multi-path models against the recurrent ones that they were made from, and no finished multi-path model ({subset}) has its original in the table: collect them with the recurrent models"
    )]
    NoOriginals {
        /// The figure.
        figure: FigureNumber,
        /// Which models.
        subset: String,
    },
    /// No ablated model of one readout mode.
    #[error(
        "figure {figure} needs finished ablated models ({subset}) with readout mode {readout}{removed}, and the table has none"
    )]
    NoAblated {
        /// The figure.
        figure: FigureNumber,
        /// Which models.
        subset: String,
        /// Their readout mode.
        readout: Readout,
        /// What they should lack.
        removed: String,
    },
    /// No model has been measured so.
    #[error("figure {figure} shows {}, which no finished model ({subset}) has: {}", .metric.label(), .metric.remedy())]
    NotMeasured {
        /// The figure.
        figure: FigureNumber,
        /// The measure.
        metric: Metric,
        /// Which models.
        subset: String,
    },
    /// No model has an ensemble of paths.
    #[error(
        "figure {figure} shows average path lengths, which no finished model ({subset}) has: collect the study again with this version"
    )]
    NoLengths {
        /// The figure.
        figure: FigureNumber,
        /// Which models.
        subset: String,
    },
    /// A panel that there are no models for.
    #[error("figure {figure} has no panel of {}: the table has {found}", panel_name(*.readout, *.iterations))]
    NoSuchPanel {
        /// The figure.
        figure: FigureNumber,
        /// The readout mode that was asked for.
        readout: Option<Readout>,
        /// The number of iterations that was asked for.
        iterations: Option<usize>,
        /// The panels that there are.
        found: String,
    },
    /// It cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
}

/// Formats as `no-avg, T = 7`, or the given part of it.
fn panel_name(readout: Option<Readout>, iterations: Option<usize>) -> String {
    let iterations = iterations.map(|iterations| format!("T = {iterations}"));
    let parts = [readout.map(|readout| readout.to_string()), iterations];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
