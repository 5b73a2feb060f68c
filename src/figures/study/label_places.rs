//! Free places for labels beside points.

use super::super::canvas::Point;
use super::super::style::text_width;

/// A thing that labels keep away from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Obstacle {
    /// A point, which no label touches.
    Point { place: Point, radius: f64 },
    /// A line, which no label crosses.
    Line(Point, Point),
}

/// The labels that have been placed and the obstacles around them.
pub(super) struct Labels {
    corners: (Point, Point),
    obstacles: Vec<Obstacle>,
    placed: Vec<Area>,
}

/// A rectangle, given by its centre and half its sides.
#[derive(Clone, Copy)]
struct Area {
    centre: Point,
    half: Point,
}

/// The directions of a label from its point in order of preference: above, below, beside, and between these.
const DIRECTIONS: [Point; 8] =
    [(0.0, -1.0), (0.0, 1.0), (1.0, 0.0), (-1.0, 0.0), (1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];

/// The additional distances of a label from its point that are tried.
const FARTHER: [f64; 3] = [0.0, 2.0, 4.5];

impl Labels {
    /// Returns an empty set of labels for a panel with the given top left and bottom right corners.
    pub(super) fn within(top_left: Point, bottom_right: Point) -> Self {
        Self { corners: (top_left, bottom_right), obstacles: Vec::new(), placed: Vec::new() }
    }

    pub(super) fn avoid(&mut self, obstacle: Obstacle) {
        self.obstacles.push(obstacle);
    }

    /// Places a label beside a point, as near to it as possible. Returns its centre, or `None` if it would
    /// always touch a point, a line, another label or the edge.
    pub(super) fn place(&mut self, point: Point, radius: f64, text: &str, size: f64) -> Option<Point> {
        let half = (text_width(text, size) / 2.0, size * 0.5);
        let candidates = FARTHER.into_iter().flat_map(|farther| {
            DIRECTIONS.map(|(x, y)| {
                // In diagonal directions the corner of the label is nearest to the point.
                let diagonal = if x != 0.0 && y != 0.0 { radius * 0.3 } else { 0.0 };
                let distance = |half: f64| radius - diagonal + 1.5 + farther + half;
                Area { centre: (point.0 + x * distance(half.0), point.1 + y * distance(half.1)), half }
            })
        });
        let area = candidates.into_iter().find(|area| self.is_free(area, point, radius))?;
        self.placed.push(area);
        Some(area.centre)
    }

    fn is_free(&self, area: &Area, point: Point, own: f64) -> bool {
        let ((left, top), (right, bottom)) = self.corners;
        let inside = area.centre.0 - area.half.0 >= left
            && area.centre.0 + area.half.0 <= right
            && area.centre.1 - area.half.1 >= top
            && area.centre.1 + area.half.1 <= bottom;
        let touches = |obstacle: &Obstacle| match *obstacle {
            // Candidates already keep clear of the point that is labelled.
            Obstacle::Point { place, radius } => {
                (place != point || radius != own) && area.touches_circle(place, radius)
            }
            Obstacle::Line(from, to) => area.is_crossed(from, to),
        };
        inside && !self.obstacles.iter().any(touches) && !self.placed.iter().any(|other| area.touches(other))
    }
}

impl Area {
    fn touches(&self, other: &Self) -> bool {
        (self.centre.0 - other.centre.0).abs() < self.half.0 + other.half.0
            && (self.centre.1 - other.centre.1).abs() < self.half.1 + other.half.1
    }

    fn touches_circle(&self, (x, y): Point, radius: f64) -> bool {
        let outside = |distance: f64, half: f64| (distance.abs() - half).max(0.0);
        outside(self.centre.0 - x, self.half.0).hypot(outside(self.centre.1 - y, self.half.1)) < radius
    }

    /// Returns whether a line between two points crosses the area, by clipping the line to it.
    fn is_crossed(&self, from: Point, to: Point) -> bool {
        let (mut first, mut last) = (0.0_f64, 1.0_f64);
        for (start, end, centre, half) in
            [(from.0, to.0, self.centre.0, self.half.0), (from.1, to.1, self.centre.1, self.half.1)]
        {
            let length = end - start;
            if length == 0.0 {
                if (start - centre).abs() >= half {
                    return false;
                }
                continue;
            }
            let [a, b] = [(centre - half - start) / length, (centre + half - start) / length];
            first = first.max(a.min(b));
            last = last.min(a.max(b));
        }
        first < last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_away_from_points_labels_and_the_edge() {
        let mut labels = Labels::within((0.0, 0.0), (100.0, 100.0));
        let point = |labels: &mut Labels, place| {
            labels.avoid(Obstacle::Point { place, radius: 3.0 });
            place
        };
        let (free, crowded, corner) = (
            point(&mut labels, (50.0, 50.0)),
            point(&mut labels, (50.0, 35.0)),
            point(&mut labels, (3.0, 3.0)),
        );
        let above = labels.place(crowded, 3.0, "7", 10.0).unwrap();
        assert!(above.1 < 35.0 && above.0 == 50.0, "{above:?}");
        // The other point is above.
        let below = labels.place(free, 3.0, "6", 10.0).unwrap();
        assert!(below.1 > 50.0, "{below:?}");
        let beside = labels.place(corner, 3.0, "5", 10.0).unwrap();
        assert!(beside.0 > 6.0 || beside.1 > 6.0, "{beside:?}");
        let surrounded = [(42.0, 50.0), (58.0, 50.0), (42.0, 41.0), (58.0, 41.0), (42.0, 60.0), (58.0, 60.0)];
        for place in surrounded {
            point(&mut labels, place);
        }
        assert_eq!(labels.place(free, 3.0, "6", 10.0), None);
    }

    #[test]
    fn labels_cross_no_line() {
        let mut labels = Labels::within((0.0, 0.0), (100.0, 100.0));
        labels.avoid(Obstacle::Line((0.0, 42.0), (100.0, 42.0)));
        let place = labels.place((50.0, 50.0), 3.0, "7", 10.0).unwrap();
        assert!(place.1 > 50.0, "{place:?}");
        let area = Area { centre: (0.0, 0.0), half: (1.0, 1.0) };
        for (from, to, crosses) in [
            ((-2.0, -2.0), (2.0, 2.0), true),
            ((-2.0, 0.0), (-1.5, 0.0), false),
            ((0.0, 1.5), (2.0, -0.5), true),
            ((0.0, 2.0), (3.0, 1.5), false),
            ((0.5, -9.0), (0.5, 9.0), true),
            ((1.5, -9.0), (1.5, 9.0), false),
        ] {
            assert_eq!(area.is_crossed(from, to), crosses, "{from:?} {to:?}");
        }
    }
}
