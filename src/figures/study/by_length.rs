//! Performance over average path length (paper, Figs. 6c,d, 16, 17 and 21 to 23).

use super::label_places::{Labels, Obstacle};
use super::plot::{self, HEIGHT, Plot};
use super::series::{Performances, Series};
use super::{Drawn, LengthPoint, Room, Study, StudyFigureProblem, examples};
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Point, Text};
use crate::figures::legend::Key;
use crate::figures::mark::{RADIUS, Style};
use crate::figures::style::{INK, SMALL};
use crate::study::results::{SelectionError, Subset};

/// The radius of the circles around examples.
const RING: f64 = 7.0;

/// Draws a line for each readout mode through its means over configurations, from few to many iterations.
pub(super) fn draw(study: &Study<'_>, subset: &Subset, room: Room) -> Result<Drawn, StudyFigureProblem> {
    let models = Performances::select(study, subset)?;
    let measure = study.options.measure;
    let lengths: Vec<LengthPoint> = models.series.iter().flat_map(Series::lengths).collect();
    if lengths.is_empty() {
        return Err(SelectionError::NoLengths { measure, subset: models.selection.describe() }.into());
    }
    let shown = || models.points().filter(|point| point.average_path_length.is_some());
    let means = || shown().map(|point| point.performance);
    let (width, height) = (room.inside(), HEIGHT * room.height);
    let horizontal = Marks::with_room(lengths.iter().map(|point| point.average_path_length));
    let vertical = Marks::with_room(means().chain(models.feed_forward.mean).map(|mean| mean.mean));
    let y_of = |performance: f64| -vertical.share(performance) * height;
    let at = |length: f64, performance: f64| (horizontal.share(length) * width, y_of(performance));
    let examples = examples(&lengths);
    let line = |one: &Series| {
        let points = one.points.iter().filter_map(|point| {
            let is_this =
                |each: &LengthPoint| each.readout == one.readout && each.iterations == point.iterations;
            Some(LinePoint {
                iterations: point.iterations,
                place: at(point.average_path_length?, point.performance.mean),
                example: examples.iter().any(is_this),
            })
        });
        Line { style: Style::of(one.readout), points: points.collect() }
    };
    let lines: Vec<Line> = models.series.iter().map(line).collect();

    let rings = Ring::around(lines.iter().flat_map(|line| &line.points).filter(|point| point.example));
    let across = models.feed_forward.mean.map(|mean| y_of(mean.mean));
    let plot = Plot::new(room, (width, height))
        .x(&format!("average path length{}", measure.suffix()), plot::ticks(horizontal, width))
        .y(models.metric.label(), plot::ticks(vertical, height))
        .inside(|canvas| {
            models.feed_forward.draw(canvas, width, y_of, false);
            draw_lines(canvas, &lines);
            for ring in &rings {
                canvas.ring(ring.centre, ring.radius, INK, 1.2);
            }
            iterations(canvas, &lines, &rings, (width, height), across);
        });
    let about = format!("{}, points labelled by iterations T", models.selection.dataset);
    let canvas = plot.titled(&models.title(means()), &about);
    let legend = models.legend(false).chain([Key::ring("similar lengths")]);
    Ok(Drawn::new(canvas, legend, models.notes(), room))
}

/// Draws all lines, and then all points over them.
fn draw_lines(canvas: &mut Canvas, lines: &[Line]) {
    for line in lines {
        let places: Vec<Point> = line.points.iter().map(|point| point.place).collect();
        line.style.line(canvas, &places);
    }
    for line in lines {
        for point in &line.points {
            line.style.point(canvas, point.place, RADIUS);
        }
    }
}

/// The points of a mode at their places.
struct Line {
    style: Style,
    points: Vec<LinePoint>,
}

#[derive(Clone, Copy)]
struct LinePoint {
    iterations: usize,
    place: Point,
    example: bool,
}

/// A circle around one or more examples.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ring {
    centre: Point,
    radius: f64,
}

