//! Recurrent against feed-forward models, with a panel for each readout mode and number of iterations (paper,
//! Figs. 3a, 9, 10 and 26).

use super::pair_panel::PairPanel;
use super::panel_choice::Panels;
use super::plot::{self, Tick, counts};
use super::{Drawn, Room, Study, StudyFigureProblem};
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Text};
use crate::figures::style::{INK, LABEL, MUTED, SMALL, text_width};
use crate::study::results::Subset;
use pathscope_core::circuit::Readout;

/// The sizes of a grid.
pub(super) struct GridSize {
    /// The largest side of its panels.
    longest: f64,
    radius: f64,
}

/// The size of the grid of Fig. 3a, which is as wide as a page.
pub(super) const SMALL_GRID: GridSize = GridSize { longest: 86.0, radius: 1.7 };
/// The size of the larger grid of Fig. 9.
pub(super) const LARGE_GRID: GridSize = GridSize { longest: 150.0, radius: 2.8 };

/// The smallest side of panels on any page, since the names of readout modes are beside them.
const SHORTEST: f64 = 37.0;
/// The distance between panels of a row.
const GAP: f64 = 9.0;
/// The width of the names of rows and of the name and numbers of the axis.
const NAMES: f64 = 70.0;
/// The height above each panel for its n.
const N: f64 = SMALL * 2.0;

/// Draws all panels with the same axes.
pub(super) fn draw(
    study: &Study<'_>,
    subset: &Subset,
    room: Room,
    size: &GridSize,
) -> Result<Drawn, StudyFigureProblem> {
    let panels = Panels::new(study, subset)?;
    let (readouts, iterations) = (panels.readouts(), panels.iterations());
    let fitting = (room.width - NAMES) / iterations.len() as f64 - GAP;
    let side = (fitting.min(size.longest) * room.height).max(SHORTEST);
    // Small panels have small points.
    let radius = size.radius * (side / size.longest).max(0.7);
    let marks = Marks::with_room(panels.all_points().flat_map(|point| [point.x, point.y]));
    let ticks = plot::ticks(marks, side);
    let (across, down) = (side + GAP, side + N);
    let (width, height) = (across * iterations.len() as f64 - GAP, down * readouts.len() as f64);

    let mut canvas = Canvas::default();
    for (row, &readout) in readouts.iter().enumerate() {
        for (column, &t) in iterations.iter().enumerate() {
            let origin = (across * column as f64, down * (row + 1) as f64 - height);
            let points = panels.points(readout, t);
            PairPanel { origin, side, radius }.draw(&mut canvas, points, marks, panels.styles());
            plot::ticks_left(&mut canvas, origin, &ticks, SMALL, column == 0);
            plot::marks_below(&mut canvas, origin, &ticks);
            if row + 1 == readouts.len() {
                plot::ticks_below(&mut canvas, origin, labelled(&ticks, side), SMALL);
            }
            let n = format!("n = {}", points.len());
            // There is no room for n above narrow panels, but the title has it, too.
            if text_width(&n, SMALL) + 2.0 <= across {
                let at = (origin.0 + side / 2.0, origin.1 - side - SMALL * 0.8);
                canvas.text(n, at, Text::new(SMALL, MUTED));
            }
        }
    }
    labels(&mut canvas, &panels, side, (width, height));
    for (column, t) in iterations.iter().enumerate() {
        let x = across * column as f64 + side / 2.0;
        canvas.text(format!("T = {t}"), (x, SMALL * 0.2 - LABEL - height), Text::new(LABEL, INK));
    }
    let every: Vec<(Readout, usize)> =
        readouts.iter().flat_map(|&readout| iterations.iter().map(move |&t| (readout, t))).collect();
    let n = counts(every.iter().map(|&(readout, t)| panels.points(readout, t).len()));
    let title = format!("{}, n = {n} pairs per panel", panels.selection.describe());
    let left = -canvas.bounds().0.0;
    let room = Room { axis: left, ..room };
    plot::title(&mut canvas, &title, "recurrent against feed-forward models of the same size", &room);
    Ok(Drawn::new(canvas, panels.legend(&every), panels.notes(), room))
}

/// Returns the ticks whose numbers stay clear of those of the next column: all that are well within the
/// panel, or else only the first.
fn labelled(ticks: &[Tick], side: f64) -> &[Tick] {
    let clear = |(place, label): &&Tick| place + text_width(label, SMALL) * 1.1 <= side + GAP - 4.0;
    let count = ticks.iter().take_while(clear).count();
    &ticks[..count.max(1)]
}

/// Writes the names of the axes and of the rows.
fn labels(canvas: &mut Canvas, panels: &Panels<'_, '_>, side: f64, (width, height): (f64, f64)) {
    let metric = panels.metric.label();
    let below = canvas.bounds().1.1 + LABEL * 0.9;
    canvas.text(format!("feed-forward {metric}"), (width / 2.0, below), Text::new(LABEL, INK));
    let axis = canvas.bounds().0.0 - LABEL;
    canvas.text(format!("recurrent {metric}"), (axis, -height / 2.0), Text::new(LABEL, INK).upward());
    let names = canvas.bounds().0.0 - LABEL * 1.2;
    for (row, readout) in panels.readouts().into_iter().enumerate() {
        let y = (side + N) * (row + 1) as f64 - side / 2.0 - height;
        canvas.text(readout.as_str(), (names, y), Text::new(LABEL, INK).upward());
    }
}
