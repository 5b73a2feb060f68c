//! One panel of recurrent against feed-forward models (paper, Figs. 3b and 3c).

use super::panel_choice::{PairPoint, Panels};
use super::plot;
use super::{Drawn, FigureNumber, Study, StudyFigureError, Subset};
use crate::circuit::Readout;
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Point, Text};
use crate::figures::style::{INK, LABEL, MUTED, PAPER, SMALL};
use plotters::style::RGBColor;

/// Both axes are this long.
pub const SIDE: f64 = 230.0;

/// Draws the panel in which recurrent models gain most over feed-forward ones on average.
pub fn draw_best(
    study: &Study<'_>,
    number: FigureNumber,
    subset: &Subset,
) -> Result<Drawn, StudyFigureError> {
    let options = &study.options;
    let panels = Panels::new(study, number, subset)?;
    draw(&panels, panels.best(options.readout, options.iterations)?)
}

/// Draws the panel of no-avg with most iterations.
pub fn draw_no_avg(
    study: &Study<'_>,
    number: FigureNumber,
    subset: &Subset,
) -> Result<Drawn, StudyFigureError> {
    let options = &study.options;
    let panels = Panels::new(study, number, subset)?;
    draw(&panels, panels.last(options.readout.unwrap_or(Readout::NoAvg), options.iterations)?)
}

fn draw(panels: &Panels<'_, '_>, (readout, iterations): (Readout, usize)) -> Result<Drawn, StudyFigureError> {
    let points = panels.points(readout, iterations);
    let marks = Marks::with_room(points.iter().flat_map(|point| [point.x, point.y]));
    let ticks = plot::ticks(marks, SIDE);
    let mut canvas = Canvas::default();
    let panel = PairPanel { origin: (0.0, 0.0), side: SIDE, radius: 2.8, font: 1.0 };
    panel.draw(&mut canvas, points, marks, panels.colours());
    plot::ticks_below(&mut canvas, (0.0, 0.0), &ticks, LABEL);
    plot::ticks_left(&mut canvas, (0.0, 0.0), &ticks, LABEL, true);
    let metric = panels.metric.label();
    canvas.text(format!("feed-forward {metric}"), (SIDE / 2.0, 32.0), Text::new(LABEL, INK));
    let axis = canvas.bounds().0.0 - 12.0;
    canvas.text(format!("recurrent {metric}"), (axis, -SIDE / 2.0), Text::new(LABEL, INK).upward());
    let title = format!("{readout}, T = {iterations}, n = {}", points.len());
    plot::title(&mut canvas, &title, &panels.selection.describe(), 1.0);
    Ok(Drawn { canvas, legend: panels.legend(&[(readout, iterations)]), font: 1.0, notes: panels.notes() })
}

/// A square panel of points with the identity line.
pub struct PairPanel {
    /// Where its axes meet.
    pub origin: Point,
    pub side: f64,
    pub radius: f64,
    /// What sizes of text are multiplied by.
    pub font: f64,
}

impl PairPanel {
    pub fn draw(&self, canvas: &mut Canvas, points: &[PairPoint], marks: Marks, colours: &[RGBColor]) {
        let (origin, side) = (self.origin, self.side);
        let ticks = plot::ticks(marks, side);
        plot::grid_across(canvas, origin, &ticks, side);
        plot::grid_up(canvas, origin, &ticks, side);
        canvas.dashes(origin, (origin.0 + side, origin.1 - side), MUTED, 1.0);
        plot::axes(canvas, origin, side, side);
        for point in points {
            let at = (origin.0 + marks.share(point.x) * side, origin.1 - marks.share(point.y) * side);
            canvas.circle(at, self.radius, colours[point.group], PAPER, self.radius * 0.15);
        }
        if points.is_empty() {
            let at = (origin.0 + side / 2.0, origin.1 - side * 0.75);
            canvas.text("no pair", at, Text::new(SMALL * self.font, MUTED));
        }
    }
}
