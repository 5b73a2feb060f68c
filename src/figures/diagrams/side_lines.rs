//! Lines above and below a row of blocks, for connections that do not lead from one block to the next.

use super::arrow;
use super::network::Stage;
use crate::figures::canvas::{Canvas, Text};
use crate::figures::names;
use crate::figures::style::{SMALL, role_colour, text_width};
use pathscope_core::circuit::{Circuit, INPUT_BLOCK, Role};
use std::collections::HashSet;

/// The distance from one lane to the next, and from the boxes to the first.
const LANE: f64 = 26.0;
const FIRST_LANE: f64 = 14.0;
/// The distances from the middle of a box at which a lateral connection, and other connections, leave and
/// enter it. The others keep clear of the name of the lateral one.
const LATERAL: f64 = 10.0;
const OTHER: f64 = 24.0;

/// A line above or below the row.
struct SideLine {
    from: f64,
    to: f64,
    /// Whether the line is above the row, because it comes from an earlier iteration.
    above: bool,
    name: String,
    role: Role,
}

/// Draws all connections except one bottom-up connection into each block, which is an arrow along the row.
/// Also draws the line to the readout if it does not read the last block.
pub(super) fn draw(canvas: &mut Canvas, circuit: &Circuit, stages: &[Stage], height: f64) {
    let mut lines = connections(circuit, stages);
    lines.extend(to_readout(circuit, stages));
    lines.sort_by(|a, b| (a.from - a.to).abs().total_cmp(&(b.from - b.to).abs()));
    for above in [true, false] {
        let sign = if above { -1.0 } else { 1.0 };
        let mut lanes: Vec<Vec<(f64, f64)>> = Vec::new();
        for line in lines.iter().filter(|line| line.above == above) {
            let lane = lane_of(line, &mut lanes);
            let edge = sign * height / 2.0;
            let y = edge + sign * (FIRST_LANE + lane as f64 * LANE);
            let colour = role_colour(line.role);
            let points = [(line.from, edge), (line.from, y), (line.to, y), (line.to, edge)];
            arrow(canvas, &points, colour, above);
            let place = ((line.from + line.to) / 2.0, y + sign * 8.0);
            canvas.text(line.name.as_str(), place, Text::new(SMALL, colour));
        }
    }
}

fn connections(circuit: &Circuit, stages: &[Stage]) -> Vec<SideLine> {
    let mut along_row = HashSet::new();
    let mut lines = Vec::new();
    for (index, connection) in circuit.connections.iter().enumerate() {
        let role = circuit.role(index);
        if role == Role::BottomUp && connection.delay == 0 && along_row.insert(connection.to) {
            continue;
        }
        let ends = stage_of(stages, connection.from).zip(stage_of(stages, connection.to));
        let Some((from, to)) = ends else { continue };
        let aside = if role == Role::Lateral { LATERAL } else { OTHER };
        let name = match names::unusual_delay(circuit, index) {
            Some(delay) => format!("{}, delay {delay}", names::kind(circuit, index)),
            None => names::kind(circuit, index).to_owned(),
        } + &connection.notes();
        // Backward lines leave on the right and enter on the left, as laterals do. Forward lines take the
        // short way.
        let (from, to) = if connection.from < connection.to {
            (from.middle() + aside / 2.0, to.middle() - aside / 2.0)
        } else {
            (from.middle() + aside, to.middle() - aside)
        };
        lines.push(SideLine { from, to, above: connection.delay > 0, name, role });
    }
    lines
}

fn to_readout(circuit: &Circuit, stages: &[Stage]) -> Option<SideLine> {
    let last = INPUT_BLOCK + circuit.blocks.len();
    if circuit.read_from == last {
        return None;
    }
    let after = stage_of(stages, last)?.left;
    let readout = stages.iter().find(|stage| stage.left > after)?;
    let from = stage_of(stages, circuit.read_from)?.middle() + LATERAL;
    let name = format!("read from block {}", circuit.read_from);
    Some(SideLine { from, to: readout.middle(), above: false, name, role: Role::BottomUp })
}

fn stage_of(stages: &[Stage], block: usize) -> Option<&Stage> {
    stages.iter().find(|stage| stage.block == Some(block))
}

/// Returns the first lane in which a line and its name overlap no other.
fn lane_of(line: &SideLine, lanes: &mut Vec<Vec<(f64, f64)>>) -> usize {
    let middle = (line.from + line.to) / 2.0;
    let half = text_width(&line.name, SMALL) / 2.0 + 4.0;
    let low = line.from.min(line.to).min(middle - half);
    let high = line.from.max(line.to).max(middle + half);
    let free = |taken: &Vec<(f64, f64)>| taken.iter().all(|other| low > other.1 || high < other.0);
    let lane = lanes.iter().position(free).unwrap_or(lanes.len());
    if lane == lanes.len() {
        lanes.push(Vec::new());
    }
    lanes[lane].push((low, high));
    lane
}
