//! Performance over iterations (paper, Figs. 3d-f, 6a,b, 11, 14, 15, 18 to 20 and 27).

use super::plot::{self, HEIGHT, Tick, counts};
use super::series::{FeedForward, Series, title};
use super::{Drawn, Room, Study, StudyFigureProblem};
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Point};
use crate::figures::legend::{Key, error_bar};
use crate::figures::mark::{RADIUS, Style};
use crate::figures::style::LABEL;
use crate::study::results::Subset;
use std::collections::BTreeSet;

/// Between the error bars of two modes at the same number of iterations.
const ASIDE: f64 = 3.5;

/// Draws a line for each readout mode, of the mean and its standard error over configurations.
pub(super) fn draw(study: &Study<'_>, subset: &Subset, room: Room) -> Result<Drawn, StudyFigureProblem> {
    let selection = study.select_recurrent(subset)?;
    let metric = selection.metric(study.options.metric)?;
    let series = Series::of(&selection, metric)?;
    let feed_forward = FeedForward::of(&selection, metric);
    let means = || series.iter().flat_map(|series| &series.points).map(|point| point.performance);
    let marks = Marks::with_room(means().chain(feed_forward.mean).flat_map(|mean| mean.ends()));
    let (width, height) = (room.inside(), HEIGHT * room.height);
    let iterations = Iterations::of(&series, width);
    let y_of = |performance: f64| -marks.share(performance) * height;

    let mut canvas = Canvas::default();
    let ticks = plot::ticks(marks, height);
    plot::grid_across(&mut canvas, (0.0, 0.0), &ticks, width);
    feed_forward.draw(&mut canvas, width, y_of, true);
    let aside = ASIDE.min(iterations.distance / 8.0);
    for (index, one) in series.iter().enumerate() {
        let shift = (index as f64 - (series.len() - 1) as f64 / 2.0) * aside;
        let style = Style::of(one.readout);
        let at = |t: usize, performance: f64| (iterations.x_of(t) + shift, y_of(performance));
        let centres: Vec<Point> =
            one.points.iter().map(|point| at(point.iterations, point.performance.mean)).collect();
        style.line(&mut canvas, &centres);
        for (point, &centre) in one.points.iter().zip(&centres) {
            let [low, high] = point.performance.ends().map(y_of);
            error_bar(&mut canvas, centre.0, [low, high], style.colour);
            style.point(&mut canvas, centre, RADIUS);
        }
    }
    plot::axes(&mut canvas, (0.0, 0.0), width, height);
    plot::ticks_below(&mut canvas, (0.0, 0.0), &iterations.ticks, LABEL);
    plot::ticks_left(&mut canvas, (0.0, 0.0), &ticks, LABEL, true);
    plot::name_below(&mut canvas, "iterations T", width);
    plot::name_left(&mut canvas, metric.label(), height);
    let n = counts(means().chain(feed_forward.mean).map(|mean| mean.n).collect::<Vec<_>>());
    plot::title(&mut canvas, &title(&selection, &n), selection.dataset, &room);
    let bars = means().any(|mean| mean.standard_error > 0.0).then(Key::error_bars);
    let legend = series.iter().map(|series| Key::readout(series.readout));
    let legend = legend.chain(feed_forward.keys(true)).chain(bars).collect::<Vec<_>>();
    Ok(Drawn::new(canvas, legend, feed_forward.notes(&selection), room))
}

/// The horizontal axis.
struct Iterations {
    first: usize,
    /// From one number of iterations to the next.
    distance: f64,
    ticks: Vec<Tick>,
}

impl Iterations {
    fn of(series: &[Series], width: f64) -> Self {
        let all: BTreeSet<usize> =
            series.iter().flat_map(|series| &series.points).map(|point| point.iterations).collect();
        let (first, last) = (all.first().copied().unwrap_or(1), all.last().copied().unwrap_or(1));
        let mut axis =
            Self { first, distance: width / (last as f64 - first as f64 + 1.0), ticks: Vec::new() };
        axis.ticks = all.iter().map(|&t| (axis.x_of(t), t.to_string())).collect();
        axis
    }

    fn x_of(&self, iterations: usize) -> f64 {
        ((iterations - self.first) as f64 + 0.5) * self.distance
    }
}
