//! Shapes of points and dashes of lines, which distinguish readout modes without colour.

use super::canvas::{Canvas, Point};
use super::style::{INK, MUTED, PAPER, readout_colour};
use pathscope_core::circuit::Readout;
use plotters::style::RGBColor;

/// The radius of points in a panel.
pub(super) const RADIUS: f64 = 3.0;
/// The width of lines between points.
const LINE: f64 = 1.4;

/// The shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Triangle,
    Square,
    Diamond,
}

impl Shape {
    /// Returns the corners of a shape that is about as large as a circle of `radius`, or none for a circle.
    fn corners(self, (x, y): Point, radius: f64) -> Vec<Point> {
        let at = |offsets: &[Point]| {
            offsets.iter().map(|(across, down)| (x + across * radius, y + down * radius)).collect()
        };
        match self {
            Self::Circle => Vec::new(),
            // The triangle's centre of mass is at the point.
            Self::Triangle => at(&[(0.0, -1.5), (1.3, 0.75), (-1.3, 0.75)]),
            Self::Square => at(&[(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)]),
            Self::Diamond => at(&[(0.0, -1.4), (1.4, 0.0), (0.0, 1.4), (-1.4, 0.0)]),
        }
    }
}

/// The style of the points of a group and of the lines between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub colour: RGBColor,
    pub shape: Shape,
    /// The alternating lengths of dashes and gaps; empty for a line without gaps.
    dashes: &'static [f64],
    /// Whether points are outlines only.
    hollow: bool,
}

impl Style {
    /// The number of kinds of points that differ without colour.
    pub(super) const KINDS: usize = 8;

    /// Returns the style of points that differ by colour alone.
    pub(super) fn plain(colour: RGBColor) -> Self {
        Self { colour, shape: Shape::Circle, dashes: &[], hollow: false }
    }

    /// Returns the style of a readout mode: its colour in the paper, and its own shape and dashes.
    pub(super) fn of(readout: Readout) -> Self {
        let (shape, dashes): (_, &[f64]) = match readout {
            Readout::NoAvg => (Shape::Circle, &[]),
            Readout::EarlyAvg => (Shape::Triangle, &[7.0, 3.0]),
            Readout::LateAvg => (Shape::Square, &[1.8, 2.2]),
            Readout::TwoAvg => (Shape::Diamond, &[8.0, 2.4, 1.8, 2.4]),
        };
        Self { colour: readout_colour(readout), shape, dashes, hollow: false }
    }

    /// Returns one of [`Self::KINDS`] styles that differ by shape and filling alone. Further kinds repeat
    /// them.
    pub(super) fn of_kind(kind: usize) -> Self {
        let shapes = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond];
        let kind = kind % Self::KINDS;
        let shape = shapes[kind % shapes.len()];
        Self { colour: INK, shape, dashes: &[], hollow: kind >= shapes.len() }
    }

    /// Returns the style of a readout mode that may be unknown.
    pub(super) fn of_known(readout: Option<Readout>) -> Self {
        readout.map_or(Self::plain(MUTED), Self::of)
    }

    /// Draws a point with a thin border in the colour of the paper.
    pub(super) fn point(self, canvas: &mut Canvas, centre: Point, radius: f64) {
        let (fill, border, width) = if self.hollow {
            (PAPER, self.colour, 1.1)
        } else {
            (self.colour, PAPER, (radius * 0.2).min(0.6))
        };
        match self.shape {
            Shape::Circle => canvas.circle(centre, radius, fill, border, width),
            shape => canvas.polygon(&shape.corners(centre, radius), fill, border, width),
        }
    }

    /// Draws a line through points.
    pub(super) fn line(self, canvas: &mut Canvas, points: &[Point]) {
        if points.len() > 1 {
            canvas.broken_line(points, self.colour, LINE, self.dashes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_modes_look_alike_without_colour() {
        let all = Readout::ALL.map(Style::of);
        for (index, one) in all.iter().enumerate() {
            for other in &all[..index] {
                assert!(one.shape != other.shape && one.dashes != other.dashes, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn no_two_kinds_look_alike_without_colour() {
        let all: Vec<Style> = (0..Style::KINDS).map(Style::of_kind).collect();
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| other != one), "{one:?}");
        }
        assert_eq!(Style::of_kind(Style::KINDS), all[0]);
    }

    #[test]
    fn shapes_are_as_large_as_a_circle() {
        for shape in [Shape::Triangle, Shape::Square, Shape::Diamond] {
            let corners = shape.corners((0.0, 0.0), 1.0);
            let next = corners.iter().cycle().skip(1);
            let area: f64 = corners.iter().zip(next).map(|(a, b)| (a.0 * b.1 - b.0 * a.1) / 2.0).sum();
            assert!((area.abs() / std::f64::consts::PI - 1.0).abs() < 0.35, "{shape:?} {area}");
        }
    }
}
