//! Performance over average path length (paper, Figs. 6c,d, 16, 17 and 21 to 23).

use super::label_places::{Labels, Obstacle};
use super::legend::Key;
use super::plot::{self, HEIGHT, counts};
use super::series::{FeedForward, Series};
use super::{Drawn, FigureNumber, LengthPoint, Room, Study, StudyFigureError, Subset, examples};
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Point, Text};
use crate::figures::style::{INK, LABEL, PAPER, SMALL, readout_colour};

/// Of points, and of the circles around examples.
const RADIUS: f64 = 3.0;
const RING: f64 = 7.0;

/// Draws a line for each readout mode through its means over configurations, from few to many iterations.
pub fn draw(
    study: &Study<'_>,
    number: FigureNumber,
    subset: &Subset,
    room: Room,
) -> Result<Drawn, StudyFigureError> {
    let selection = study.select_recurrent(number, subset)?;
    let metric = study.metric(&selection)?;
    let series = Series::of(&selection, metric)?;
    let feed_forward = FeedForward::of(&selection, metric);
    let lengths: Vec<LengthPoint> = series.iter().flat_map(Series::lengths).collect();
    if lengths.is_empty() {
        return Err(StudyFigureError::NoLengths { figure: number, subset: selection.describe() });
    }
    let shown = || series.iter().flat_map(|series| &series.points);
    let means = || shown().filter(|point| point.average_path_length.is_some()).map(|point| point.performance);
    let width = room.width();
    let horizontal = Marks::with_room(lengths.iter().map(|point| point.average_path_length));
    let vertical = Marks::with_room(means().chain(feed_forward.mean).map(|mean| mean.mean));
    let y_of = |performance: f64| -vertical.share(performance) * HEIGHT;
    let at = |length: f64, performance: f64| (horizontal.share(length) * width, y_of(performance));

    let mut canvas = Canvas::default();
    let ticks = plot::ticks(vertical, HEIGHT);
    plot::grid_across(&mut canvas, (0.0, 0.0), &ticks, width);
    feed_forward.draw(&mut canvas, width, y_of, false);
    let mut lines: Vec<Line> = Vec::new();
    for one in &series {
        let of_mode = one.points.iter().filter_map(|point| {
            Some((point.iterations, at(point.average_path_length?, point.performance.mean)))
        });
        let line = Line { series: one, points: of_mode.collect() };
        if line.points.len() > 1 {
            let places: Vec<Point> = line.points.iter().map(|(_, place)| *place).collect();
            canvas.line(&places, readout_colour(one.readout), 1.4);
        }
        lines.push(line);
    }
    for line in &lines {
        for &(_, place) in &line.points {
            canvas.circle(place, RADIUS, readout_colour(line.series.readout), PAPER, 0.6);
        }
    }
    let examples = examples(&lengths);
    let is_example = |line: &Line, t: usize| {
        examples.iter().any(|each| each.readout == line.series.readout && each.iterations == t)
    };
    for line in &lines {
        for &(_, place) in line.points.iter().filter(|(t, _)| is_example(line, *t)) {
            canvas.ring(place, RING, INK, 1.2);
        }
    }
    iterations(&mut canvas, &lines, width, is_example);
    plot::axes(&mut canvas, (0.0, 0.0), width, HEIGHT);
    plot::ticks_below(&mut canvas, (0.0, 0.0), &plot::ticks(horizontal, width), LABEL);
    plot::ticks_left(&mut canvas, (0.0, 0.0), &ticks, LABEL, true);
    canvas.text("average path length", (width / 2.0, 32.0), Text::new(LABEL, INK));
    let axis = canvas.bounds().0.0 - 12.0;
    canvas.text(metric.label(), (axis, -HEIGHT / 2.0), Text::new(LABEL, INK).upward());
    let n = counts(means().chain(feed_forward.mean).map(|mean| mean.n).collect::<Vec<_>>());
    let about = format!("{}, points labelled by iterations T", selection.dataset);
    plot::title(&mut canvas, &selection.title(&n), &about, 1.0);
    let ring = Key::ring("similar lengths");
    let legend = series.iter().map(|series| Key::readout(series.readout));
    let legend = legend.chain(feed_forward.key()).chain([ring]);
    Ok(Drawn { canvas, legend: legend.collect(), font: 1.0, notes: feed_forward.notes(&selection) })
}

/// The points of a mode where they are drawn, each with its number of iterations.
struct Line<'a> {
    series: &'a Series,
    points: Vec<(usize, Point)>,
}

/// Writes numbers of iterations beside points: first at the ends of lines and at examples, then wherever there is
/// room left.
fn iterations(
    canvas: &mut Canvas,
    lines: &[Line<'_>],
    width: f64,
    is_example: impl Fn(&Line<'_>, usize) -> bool,
) {
    let mut labels = Labels::within((0.0, -HEIGHT), (width, 0.0));
    for line in lines {
        for &(t, place) in &line.points {
            let radius = if is_example(line, t) { RING } else { RADIUS };
            labels.avoid(Obstacle::Point { place, radius });
        }
        for pair in line.points.windows(2) {
            labels.avoid(Obstacle::Line(pair[0].1, pair[1].1));
        }
    }
    for important in [true, false] {
        for line in lines {
            let last = line.points.len().saturating_sub(1);
            for (index, &(t, place)) in line.points.iter().enumerate() {
                let example = is_example(line, t);
                if (index == 0 || index == last || example) != important {
                    continue;
                }
                let radius = if example { RING } else { RADIUS };
                let text = t.to_string();
                if let Some(centre) = labels.place(place, radius, &text, SMALL) {
                    canvas.text(text, centre, Text::new(SMALL, readout_colour(line.series.readout)));
                }
            }
        }
    }
}
