//! Figures as SVG and as Graphviz text.
//!
//! | function | figure | paper |
//! |---|---|---|
//! | [`unrolled_circuit`] | the unrolled circuit, by numbers of paths or by strength | Figs. 4a, 5a |
//! | [`rolled_circuit`] | the blocks and connections before unrolling | Figs. 1b, 1d |
//! | [`unrolled_program`] | the uses of an exported program's components, by numbers of paths or by strength | |
//! | [`rolled_program`] | its modules, with the numbers of paths between them | |
//! | [`ensemble`] | the strongest paths as chains with their strengths | Figs. 4b, 5b |
//! | [`distribution`] | the path length distribution and its average | Figs. 5c, 6e, 6f |
//! | [`distributions`] | the path length distributions of several models side by side | Figs. 6e, 6f |
//! | [`comparison_figures`] | all figures of a comparison of models | Figs. 4c, 4d |
//! | [`pair_scatter`] | a quantity of paired models against each other | Figs. 4c, 4d, 12, 13 |
//! | [`ablation_scores`] | the cost of removing paths of some lengths | Figs. 6g-i, 24, 25 |
//! | [`network_diagram`] | a network in its two phases, and the inside of its blocks | Fig. 1 |
//! | [`readout_modes`] | the four readout modes over the iterations of a network | Fig. 2 |
//! | [`path_lengths`] | unrolled circuit, ensemble and path length distribution in one | Fig. 5 |
//! | [`information_flow`] | the flow of information from iteration to iteration | Fig. 8 |
//! | [`Diagram`] | any of the previous four, by name | |
//! | [`study`] | the results of a study, by the paper's numbers | Figs. 3, 4c,d, 6, 9 to 27 |
//! | [`contribution_distribution`] | the contributions of paths of each length beside their strengths | |
//! | [`unit_contributions`] | the contributions to each unit in shades of grey | |
//! | [`partial_sums`] | how well paths up to each length predict recordings | |
//! | [`strength_contribution`] | strength against contribution for many models | |
//! | [`lesions`] | the cost of removing paths against strength and contribution | |
//! | [`receptive_fields`] | the paths of each length as linear filters | |
//! | [`AnalysisFigure`] | the figures of one analysis, by name | |
//! | [`contact_sheet`] | a sample of a data set's images | |
//! | [`ceiling_histogram`] | the CC_max of a data set's neurons | |
//! | [`learning_curve`] | training and validation loss over steps | |
//! | [`unrolled_dot`], [`rolled_dot`], [`unrolled_program_dot`], [`rolled_program_dot`] | the same graphs for Graphviz | |
//!
//! Every figure is a pure function of its arguments: equal arguments give equal bytes. Text stays text, in
//! Helvetica, Arial or another sans-serif font, so that figures can be searched and edited. A [`Sheet`] sets
//! the width in millimetres.
//!
//! An analysis or the results of a study come in with a [`Sheet`], the text of an SVG file goes out. Read
//! [`study`] first for the paper's figures.

mod ablation_inset;
mod ablation_panels;
mod ablation_scores;
mod axis;
mod canvas;
mod captions;
mod ceiling;
mod chains;
mod compared;
mod contact_sheet;
mod contributions;
mod diagrams;
mod distribution;
mod distributions;
mod dot;
mod drawn_model;
mod ensemble;
mod flow;
mod lanes;
mod learning_curve;
mod legend;
mod mark;
mod names;
mod numbers;
mod of_analysis;
mod pair_scatter;
mod picture;
mod program;
mod rolled;
mod scatter_axes;
mod sheet;
mod sides;
pub mod study;
mod style;
mod subscript;
mod unrolled;

#[cfg(test)]
mod tests;

pub use ablation_scores::{AblationPoint, AblationScores, ablation_scores};
pub use ceiling::ceiling_histogram;
pub use compared::{ComparisonFigure, NotDrawn, comparison_figures};
pub use contact_sheet::contact_sheet;
pub use contributions::{
    ReceptiveFields, contribution_distribution, lesions, partial_sums, receptive_fields,
    strength_contribution, unit_contributions,
};
pub use diagrams::{Diagram, DiagramError, information_flow, network_diagram, path_lengths, readout_modes};
pub use distribution::distribution;
pub use distributions::distributions;
pub use dot::{rolled_dot, unrolled_dot};
pub use drawn_model::DrawnModel;
pub use ensemble::{EnsembleOptions, ensemble};
pub use flow::Width;
pub use learning_curve::{LearningPoint, learning_curve};
pub use of_analysis::AnalysisFigure;
pub use pair_scatter::{PairScatter, ScatterPoint, pair_scatter};
pub use program::{
    ProgramOptions, rolled_program, rolled_program_dot, unrolled_program, unrolled_program_dot,
};
pub use rolled::rolled_circuit;
pub use sheet::{Sheet, SheetError};
pub use unrolled::{UnrolledOptions, unrolled_circuit};

use thiserror::Error;

/// A reason why a figure cannot be drawn.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FigureError {
    /// Plotters failed.
    #[error("the figure cannot be drawn: {0}")]
    Drawing(String),
    /// The figure has more parts than it can show.
    #[error("the figure would have {parts} parts, and at most {limit} can be drawn: {advice}")]
    TooLarge {
        /// The number of parts.
        parts: usize,
        /// The largest number that can be drawn.
        limit: usize,
        /// A remedy.
        advice: &'static str,
    },
}
