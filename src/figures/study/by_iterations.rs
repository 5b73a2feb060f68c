//! Performance over iterations (paper, Figs. 3d-f, 6a,b, 11, 14, 15, 18 to 20 and 27).

use super::plot::{self, HEIGHT, Plot, Tick};
use super::series::{Performances, Series, SeriesPoint};
use super::{Drawn, Room, Study, StudyFigureProblem};
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Point};
use crate::figures::legend::{Key, error_bar};
use crate::figures::mark::{RADIUS, Style};
use crate::study::results::Subset;
use std::collections::BTreeSet;

/// The distance between the error bars of two modes at the same number of iterations.
const ASIDE: f64 = 3.5;

/// Draws a line for each readout mode through its means over configurations, with standard errors.
pub(super) fn draw(study: &Study<'_>, subset: &Subset, room: Room) -> Result<Drawn, StudyFigureProblem> {
    let models = Performances::select(study, subset)?;
    let means = || models.points().map(|point| point.performance);
    let marks = Marks::with_room(means().chain(models.feed_forward.mean).flat_map(|mean| mean.ends()));
    let (width, height) = (room.inside(), HEIGHT * room.height);
    let iterations = Iterations::of(&models, width);
    let y_of = |performance: f64| -marks.share(performance) * height;
    let aside = ASIDE.min(iterations.distance / 8.0);
    let plot = Plot::new(room, (width, height))
        .x("iterations T", iterations.ticks())
        .y(models.metric.label(), plot::ticks(marks, height))
        .inside(|canvas| {
            models.feed_forward.draw(canvas, width, y_of, true);
            for (index, one) in models.series.iter().enumerate() {
                let shift = (index as f64 - (models.series.len() - 1) as f64 / 2.0) * aside;
                draw_series(canvas, one, |t| iterations.x_of(t) + shift, y_of);
            }
        });
    let canvas = plot.titled(&models.title(means()), models.selection.dataset);
    let bars = means().any(|mean| mean.standard_error > 0.0).then(Key::error_bars);
    Ok(Drawn::new(canvas, models.legend(true).chain(bars), models.notes(), room))
}

/// Draws the line of one readout mode, with its points and error bars.
fn draw_series(
    canvas: &mut Canvas,
    series: &Series,
    x_of: impl Fn(usize) -> f64,
    y_of: impl Fn(f64) -> f64 + Copy,
) {
    let style = Style::of(series.readout);
    let at = |point: &SeriesPoint| (x_of(point.iterations), y_of(point.performance.mean));
    let centres: Vec<Point> = series.points.iter().map(at).collect();
    style.line(canvas, &centres);
    for (point, &centre) in series.points.iter().zip(&centres) {
        let [low, high] = point.performance.ends().map(y_of);
        error_bar(canvas, centre.0, [low, high], style.colour);
        style.point(canvas, centre, RADIUS);
    }
}

/// The horizontal axis.
struct Iterations {
    all: BTreeSet<usize>,
    first: usize,
    /// The distance from one number of iterations to the next.
    distance: f64,
}

impl Iterations {
    fn of(models: &Performances<'_, '_>, width: f64) -> Self {
        let all: BTreeSet<usize> = models.points().map(|point| point.iterations).collect();
        let (first, last) = (all.first().copied().unwrap_or(1), all.last().copied().unwrap_or(1));
        Self { all, first, distance: width / (last as f64 - first as f64 + 1.0) }
    }

    fn ticks(&self) -> Vec<Tick> {
        self.all.iter().map(|&t| (self.x_of(t), t.to_string())).collect()
    }

    fn x_of(&self, iterations: usize) -> f64 {
        ((iterations - self.first) as f64 + 0.5) * self.distance
    }
}
