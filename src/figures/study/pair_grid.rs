//! Recurrent against feed-forward models, a panel for each readout mode and number of iterations (paper, Figs. 3a,
//! 9, 10 and 26).

use super::pair_panel::PairPanel;
use super::panel_choice::Panels;
use super::plot::{self, counts};
use super::{Drawn, FigureNumber, Study, StudyFigureError, Subset};
use crate::circuit::Readout;
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Text};
use crate::figures::style::{INK, LABEL, MUTED, SMALL};

/// Sizes of a grid.
pub struct GridSize {
    side: f64,
    radius: f64,
    /// What sizes of text are multiplied by.
    font: f64,
}

/// Fig. 3a: as wide as a page.
pub const SMALL_GRID: GridSize = GridSize { side: 86.0, radius: 1.7, font: 1.0 };
/// Fig. 9: the same, larger.
pub const LARGE_GRID: GridSize = GridSize { side: 150.0, radius: 2.8, font: 1.3 };

/// Between panels of a row.
const GAP: f64 = 9.0;

/// Draws all panels with the same axes.
pub fn draw(
    study: &Study<'_>,
    number: FigureNumber,
    subset: &Subset,
    size: &GridSize,
) -> Result<Drawn, StudyFigureError> {
    let panels = Panels::new(study, number, subset)?;
    let (readouts, iterations) = (panels.readouts(), panels.iterations());
    let marks = Marks::with_room(panels.all_points().flat_map(|point| [point.x, point.y]));
    let ticks = plot::ticks(marks, size.side);
    let (label, small) = (LABEL * size.font, SMALL * size.font);
    // Above each panel is its n.
    let (across, down) = (size.side + GAP * size.font, size.side + small * 2.0);
    let (width, height) = (across * iterations.len() as f64 - GAP, down * readouts.len() as f64);

    let mut canvas = Canvas::default();
    for (row, &readout) in readouts.iter().enumerate() {
        for (column, &t) in iterations.iter().enumerate() {
            let origin = (across * column as f64, down * (row + 1) as f64);
            let points = panels.points(readout, t);
            let panel = PairPanel { origin, side: size.side, radius: size.radius, font: size.font };
            panel.draw(&mut canvas, points, marks, panels.colours());
            plot::ticks_left(&mut canvas, origin, &ticks, small, column == 0);
            plot::marks_below(&mut canvas, origin, &ticks);
            if row + 1 == readouts.len() {
                // The last number would touch the first one of the next column.
                let labelled = if column + 1 == iterations.len() { ticks.len() } else { ticks.len() - 1 };
                plot::ticks_below(&mut canvas, origin, &ticks[..labelled], small);
            }
            let n = (origin.0 + size.side / 2.0, origin.1 - size.side - small * 0.8);
            canvas.text(format!("n = {}", points.len()), n, Text::new(small, MUTED));
        }
    }
    labels(&mut canvas, &panels, size, (across, down), (width, height));
    for (column, t) in iterations.iter().enumerate() {
        let x = across * column as f64 + size.side / 2.0;
        canvas.text(format!("T = {t}"), (x, small * 0.2 - label), Text::new(label, INK));
    }
    let every: Vec<(Readout, usize)> =
        readouts.iter().flat_map(|&readout| iterations.iter().map(move |&t| (readout, t))).collect();
    let n = counts(every.iter().map(|&(readout, t)| panels.points(readout, t).len()));
    let title = format!("{}, n = {n} pairs a panel", panels.selection.describe());
    plot::title(&mut canvas, &title, "recurrent against feed-forward models of the same size", size.font);
    Ok(Drawn { canvas, legend: panels.legend(&every), font: size.font, notes: panels.notes() })
}

/// The names of the axes and of the rows.
fn labels(
    canvas: &mut Canvas,
    panels: &Panels<'_, '_>,
    size: &GridSize,
    (_, down): (f64, f64),
    (width, height): (f64, f64),
) {
    let label = LABEL * size.font;
    let metric = panels.metric.label();
    let below = canvas.bounds().1.1 + label * 0.9;
    canvas.text(format!("feed-forward {metric}"), (width / 2.0, below), Text::new(label, INK));
    let axis = canvas.bounds().0.0 - label;
    canvas.text(format!("recurrent {metric}"), (axis, height / 2.0), Text::new(label, INK).upward());
    let names = canvas.bounds().0.0 - label * 1.2;
    for (row, readout) in panels.readouts().into_iter().enumerate() {
        let y = down * (row + 1) as f64 - size.side / 2.0;
        canvas.text(readout.as_str(), (names, y), Text::new(label, INK).upward());
    }
}