impl Ring {
    /// Returns a circle for each example, or for several whose circles would overlap.
    fn around<'p>(examples: impl Iterator<Item = &'p LinePoint>) -> Vec<Self> {
        let mut rings: Vec<Self> = examples.map(|point| Self { centre: point.place, radius: RING }).collect();
        while let Some((one, other)) = touching(&rings) {
            let removed = rings.remove(other);
            rings[one] = rings[one].with(removed);
        }
        rings
    }

    /// Returns the smallest circle around two circles.
    fn with(self, other: Self) -> Self {
        let distance = self.distance(other);
        let (small, large) = if self.radius < other.radius { (self, other) } else { (other, self) };
        if distance + small.radius <= large.radius {
            return large;
        }
        let radius = (distance + small.radius + large.radius) / 2.0;
        let share = (radius - large.radius) / distance;
        let mix = |from: f64, to: f64| from + (to - from) * share;
        let (from, to) = (large.centre, small.centre);
        Self { centre: (mix(from.0, to.0), mix(from.1, to.1)), radius }
    }

    fn distance(self, other: Self) -> f64 {
        (self.centre.0 - other.centre.0).hypot(self.centre.1 - other.centre.1)
    }

    fn holds(self, place: Point) -> bool {
        (self.centre.0 - place.0).hypot(self.centre.1 - place.1) < self.radius
    }
}

/// Returns two circles that overlap, if there are any.
fn touching(rings: &[Ring]) -> Option<(usize, usize)> {
    let pairs = (0..rings.len()).flat_map(|one| (one + 1..rings.len()).map(move |other| (one, other)));
    pairs.into_iter().find(|&(one, other)| {
        rings[one].distance(rings[other]) < rings[one].radius + rings[other].radius + 1.0
    })
}

/// Writes numbers of iterations beside points, first at the ends of lines and at examples, then wherever room
/// is left.
///
/// # Arguments
///
/// * `across` - the height of the line of feed-forward models
fn iterations(
    canvas: &mut Canvas,
    lines: &[Line],
    rings: &[Ring],
    (width, height): (f64, f64),
    across: Option<f64>,
) {
    let mut labels = Labels::within((0.0, -height), (width, 0.0));
    let ring_of = |point: &LinePoint| rings.iter().find(|ring| ring.holds(point.place));
    for ring in rings {
        labels.avoid(Obstacle::Point { place: ring.centre, radius: ring.radius });
    }
    if let Some(y) = across {
        labels.avoid(Obstacle::Line((0.0, y), (width, y)));
    }
    for line in lines {
        for point in line.points.iter().filter(|point| ring_of(point).is_none()) {
            labels.avoid(Obstacle::Point { place: point.place, radius: RADIUS * 1.3 });
        }
        for pair in line.points.windows(2) {
            labels.avoid(Obstacle::Line(pair[0].place, pair[1].place));
        }
    }
    for important in [true, false] {
        for line in lines {
            let last = line.points.len().saturating_sub(1);
            for (index, point) in line.points.iter().enumerate() {
                if (index == 0 || index == last || point.example) != important {
                    continue;
                }
                let text = point.iterations.to_string();
                let (place, radius) = match ring_of(point) {
                    Some(ring) => (ring.centre, ring.radius),
                    None => (point.place, RADIUS * 1.3),
                };
                if let Some(centre) = labels.place(place, radius, &text, SMALL) {
                    canvas.text(text, centre, Text::new(SMALL, line.style.colour));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_that_would_overlap_become_one() {
        let point = |x: f64| LinePoint { iterations: 2, place: (x, 0.0), example: true };
        let around = |places: &[f64]| {
            let points: Vec<LinePoint> = places.iter().map(|&x| point(x)).collect();
            Ring::around(points.iter())
        };
        assert_eq!(around(&[0.0, 100.0]).len(), 2);
        let one = around(&[0.0, 4.0, 10.0]);
        assert_eq!(one.len(), 1);
        assert!((one[0].centre.0 - 5.0).abs() < 1e-9 && (one[0].radius - 12.0).abs() < 1e-9, "{one:?}");
        assert_eq!(around(&[3.0, 3.0]), [Ring { centre: (3.0, 0.0), radius: RING }]);
    }
}
