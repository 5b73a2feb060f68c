//! One panel of recurrent against feed-forward models (paper, Figs. 3b and 3c).

use super::panel_choice::{PairPoint, Panels};
use super::plot;
use super::{Drawn, Room, Study, StudyFigureProblem};
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Point, Text};
use crate::figures::mark::Style;
use crate::figures::style::{LABEL, MUTED, SMALL};
use crate::study::results::Subset;
use pathscope_core::circuit::Readout;

/// The radius of points.
const RADIUS: f64 = 2.8;

/// Draws the panel in which recurrent models gain most over feed-forward ones on average.
pub(super) fn draw_best(study: &Study<'_>, subset: &Subset, room: Room) -> Result<Drawn, StudyFigureProblem> {
    let options = &study.options;
    let panels = Panels::new(study, subset)?;
    Ok(draw(&panels, panels.best(options.readout, options.iterations)?, room))
}

/// Draws the panel of no-avg with most iterations.
pub(super) fn draw_no_avg(
    study: &Study<'_>,
    subset: &Subset,
    room: Room,
) -> Result<Drawn, StudyFigureProblem> {
    let options = &study.options;
    let panels = Panels::new(study, subset)?;
    let panel = panels.last(options.readout.unwrap_or(Readout::NoAvg), options.iterations)?;
    Ok(draw(&panels, panel, room))
}

fn draw(panels: &Panels<'_, '_>, (readout, iterations): (Readout, usize), room: Room) -> Drawn {
    let points = panels.points(readout, iterations);
    let metric = panels.metric.label();
    let (x, y) = (format!("feed-forward {metric}"), format!("recurrent {metric}"));
    let mut canvas = with_axes(points, panels.styles(), [&x, &y], &room);
    let title = format!("{readout}, T = {iterations}, n = {}", points.len());
    plot::title(&mut canvas, &title, &panels.selection.describe(), &room);
    Drawn::new(canvas, panels.legend(&[(readout, iterations)]), panels.notes(), room)
}

/// A panel of points with the names and numbers of its two axes, as large as the room allows.
pub(super) fn with_axes(points: &[PairPoint], styles: &[Style], [x, y]: [&str; 2], room: &Room) -> Canvas {
    let side = room.inside() * room.height;
    let marks = Marks::with_room(points.iter().flat_map(|point| [point.x, point.y]));
    let ticks = plot::ticks(marks, side);
    let mut canvas = Canvas::default();
    PairPanel { origin: (0.0, 0.0), side, radius: RADIUS }.draw(&mut canvas, points, marks, styles);
    plot::ticks_below(&mut canvas, (0.0, 0.0), &ticks, LABEL);
    plot::ticks_left(&mut canvas, (0.0, 0.0), &ticks, LABEL, true);
    plot::name_below(&mut canvas, x, side);
    plot::name_left(&mut canvas, y, side);
    canvas
}

/// A square panel of points with the identity line.
pub(super) struct PairPanel {
    /// Where its axes meet.
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
