//! Errors of figures of a study.

use super::FigureNumber;
use crate::figures::FigureError;
use crate::study::results::SelectionError;
use pathscope_core::circuit::Readout;
use pathscope_core::files::text::list;
use thiserror::Error;

/// The error that a figure of a study cannot be drawn, with its number.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("figure {figure}: {problem}")]
pub struct StudyFigureError {
    /// The figure.
    pub figure: FigureNumber,
    /// The reason.
    pub problem: StudyFigureProblem,
}

/// The reason why a figure of a study cannot be drawn.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StudyFigureProblem {
    /// The results have no models for the figure.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// No multi-path model has its recurrent model in the results.
    #[error(
        "no finished multi-path model ({subset}) has the recurrent model that it was made from in the results; collect them together"
    )]
    NoOriginals {
        /// The restrictions on the models.
        subset: String,
    },
    /// No ablated model has the readout mode and number of removed lengths.
    #[error(
        "no finished ablated model ({subset}) has readout mode {readout}{removed}; add some to the study"
    )]
    NoAblated {
        /// The restrictions on the models.
        subset: String,
        /// The readout mode.
        readout: Readout,
        /// The number of removed lengths in words.
        removed: String,
    },
    /// There are no models for the panel that was asked for.
    #[error("there is no panel of {}: the results have {found}", panel_name(*.readout, *.iterations))]
    NoSuchPanel {
        /// The readout mode that was asked for.
        readout: Option<Readout>,
        /// The number of iterations that was asked for.
        iterations: Option<usize>,
        /// The existing panels.
        found: String,
    },
    /// The drawing failed.
    #[error(transparent)]
    Figure(#[from] FigureError),
}

/// Formats a panel's name as `no-avg, T = 7`, or the part of it that is given.
fn panel_name(readout: Option<Readout>, iterations: Option<usize>) -> String {
    let iterations = iterations.map(|iterations| format!("T = {iterations}"));
    list([readout.map(|readout| readout.to_string()), iterations].into_iter().flatten())
}
