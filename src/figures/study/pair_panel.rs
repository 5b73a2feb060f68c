//! A panel of recurrent against feed-forward models (paper, Figs. 3b and 3c).

use super::panel_choice::{PairPoint, Panels};
use super::plot::{self, Plot};
use super::{Drawn, Room, Study, StudyFigureProblem, StudyOptions};
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Point, Text};
use crate::figures::mark::Style;
use crate::figures::style::{MUTED, SMALL};
use crate::study::results::Subset;
use pathscope_core::circuit::Readout;

/// The radius of points.
const RADIUS: f64 = 2.8;

/// A readout mode and a number of iterations.
type Setting = (Readout, usize);

/// Chooses the panel in which recurrent models gain most over feed-forward ones on average.
pub(super) fn best(panels: &Panels<'_, '_>, options: &StudyOptions) -> Result<Setting, StudyFigureProblem> {
    panels.best(options.readout, options.iterations)
}

/// Chooses the panel of no-avg with the most iterations.
pub(super) fn no_avg(panels: &Panels<'_, '_>, options: &StudyOptions) -> Result<Setting, StudyFigureProblem> {
    panels.last(options.readout.unwrap_or(Readout::NoAvg), options.iterations)
}

/// Draws the chosen one of the panels.
pub(super) fn draw(
    study: &Study<'_>,
    subset: &Subset,
    room: Room,
    choose: impl Fn(&Panels<'_, '_>, &StudyOptions) -> Result<Setting, StudyFigureProblem>,
) -> Result<Drawn, StudyFigureProblem> {
    let panels = Panels::new(study, subset)?;
    let (readout, iterations) = choose(&panels, &study.options)?;
    let points = panels.points(readout, iterations);
    let metric = panels.metric.label();
    let (x, y) = (format!("feed-forward {metric}"), format!("recurrent {metric}"));
    let title = format!("{readout}, T = {iterations}, n = {}", points.len());
    let plot = pair_plot(points, panels.styles(), [&x, &y], room);
    let canvas = plot.titled(&title, &panels.selection.describe());
    Ok(Drawn::new(canvas, panels.legend(&[(readout, iterations)]), panels.notes(), room))
}

/// Draws a panel of points as large as the room allows.
pub(super) fn pair_plot(points: &[PairPoint], styles: &[Style], [x, y]: [&str; 2], room: Room) -> Plot {
    let side = room.inside() * room.height;
    let marks = Marks::with_room(points.iter().flat_map(|point| [point.x, point.y]));
    let ticks = plot::ticks(marks, side);
    let mut plot = Plot::new(room, (side, side)).x(x, ticks.clone()).y(y, ticks);
    PairPanel { origin: (0.0, 0.0), side, radius: RADIUS }.draw(&mut plot.canvas, points, marks, styles);
    plot
}

/// A square panel of points with the identity line.
pub(super) struct PairPanel {
    /// The point where the axes meet.
    pub origin: Point,
    pub side: f64,
    pub radius: f64,
}

impl PairPanel {
    pub(super) fn draw(&self, canvas: &mut Canvas, points: &[PairPoint], marks: Marks, styles: &[Style]) {
        let (origin, side) = (self.origin, self.side);
        let ticks = plot::ticks(marks, side);
        plot::grid_across(canvas, origin, &ticks, side);
        plot::grid_up(canvas, origin, &ticks, side);
        canvas.dashes(origin, (origin.0 + side, origin.1 - side), MUTED, 1.0);
        plot::axes(canvas, origin, side, side);
        for point in points {
            let at = (origin.0 + marks.share(point.x) * side, origin.1 - marks.share(point.y) * side);
            styles[point.group].point(canvas, at, self.radius);
        }
        if points.is_empty() {
            let at = (origin.0 + side / 2.0, origin.1 - side * 0.75);
            canvas.text("no pair", at, Text::new(SMALL, MUTED));
        }
    }
}
