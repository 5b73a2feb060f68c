//! The layout of an unrolled circuit: iterations are columns, blocks are rows from the bottom upward, and
//! between them are lanes for connections that bypass other parts.

use crate::figures::lanes::Lanes;
use pathscope_core::circuit::{Circuit, Connection, INPUT_BLOCK, Normalization, Role};
use std::collections::BTreeMap;

/// The distance between two lanes.
pub(super) const LANE: f64 = 10.0;
/// The radius of an output.
pub(super) const OUTPUT_RADIUS: f64 = 5.0;
/// The height of the bars of the input and the readout.
pub(super) const BAR: f64 = 22.0;
const GAP_IN_CELL: f64 = 14.0;
const PADDING: f64 = 7.0;
/// The room for a weight beside the last line to the readout.
const LAST_WEIGHT: f64 = 44.0;

/// A row, which is a block at all iterations.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub bottom: f64,
    pub top: f64,
    /// The bottom edges of the boxes of connections and normalizations.
    pub connections: f64,
    pub normalization: f64,
    pub output: f64,
    /// The heights of lines that run along the row above it, by connection.
    pub along: BTreeMap<usize, f64>,
}

/// The place of a connection in every cell of its target block, and its lanes.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// The number of steps to the right of the middle of the cell.
    pub step: i32,
    /// The distance below the box at which lines from the side enter.
    pub entry: f64,
    /// The lane to the right of the column of its source.
    pub leaving: usize,
    /// The lane to the left of the column of its target.
    pub arriving: usize,
}

/// A column, which is an iteration.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub iteration: usize,
    pub middle: f64,
    pub left: f64,
    pub right: f64,
}

/// The connections that are drawn, by iteration.
pub(super) type DrawnConnections = BTreeMap<usize, Vec<usize>>;

/// The layout of a whole circuit.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub box_width: f64,
    pub box_height: f64,
    pub rows: Vec<Row>,
    pub slots: Vec<Slot>,
    pub columns: Vec<Column>,
    /// The left and right ends of the ellipsis for iterations that are left out.
    pub ellipsis: Option<(f64, f64)>,
    pub width: f64,
    pub readout_lane: usize,
    pub input_top: f64,
    pub readout_bottom: f64,
    leaving_lanes: usize,
    arriving_lanes: usize,
}

/// Returns whether a connection ever comes from an earlier iteration.
fn from_earlier(circuit: &Circuit, connection: &Connection) -> bool {
    let held = connection.from != INPUT_BLOCK
        && circuit.block(connection.from).iterations < circuit.block(connection.to).iterations;
    connection.from != INPUT_BLOCK && (connection.delay > 0 || held)
}

/// Returns whether a connection ever comes from two or more iterations before.
fn from_far(circuit: &Circuit, connection: &Connection) -> bool {
    if connection.from == INPUT_BLOCK {
        return false;
    }
    let source = circuit.block(connection.from).iterations;
    connection.delay > 1 || source + 1 < circuit.block(connection.to).iterations
}

/// Returns whether a connection goes straight up: from the block below, at the same iteration.
fn is_straight(connection: &Connection) -> bool {
    connection.from + 1 == connection.to && (connection.delay == 0 || connection.from == INPUT_BLOCK)
}

impl Layout {
    pub(super) fn new(
        circuit: &Circuit,
        drawn: &DrawnConnections,
        box_width: f64,
        box_height: f64,
        fold_width: f64,
    ) -> Self {
        let mut layout = Self {
            box_width,
            box_height,
            rows: Vec::new(),
            slots: Vec::new(),
            columns: Vec::new(),
            ellipsis: None,
            width: 0.0,
            readout_lane: 0,
            input_top: -BAR,
            readout_bottom: 0.0,
            leaving_lanes: 0,
            arriving_lanes: 0,
        };
        layout.place_slots(circuit);
        layout.take_lanes(circuit);
        layout.place_rows(circuit);
        let bypassed = circuit.read_from != INPUT_BLOCK + circuit.blocks.len();
        layout.place_columns(drawn, fold_width, bypassed);
        layout
    }

    /// Places connections in the cells: bottom-up in the middle, connections from earlier iterations to its
    /// left, and others to its right. Lateral connections are next to the middle.
    fn place_slots(&mut self, circuit: &Circuit) {
        self.slots = vec![Slot { step: 0, entry: 0.0, leaving: 0, arriving: 0 }; circuit.connections.len()];
        for block in circuit.block_numbers() {
            let mut here: Vec<usize> = (0..circuit.connections.len())
                .filter(|&index| circuit.connections[index].to == block)
                .collect();
            here.sort_by_key(|&index| circuit.role(index) != Role::Lateral);
            let middle = here.iter().copied().find(|&index| {
                circuit.connections[index].delay == 0 && is_straight(&circuit.connections[index])
            });
            let (mut left, mut right, mut entries) = (0, 0, 0);
            for index in middle.into_iter().chain(here.into_iter().filter(|&index| Some(index) != middle)) {
                let connection = &circuit.connections[index];
                let sideways = !is_straight(connection) || from_earlier(circuit, connection);
                if Some(index) == middle {
                    self.slots[index].step = 0;
                } else if connection.delay > 0 && connection.from != INPUT_BLOCK {
                    left += 1;
                    self.slots[index].step = -left;
                } else {
                    right += 1;
                    self.slots[index].step = right;
                }
                if sideways {
                    entries += 1;
                    self.slots[index].entry = f64::from(entries);
                }
            }
            for index in 0..circuit.connections.len() {
                let slot = &mut self.slots[index];
                if circuit.connections[index].to == block && slot.entry > 0.0 {
                    // The first enters lowest, so that lines to the outer slots do not cross it.
                    slot.entry = 12.0 + (f64::from(entries) - slot.entry) * LANE;
                }
            }
        }
    }

