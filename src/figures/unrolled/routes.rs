//! The lines of an unrolled circuit.

use super::layout::{Column, Layout, OUTPUT_RADIUS};
use super::plan::{Kind, Place, Plan};
use crate::figures::canvas::Point;
use pathscope_core::circuit::INPUT_BLOCK;

/// A line to draw.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    pub points: Vec<Point>,
    /// Whether the line ends at its target, which may be left out of the figure.
    pub arrives: bool,
}

fn arriving(points: Vec<Point>) -> Option<Route> {
    Some(Route { points, arrives: true })
}

impl Layout {
    /// Returns the line of an edge, or `None` if neither end is drawn.
    pub(super) fn route(&self, from: Place, to: Place) -> Option<Route> {
        match to.kind {
            Kind::Connection(connection) => self.between_blocks(from, to, connection),
            Kind::Normalization | Kind::Output => self.within_block(from, to),
            Kind::Input => None,
        }
    }

    fn within_block(&self, from: Place, to: Place) -> Option<Route> {
        let (row, column) = (self.row(to.block), self.column(to.iteration)?);
        let (start_x, start_y) = match from.kind {
            Kind::Connection(connection) => {
                (self.slot_middle(column, connection), row.connections - self.box_height)
            }
            _ => (column.middle, row.normalization - self.box_height),
        };
        let end = if to.kind == Kind::Output {
            (column.middle, row.output + OUTPUT_RADIUS)
        } else {
            let aside = (start_x - column.middle) * 0.25;
            (column.middle + aside.clamp(-self.box_width * 0.35, self.box_width * 0.35), row.normalization)
        };
        Some(Route { points: vec![(start_x, start_y), end], arrives: false })
    }

    fn between_blocks(&self, from: Place, to: Place, connection: usize) -> Option<Route> {
        let target = self.column(to.iteration);
        if from.block == INPUT_BLOCK {
            return self.out_of_input(to, target?, connection);
        }
        let source = self.column(from.iteration);
        if from.iteration == to.iteration {
            return self.at_once(from, to, target?, connection);
        }
        let row = self.row(from.block);
        let next_to_each_other = from.iteration + 1 == to.iteration;
        let mut points = Vec::new();
        let mut y = row.output;
        match source {
            Some(source) => {
                points.push((source.middle + OUTPUT_RADIUS, row.output));
                if let (false, Some(&along)) = (next_to_each_other, row.along.get(&connection)) {
                    let x = self.leaving_x(source, self.slots[connection].leaving);
                    y = along;
                    points.extend([(x, row.output), (x, y)]);
                }
            }
            None => {
                // The line comes out of iterations that are left out.
                target?;
                if let (false, Some(&along)) = (next_to_each_other, row.along.get(&connection)) {
                    y = along;
                }
                points.push((self.ellipsis?.1, y));
            }
        }
        let Some(target) = target else {
            points.push((self.ellipsis?.0, y));
            return Some(Route { points, arrives: false });
        };
        let x = self.arriving_x(target, self.slots[connection].arriving);
        points.push((x, y));
        points.extend(self.entering(x, to, target, connection));
        arriving(points)
    }

    fn out_of_input(&self, to: Place, target: &Column, connection: usize) -> Option<Route> {
        let row = self.row(to.block);
        let middle = self.slot_middle(target, connection);
        if to.block == INPUT_BLOCK + 1 {
            return arriving(vec![(middle, self.input_top), (middle, row.connections)]);
        }
        let x = self.leaving_x(target, self.slots[connection].leaving);
        let mut points = vec![(x, self.input_top)];
        points.extend(self.entering(x, to, target, connection));
        arriving(points)
    }

    fn at_once(&self, from: Place, to: Place, target: &Column, connection: usize) -> Option<Route> {
        let (source_row, row) = (self.row(from.block), self.row(to.block));
        let middle = self.slot_middle(target, connection);
        if from.block + 1 == to.block {
            let start = (target.middle, source_row.output - OUTPUT_RADIUS);
            let end = (middle, row.connections);
            let aside = [(start.0, row.bottom + 5.0), (end.0, row.bottom + 5.0)];
            let bend = aside.into_iter().filter(|_| self.slots[connection].step != 0);
            return arriving([start].into_iter().chain(bend).chain([end]).collect());
        }
        let x = self.leaving_x(target, self.slots[connection].leaving);
        let mut points = vec![(target.middle + OUTPUT_RADIUS, source_row.output), (x, source_row.output)];
        points.extend(self.entering(x, to, target, connection));
        arriving(points)
    }

    /// Returns the line from a lane into a connection's box, entered from below.
    fn entering(&self, x: f64, to: Place, target: &Column, connection: usize) -> [Point; 3] {
        let row = self.row(to.block);
        let y = row.connections + self.slots[connection].entry;
        let middle = self.slot_middle(target, connection);
        [(x, y), (middle, y), (middle, row.connections)]
    }

    /// Returns the line from an output to the readout.
    pub(super) fn to_readout(&self, from: Place) -> Option<Route> {
        let (row, column) = (self.row(from.block), self.column(from.iteration)?);
        if from.block == INPUT_BLOCK + self.rows.len() {
            let start = (column.middle, row.output - OUTPUT_RADIUS);
            return arriving(vec![start, (column.middle, self.readout_bottom)]);
        }
        let x = self.leaving_x(column, self.readout_lane);
        let start = (column.middle + OUTPUT_RADIUS, row.output);
        arriving(vec![start, (x, row.output), (x, self.readout_bottom)])
    }

    /// Returns all lines between parts that are drawn, with the targets and the amounts of their edges.
    pub(super) fn routes<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (Place, Route, f64)> + 'a {
        plan.edges.iter().filter_map(|(&(from, to), &amount)| Some((to, self.route(from, to)?, amount)))
    }
}
