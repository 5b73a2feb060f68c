//! The paper's figures of results, by their numbers, drawn from the results of a study of one's own.
//!
//! | module | what it draws | paper |
//! |---|---|---|
//! | `pair_grid`, `pair_panel` | recurrent against feed-forward models | Figs. 3a-c, 9, 10, 26 |
//! | `by_iterations` | performance over iterations | Figs. 3d-f, 6a,b, 11, 14, 15, 18-20, 27 |
//! | `by_length` | performance over average path length | Figs. 6c,d, 16, 17, 21-23 |
//! | `distributions` | path length distributions of models of similar average length | Figs. 6e,f, 16, 17, 21-23 |
//! | `multi_path` | multi-path models against the recurrent ones that they were made from | Figs. 4c,d, 12, 13 |
//! | `ablations` | performance without the paths of some lengths | Figs. 6g-i, 24, 25 |
//!
//! The catalogue says which number shows what of which models; a [`Study`] finds these in a table, takes means
//! over seeds, and draws.

mod ablations;
mod by_iterations;
mod by_length;
mod catalogue;
mod compose;
mod distributions;
mod error;
mod examples;
mod label_places;
mod legend;
mod multi_path;
mod number;
mod pair_grid;
mod pair_panel;
mod panel_choice;
mod plot;
mod series;
mod subset;

#[cfg(test)]
pub(super) mod tests;

pub use catalogue::{FigureKind, Panel, Subset};
pub use error::StudyFigureError;
pub use examples::{LengthPoint, examples};
pub use number::{FigureNumber, UnknownNumber};
pub use subset::Selection;

use super::canvas::Canvas;
use crate::circuit::Readout;
use crate::results::{Configuration, Metric, ResultRow, configurations};
use legend::Key;

/// What a table does not say about its figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StudyOptions {
    /// What performance is measured in; CC_norm² where nothing is said.
    pub metric: Option<Metric>,
    /// The data set of every figure, in the place of the paper's.
    pub dataset: Option<String>,
    /// The readout mode of Figs. 3b and 3c.
    pub readout: Option<Readout>,
    /// The number of iterations of Figs. 3b and 3c.
    pub iterations: Option<usize>,
}

/// A figure, and what is worth knowing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyFigure {
    /// The figure as SVG text.
    pub svg: String,
    /// Which of its panels were left out, and why.
    pub left_out: Vec<String>,
    /// Which models were left out, and why.
    pub notes: Vec<String>,
}

/// The results of a study, from which any number of figures are drawn.
///
/// Only finished models are ever drawn. All means are over [`Configuration`]s.
#[derive(Clone, Debug)]
pub struct Study<'a> {
    rows: &'a [ResultRow],
    options: StudyOptions,
    configurations: Vec<Configuration<'a>>,
}

impl<'a> Study<'a> {
    /// Prepares the rows of a table.
    ///
    /// # Complexity
    ///
    /// O(n log n) for n rows.
    pub fn new(rows: &'a [ResultRow], options: StudyOptions) -> Self {
        Self { rows, options, configurations: configurations(rows) }
    }

    /// Draws a figure. Equal rows and options give equal bytes, in whatever order the rows are.
    ///
    /// Of a figure of several panels those are drawn that there are models for.
    ///
    /// # Errors
    ///
    /// [`StudyFigureError`], which says what the table lacks.
    pub fn draw(&self, number: FigureNumber) -> Result<StudyFigure, StudyFigureError> {
        if number.is_of_a_model() {
            return Err(StudyFigureError::OfAModel { figure: number });
        }
        if self.rows.is_empty() {
            return Err(StudyFigureError::Empty { figure: number });
        }
        let panels = number.panels();
        let several = panels.len() > 1;
        let (mut drawn, mut notes, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for panel in &panels {
            let alike = panels.iter().filter(|other| other.kind == panel.kind).count();
            let name = number.with(panel);
            match self.panel(name, panel, Room::of(alike)) {
                Ok(part) => {
                    let of_panel = part.notes.iter().map(|note| match several {
                        true => format!("{name}: {note}"),
                        false => note.clone(),
                    });
                    notes.extend(of_panel);
                    drawn.push((*panel, part));
                }
                Err(error) => left_out.push(error),
            }
        }
        if drawn.is_empty() {
            return Err(left_out.into_iter().next().unwrap_or(StudyFigureError::Empty { figure: number }));
        }
        let left_out = left_out.iter().map(ToString::to_string).collect();
        Ok(StudyFigure { svg: compose::compose(drawn, several).into_svg()?, left_out, notes })
    }

    /// Draws one panel.
    fn panel(&self, number: FigureNumber, panel: &Panel, room: Room) -> Result<Drawn, StudyFigureError> {
        let subset = &panel.subset;
        match panel.kind {
            FigureKind::PairGrid => pair_grid::draw(self, number, subset, &pair_grid::SMALL_GRID),
            FigureKind::LargePairGrid => pair_grid::draw(self, number, subset, &pair_grid::LARGE_GRID),
            FigureKind::BestPairs => pair_panel::draw_best(self, number, subset),
            FigureKind::NoAvgPairs => pair_panel::draw_no_avg(self, number, subset),
            FigureKind::ByIterations => by_iterations::draw(self, number, subset, room),
            FigureKind::ByLength => by_length::draw(self, number, subset, room),
            FigureKind::Distributions => distributions::draw(self, number, subset),
            FigureKind::MultiPathPerformance => multi_path::draw_performance(self, number, subset),
            FigureKind::MultiPathLength => multi_path::draw_length(self, number, subset),
            FigureKind::Ablations { removed, readout } => {
                ablations::draw(self, number, subset, readout, removed)
            }
        }
    }
}

/// A panel before it is put in its place.
struct Drawn {
    canvas: Canvas,
    /// What its colours mean: below it, or once below several of which it is the same.
    legend: Vec<Key>,
    /// What the sizes of its text are multiplied by.
    font: f64,
    notes: Vec<String>,
}

/// How wide a panel may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// A column of a page, of which there are two.
    Column,
    /// A third of the page.
    Third,
}

impl Room {
    /// For each of so many panels of a kind.
    fn of(panels: usize) -> Self {
        if panels > 2 { Self::Third } else { Self::Column }
    }

    /// Of what is inside the axes.
    fn width(self) -> f64 {
        match self {
            Self::Column => 240.0,
            Self::Third => 155.0,
        }
    }
}