    fn take_lanes(&mut self, circuit: &Circuit) {
        // Heights in quarters of rows: where lines enter, where outputs are, and where lines run above the
        // outputs.
        let (enter, output, along) =
            (|block: usize| block * 4, |block: usize| block * 4 + 1, |block: usize| block * 4 + 2);
        let (mut leaving, mut arriving) = (Lanes::default(), Lanes::default());
        let mut order: Vec<usize> = (0..circuit.connections.len()).collect();
        order.sort_by_key(|&index| circuit.role(index) != Role::Lateral);
        for index in order {
            let connection = &circuit.connections[index];
            let (from, to) = (connection.from, connection.to);
            let far = from_far(circuit, connection);
            let bypasses = connection.delay == 0 && !is_straight(connection);
            if bypasses || far {
                let past = [bypasses.then_some(enter(to)), far.then_some(along(from))];
                self.slots[index].leaving = leaving.take(past.into_iter().flatten().chain([output(from)]));
            }
            if from_earlier(circuit, connection) {
                let past = far.then_some(along(from)).into_iter().chain([output(from), enter(to)]);
                self.slots[index].arriving = arriving.take(past);
            }
        }
        let top = INPUT_BLOCK + circuit.blocks.len();
        if circuit.read_from != top {
            self.readout_lane = leaving.take([output(circuit.read_from), along(top)].into_iter());
        }
        (self.leaving_lanes, self.arriving_lanes) = (leaving.count(), arriving.count());
    }

    fn place_rows(&mut self, circuit: &Circuit) {
        let mut bottom = self.input_top - 18.0;
        for block in circuit.block_numbers() {
            let here =
                || (0..circuit.connections.len()).filter(|&index| circuit.connections[index].to == block);
            let entry = here().map(|index| self.slots[index].entry).fold(0.0, f64::max);
            let connections = bottom - if entry > 0.0 { entry + 8.0 } else { PADDING };
            let above = connections - self.box_height - GAP_IN_CELL;
            let has_normalization = circuit.block(block).normalization != Normalization::None;
            let output =
                if has_normalization { above - self.box_height - 12.0 } else { above } - OUTPUT_RADIUS;
            let top = output - OUTPUT_RADIUS - PADDING;
            let far = (0..circuit.connections.len()).filter(|&index| {
                circuit.connections[index].from == block && from_far(circuit, &circuit.connections[index])
            });
            let along: BTreeMap<usize, f64> =
                far.zip(1..).map(|(index, lane)| (index, top - f64::from(lane) * LANE)).collect();
            let gap = 18.0 + along.len() as f64 * LANE;
            self.rows.push(Row { bottom, top, connections, normalization: above, output, along });
            bottom = top - gap;
        }
        self.readout_bottom = bottom - 14.0;
    }

    fn place_columns(&mut self, drawn: &DrawnConnections, fold_width: f64, bypassed: bool) {
        let (pitch, half) = (self.pitch(), self.box_width / 2.0);
        let reach = |steps: i32| f64::from(steps) * pitch + half + PADDING;
        let gap = |lanes: usize| if lanes == 0 { 8.0 } else { 4.0 + lanes as f64 * LANE };
        let mut x = 0.0;
        let mut before: Option<usize> = None;
        for (&iteration, connections) in drawn {
            let steps = || connections.iter().map(|&index| self.slots[index].step);
            let left = reach(steps().min().map_or(0, |step| (-step).max(0)));
            let right = reach(steps().max().map_or(0, |step| step.max(0)));
            if let Some(before) = before {
                x += gap(self.leaving_lanes);
                if before + 1 < iteration {
                    self.ellipsis = Some((x, x + fold_width));
                    x += fold_width;
                }
                x += gap(self.arriving_lanes);
            }
            self.columns.push(Column { iteration, middle: x + left, left: x, right: x + left + right });
            x += left + right;
            before = Some(iteration);
        }
        self.width = if self.leaving_lanes > 0 { x + gap(self.leaving_lanes) } else { x };
        if bypassed {
            self.width += LAST_WEIGHT;
        }
    }

    /// Returns the column of an iteration, if it is drawn.
    pub(super) fn column(&self, iteration: usize) -> Option<&Column> {
        self.columns
            .binary_search_by_key(&iteration, |column| column.iteration)
            .ok()
            .map(|at| &self.columns[at])
    }

    /// Returns the row of a recurrent block.
    pub(super) fn row(&self, block: usize) -> &Row {
        &self.rows[block - INPUT_BLOCK - 1]
    }

    /// Returns the middle of a connection's box in a column.
    pub(super) fn slot_middle(&self, column: &Column, connection: usize) -> f64 {
        column.middle + f64::from(self.slots[connection].step) * self.pitch()
    }

    /// Returns the x coordinate of a lane to the right of a column.
    pub(super) fn leaving_x(&self, column: &Column, lane: usize) -> f64 {
        column.right + 7.0 + lane as f64 * LANE
    }

    /// Returns the x coordinate of a lane to the left of a column.
    pub(super) fn arriving_x(&self, column: &Column, lane: usize) -> f64 {
        column.left - 7.0 - (self.arriving_lanes - 1 - lane.min(self.arriving_lanes - 1)) as f64 * LANE
    }

    fn pitch(&self) -> f64 {
        self.box_width + 6.0
    }
}
