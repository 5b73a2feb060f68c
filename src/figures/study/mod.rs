//! The paper's figures of results, by number, drawn from the results of any study.
//!
//! | module | figure | paper |
//! |---|---|---|
//! | `pair_grid`, `pair_panel` | recurrent against feed-forward models | Figs. 3a-c, 9, 10, 26 |
//! | `by_iterations` | performance over iterations | Figs. 3d-f, 6a,b, 11, 14, 15, 18-20, 27 |
//! | `by_length` | performance over average path length | Figs. 6c,d, 16, 17, 21-23 |
//! | `distributions` | path length distributions of models of similar average length | Figs. 6e,f, 16, 17, 21-23 |
//! | `multi_path` | multi-path models against their recurrent originals | Figs. 4c,d, 12, 13 |
//! | `ablations` | performance without the paths of some lengths | Figs. 6g-i, 24, 25 |
//!
//! The catalogue maps each number to kinds of drawing and to models. A [`Study`] finds these models in a
//! table, averages over seeds, and draws.

mod ablations;
mod arrangement;
mod by_iterations;
mod by_length;
mod catalogue;
mod compose;
mod distributions;
mod error;
mod examples;
mod folder;
mod label_places;
mod multi_path;
mod number;
mod pair_grid;
mod pair_panel;
mod panel_choice;
mod plot;
mod series;

#[cfg(test)]
pub(super) mod tests;

pub use catalogue::{FigureKind, Panel};
pub use error::{StudyFigureError, StudyFigureProblem};
pub use examples::{LengthPoint, examples};
pub use folder::{FigureFolder, FigureFolderError};
pub use number::{FigureNumber, UnknownNumber};

use super::Sheet;
use super::canvas::Canvas;
use super::legend::Key;
use crate::study::results::{
    Amounts, Kind, PathMeasure, ResultRow, Selection, SelectionError, StudyModels, Subset,
};
use arrangement::{Arrangement, Room, alike};
use compose::Placed;
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;

/// Choices for figures that the results do not determine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StudyOptions {
    /// The performance measure, or `None` for CC_norm².
    pub metric: Option<Score>,
    /// The measure of paths that average path lengths and distributions are of.
    pub measure: PathMeasure,
    /// The data set of every figure, which replaces the paper's.
    pub dataset: Option<String>,
    /// The fraction of the training images that the models of every figure were trained on, which replaces
    /// the paper's amounts.
    pub train_fraction: Option<f64>,
    /// The readout mode of Figs. 3b and 3c.
    pub readout: Option<Readout>,
    /// The number of iterations of Figs. 3b and 3c.
    pub iterations: Option<usize>,
    /// The sheet that figures are drawn for.
    pub sheet: Sheet,
}

/// A figure with notes on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyFigure {
    /// The figure as SVG text.
    pub svg: String,
    /// Notes on panels that were left out.
    pub left_out: Vec<String>,
    /// Notes on models that were left out.
    pub notes: Vec<String>,
}

/// The results of a study, from which any number of figures are drawn.
///
/// Only finished models are ever drawn. All means are over configurations of models.
#[derive(Clone, Debug)]
pub struct Study<'a> {
    models: StudyModels<'a>,
    options: StudyOptions,
}

impl<'a> Study<'a> {
    /// Prepares the rows of a table.
    ///
    /// # Complexity
    ///
    /// O(n log n) for n rows.
    pub fn new(rows: &'a [ResultRow], options: StudyOptions) -> Self {
        Self { models: StudyModels::new(rows), options }
    }

    /// Draws a figure. Equal rows and options give equal bytes, whatever the order of the rows.
    ///
    /// If a figure has several panels, those with models are drawn.
    ///
    /// # Errors
    ///
    /// [`StudyFigureError`] if the table lacks models that the figure needs.
    pub fn draw(&self, number: FigureNumber) -> Result<StudyFigure, StudyFigureError> {
        let panels = self.distinct(number.panels());
        let mut arrangement = Arrangement::new(self.options.sheet);
        loop {
            let Arranged { canvas, axis_width, left_out, notes } =
                self.arranged(number, &panels, &arrangement)?;
            let ((_, top), (_, bottom)) = canvas.bounds();
            match arrangement.next(axis_width, bottom - top) {
                Some(next) => arrangement = next,
                None => {
                    let svg = canvas
                        .into_svg(self.options.sheet)
                        .map_err(|error| StudyFigureError { figure: number, problem: error.into() })?;
                    return Ok(StudyFigure { svg, left_out, notes });
                }
            }
        }
    }

