//! The lines between the parts of a figure.

use super::layout::{BAR, Bus, Column, HALF_HEIGHT, HALF_WIDTH, Layout, RADIUS};
use super::uses::{Kind, Uses};
use crate::figures::canvas::Point;
use crate::figures::unrolled::Route;

/// The distance above the middle of a part at which lines leave sideways, and below it at which lines from
/// the right arrive.
const ASIDE: f64 = 3.5;
const ASIDE_OF_SUM: f64 = 2.5;
/// The distance above the middle of a row at which lines run past other columns.
const ALONG: f64 = 10.5;

impl Layout<'_> {
    /// Returns the line of an edge, or from a part to the bar where paths end; `None` if neither end is
    /// drawn.
    pub(super) fn route(&self, uses: &Uses, from: usize, to: Option<usize>) -> Option<Route> {
        match self.bus(from, to) {
            None => self.straight(uses, from, to),
            Some(bus) if bus.arriving => self.across(uses, from, to?, bus),
            Some(bus) => self.beside(uses, from, to, bus),
        }
    }

    fn straight(&self, uses: &Uses, from: usize, to: Option<usize>) -> Option<Route> {
        let column = self.places.of[to.filter(|_| from == 0).unwrap_or(from)].column;
        let x = self.columns.get(&column)?.middle;
        let (start, end) = self.ends_of(from, to);
        let below = to.map_or(BAR / 2.0, |to| half_height(uses, to));
        let points = vec![(x, self.y(start) - half_height(uses, from)), (x, self.y(end) + below)];
        Some(Route { points, arrives: false })
    }

    /// Returns a line to the right of a column that passes the parts between its ends.
    fn beside(&self, uses: &Uses, from: usize, to: Option<usize>, bus: Bus) -> Option<Route> {
        let x = self.lane(bus)?;
        let middle = self.columns.get(&bus.column)?.middle;
        let (start, end) = self.ends_of(from, to);
        let mut points = if from == 0 {
            vec![(x, self.y(start) - BAR / 2.0)]
        } else {
            let y = self.y(start) - aside(uses, from);
            vec![(middle + half_width(uses, from), y), (x, y)]
        };
        match to {
            None => points.push((x, self.y(end) + BAR / 2.0)),
            Some(to) => {
                let y = self.y(end) + aside(uses, to);
                points.extend([(x, y), (middle + half_width(uses, to), y)]);
            }
        }
        Some(Route { points, arrives: true })
    }

    /// Returns a line to a later column.
    fn across(&self, uses: &Uses, from: usize, to: usize, bus: Bus) -> Option<Route> {
        let (source, target) = (self.places.of[from], self.places.of[to]);
        let (start, end) = self.ends_of(from, Some(to));
        let along = self.y(start) - ALONG;
        let mut points = match self.columns.get(&source.column) {
            Some(column) => self.leaving(uses, from, column, source.column + 1 == target.column),
            None => {
                self.columns.get(&target.column)?;
                vec![(self.ellipsis?.1, along)]
            }
        };
        let y = points.last()?.1;
        let (Some(column), Some(x)) = (self.columns.get(&target.column), self.lane(bus)) else {
            points.push((self.ellipsis?.0, y));
            return Some(Route { points, arrives: false });
        };
        let tip = column.middle - half_width_at_middle(uses, to);
        points.extend([(x, y), (x, self.y(end)), (tip, self.y(end))]);
        Some(Route { points, arrives: true })
    }

    /// Returns the beginning of a line to a later column. It is at the height of its part up to the next
    /// column, and above the row if it passes other columns.
    fn leaving(&self, uses: &Uses, from: usize, column: &Column, to_the_next: bool) -> Vec<Point> {
        let middle = self.y(self.ends_of(from, None).0);
        let y = middle - aside(uses, from);
        let mut points = vec![(column.middle + half_width(uses, from), y)];
        if !to_the_next {
            let x = column.middle + HALF_WIDTH + 4.0;
            points.extend([(x, y), (x, middle - ALONG)]);
        }
        points
    }
}

fn is_sum(uses: &Uses, part: usize) -> bool {
    uses.parts[part].kind == Kind::Sum
}

fn half_height(uses: &Uses, part: usize) -> f64 {
    match uses.parts[part].kind {
        Kind::Source => BAR / 2.0,
        Kind::Use(_) => HALF_HEIGHT,
        Kind::Sum => RADIUS,
    }
}

fn aside(uses: &Uses, part: usize) -> f64 {
    if is_sum(uses, part) { ASIDE_OF_SUM } else { ASIDE }
}

/// Returns the distance from the middle of a part to its side, at the height at which lines leave and arrive.
fn half_width(uses: &Uses, part: usize) -> f64 {
    if is_sum(uses, part) { (RADIUS * RADIUS - ASIDE_OF_SUM * ASIDE_OF_SUM).sqrt() } else { HALF_WIDTH }
}

fn half_width_at_middle(uses: &Uses, part: usize) -> f64 {
    if is_sum(uses, part) { RADIUS } else { HALF_WIDTH }
}