    /// Leaves out panels that show the same models in the same way as an earlier one, such as Fig. 3e,f if all
    /// panels have one amount of training data.
    fn distinct<'p>(&self, panels: Vec<&'p Panel>) -> Vec<&'p Panel> {
        let shown = |panel: &Panel| (panel.kind, self.subset(&panel.subset));
        let mut distinct: Vec<&Panel> = Vec::new();
        for panel in panels {
            if !distinct.iter().any(|earlier| shown(earlier) == shown(panel)) {
                distinct.push(panel);
            }
        }
        distinct
    }

    /// Draws all panels that there are models for in an arrangement.
    fn arranged(
        &self,
        number: FigureNumber,
        panels: &[&Panel],
        arrangement: &Arrangement,
    ) -> Result<Arranged, StudyFigureError> {
        let several = panels.len() > 1;
        let (mut drawn, mut notes, mut left_out, mut letters) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for panel in panels {
            let beside = panels.iter().filter(|other| alike(other, panel)).count();
            let (columns, room) = arrangement.room(panel.kind, beside);
            let name = number.with(panel);
            match self.panel(panel, room) {
                Ok(part) => {
                    let of_panel = part.notes.iter().map(|note| match several {
                        true => format!("{name}: {note}"),
                        false => note.clone(),
                    });
                    notes.extend(of_panel);
                    drawn.push(Placed { panel, drawn: Drawn { columns, ..part } });
                }
                Err(problem) => {
                    left_out.push(StudyFigureError { figure: name, problem });
                    letters.extend(panel.letter);
                }
            }
        }
        if drawn.is_empty() && !left_out.is_empty() {
            return Err(left_out.swap_remove(0));
        }
        let axis_width = drawn.iter().map(|placed| -placed.drawn.canvas.bounds().0.0).fold(0.0, f64::max);
        let left_out = left_out.iter().map(ToString::to_string).collect();
        let canvas = compose::compose(drawn, several, &letters, arrangement);
        Ok(Arranged { canvas, axis_width, left_out, notes })
    }

    /// Draws one panel.
    fn panel(&self, panel: &Panel, room: Room) -> Result<Drawn, StudyFigureProblem> {
        let subset = &panel.subset;
        match panel.kind {
            FigureKind::PairGrid => pair_grid::draw(self, subset, room, &pair_grid::SMALL_GRID),
            FigureKind::LargePairGrid => pair_grid::draw(self, subset, room, &pair_grid::LARGE_GRID),
            FigureKind::BestPairs => pair_panel::draw(self, subset, room, pair_panel::best),
            FigureKind::NoAvgPairs => pair_panel::draw(self, subset, room, pair_panel::no_avg),
            FigureKind::ByIterations => by_iterations::draw(self, subset, room),
            FigureKind::ByLength => by_length::draw(self, subset, room),
            FigureKind::Distributions => distributions::draw(self, subset, room),
            FigureKind::MultiPathPerformance => multi_path::draw_performance(self, subset, room),
            FigureKind::MultiPathLength => multi_path::draw_length(self, subset, room),
            FigureKind::Ablations { removed, readout } => {
                ablations::draw(self, subset, room, (readout, removed))
            }
        }
    }

    /// Selects the models of some kinds.
    fn select(&self, subset: &Subset, kinds: &[Kind]) -> Result<Selection<'_, 'a>, SelectionError> {
        self.models.select(&self.subset(subset), kinds, self.options.dataset.as_deref())
    }

    /// Returns a panel's models, with the amount of training data that was asked for.
    fn subset(&self, subset: &Subset) -> Subset {
        let amounts = self.options.train_fraction.map_or(subset.amounts, Amounts::Fraction);
        Subset { amounts, ..*subset }
    }
}

/// A figure in an arrangement, which may not be the last one tried.
struct Arranged {
    canvas: Canvas,
    /// The largest width that the vertical axis of a panel needs.
    axis_width: f64,
    left_out: Vec<String>,
    notes: Vec<String>,
}

/// A drawn panel that has no place yet. Its axes meet at 0.
struct Drawn {
    canvas: Canvas,
    /// The legend of its marks. Panels with equal legends share one below all of them.
    legend: Vec<Key>,
    notes: Vec<String>,
    room: Room,
    /// The number of panels of its kind that are side by side.
    columns: usize,
}

impl Drawn {
    fn new(canvas: Canvas, legend: impl IntoIterator<Item = Key>, notes: Vec<String>, room: Room) -> Self {
        Self { canvas, legend: legend.into_iter().collect(), notes, room, columns: 1 }
    }
}
