//! The circuit before it is unrolled (paper, Figs. 1b and 1d).

use super::canvas::{Anchor, Canvas, Point, Text, arrow_length, rounded};
use super::names;
use super::style::{
    INK, LABEL, MOST_PARTS, MUTED, PANEL, PANEL_BORDER, SMALL, role_colour, shortened, text_width,
};
use super::{FigureError, Sheet};
use crate::circuit::{Circuit, INPUT_BLOCK, Normalization, Operation, Role};

const BOX_HEIGHT: f64 = 44.0;
const BETWEEN: f64 = 46.0;
const WIDEST_NAME: f64 = 220.0;

/// Draws the blocks of a circuit and the connections between them as SVG.
///
/// Lateral and top-down connections run on the right, skip connections on the left.
/// Each says its role and its delay in iterations.
///
/// # Arguments
///
/// * `circuit` - the circuit
/// * `sheet` - what it is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] where there are too many connections to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope::circuit::Circuit;
/// use pathscope::figures::{Sheet, rolled_circuit};
///
/// let svg = rolled_circuit(&Circuit::of_recurrent_blocks(2, 3), Sheet::default())?;
/// assert!(svg.contains("RCPB 2") && svg.contains("lateral, delay 1"));
/// # Ok::<(), pathscope::figures::FigureError>(())
/// ```
pub fn rolled_circuit(circuit: &Circuit, sheet: Sheet) -> Result<String, FigureError> {
    let parts = circuit.blocks.len() + circuit.connections.len();
    if parts > MOST_PARTS {
        let advice = "a circuit of this size has no readable figure";
        return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice });
    }
    let mut canvas = Canvas::default();
    let texts: Vec<(String, String)> =
        circuit.block_numbers().map(|block| block_text(circuit, block)).collect();
    let widest =
        texts.iter().map(|(name, note)| (text_width(name, LABEL) * 1.1).max(text_width(note, SMALL)));
    let half = widest.fold(60.0, f64::max) / 2.0 + 12.0;
    let middle_of = |block: usize| -((block - INPUT_BLOCK) as f64) * (BOX_HEIGHT + BETWEEN);
    let mut draw_box = |y: f64, name: &str, note: &str| {
        let half_height = if note.is_empty() { BOX_HEIGHT / 4.0 } else { BOX_HEIGHT / 2.0 };
        canvas.rectangle((-half, y - half_height), (half, y + half_height), PANEL, PANEL_BORDER, 1.0);
        if note.is_empty() {
            canvas.text(name, (0.0, y), Text::new(LABEL, INK));
        } else {
            canvas.text(name, (0.0, y - 8.0), Text::new(LABEL, INK).bold());
            canvas.text(note, (0.0, y + 8.0), Text::new(SMALL, MUTED));
        }
    };
    let top = circuit.blocks.len() + INPUT_BLOCK;
    // The small boxes are as far from their neighbours as the others.
    draw_box(-BOX_HEIGHT / 4.0, "input", "");
    for (block, (name, note)) in circuit.block_numbers().zip(&texts) {
        draw_box(middle_of(block), name, note);
    }
    let readout_y = middle_of(top + 1) + BOX_HEIGHT / 4.0;
    let readout = circuit.readout.map_or_else(|| "readout".to_owned(), |mode| format!("readout, {mode}"));
    draw_box(readout_y, &readout, "");

    let edge = |block: usize, sign: f64| {
        let half_height = if block == INPUT_BLOCK || block == top + 1 { 0.0 } else { BOX_HEIGHT / 2.0 };
        let near = if block == INPUT_BLOCK { -BOX_HEIGHT / 2.0 } else { middle_of(block) };
        near + sign * half_height
    };
    let mut sides = [Side::new(half, -1.0, top + 1), Side::new(half, 1.0, top + 1)];
    for (index, connection) in circuit.connections.iter().enumerate() {
        let role = circuit.role(index);
        let colour = role_colour(role);
        let delay =
            if connection.delay > 0 { format!(", delay {}", connection.delay) } else { String::new() };
        let kind = names::kind(circuit, index);
        let notes = connection.notes();
        let label = match connection.operation {
            Operation::Identity => format!("{kind}, {}{delay}{notes}", role.as_str()),
            Operation::Convolution | Operation::ConvolutionPerIteration => format!("{kind}{delay}{notes}"),
        };
        let first = circuit.connections[..index]
            .iter()
            .all(|other| (other.from, other.to) != (connection.from, connection.to));
        if role == Role::BottomUp && first {
            let (start, end) = (edge(connection.from, -1.0), edge(connection.to, 1.0));
            draw_arrow(&mut canvas, &[(0.0, start), (0.0, end)], colour, connection.operation);
            let at = (8.0, (start + end) / 2.0);
            canvas.text(label, at, Text::new(SMALL, colour).anchored(Anchor::Start));
        } else {
            let right = matches!(role, Role::Lateral | Role::TopDown);
            let from =
                if connection.from == INPUT_BLOCK { -BOX_HEIGHT / 4.0 } else { middle_of(connection.from) };
            sides[usize::from(right)].lines.push(SideLine {
                ends: (connection.from, connection.to),
                from,
                to: middle_of(connection.to),
                label,
                colour,
                operation: connection.operation,
            });
        }
    }
    if circuit.read_from == top {
        let line = [(0.0, edge(top, -1.0)), (0.0, readout_y + BOX_HEIGHT / 4.0)];
        draw_arrow(&mut canvas, &line, INK, Operation::Convolution);
    } else {
        sides[0].lines.push(SideLine {
            ends: (circuit.read_from, top + 1),
            from: middle_of(circuit.read_from),
            to: readout_y,
            label: String::new(),
            colour: INK,
            operation: Operation::Identity,
        });
    }
    for side in sides {
        side.draw(&mut canvas);
    }
    canvas.into_svg(sheet)
}

fn block_text(circuit: &Circuit, number: usize) -> (String, String) {
    let block = circuit.block(number);
    let normalization = match block.normalization {
        Normalization::None => "no bn",
        Normalization::Shared => "one bn",
        Normalization::PerIteration => "bn per iteration",
        Normalization::PerPath => "bn per path",
    };
    let held = if block.iterations < circuit.iterations {
        format!("up to t = {} of {}, then held", block.iterations, circuit.iterations)
    } else {
        format!("T = {}", circuit.iterations)
    };
    (shortened(&block.name, LABEL, WIDEST_NAME), format!("block {number}, {held}, {normalization}"))
}

/// A line beside the blocks.
struct SideLine {
    /// What it connects: block numbers, and the next one for the readout.
    ends: (usize, usize),
    from: f64,
    to: f64,
    label: String,
    colour: plotters::style::RGBColor,
    operation: Operation,
}

/// The lines on one side of the blocks.
struct Side {
    half: f64,
    sign: f64,
    /// The number that stands for the readout.
    readout: usize,
    lines: Vec<SideLine>,
}

impl Side {
    fn new(half: f64, sign: f64, readout: usize) -> Self {
        Self { half, sign, readout, lines: Vec::new() }
    }

    /// Short lines nearest to the blocks, each lane as wide as its labels.
    fn draw(mut self, canvas: &mut Canvas) {
        self.lines.sort_by(|a, b| (a.from - a.to).abs().total_cmp(&(b.from - b.to).abs()));
        let mut lanes: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut placed = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            // Lines leave above the middle of a box and arrive below it, each at its own height;
            // the boxes of the input and the readout are too low for that.
            let aside = |end: usize| {
                let meets = |other: &&SideLine| other.ends.0 == end || other.ends.1 == end;
                let earlier = self.lines[..index].iter().filter(meets).count();
                if (INPUT_BLOCK + 1..self.readout).contains(&end) {
                    (6.0 + 6.0 * earlier as f64).min(19.0)
                } else {
                    0.0
                }
            };
            let (from, to) = (line.from - aside(line.ends.0), line.to + aside(line.ends.1));
            let (low, high) = (from.min(to) - 10.0, from.max(to) + 10.0);
            let free = |taken: &Vec<(f64, f64)>| taken.iter().all(|other| low > other.1 || high < other.0);
            let lane = lanes.iter().position(free).unwrap_or(lanes.len());
            if lane == lanes.len() {
                lanes.push(Vec::new());
            }
            lanes[lane].push((low, high));
            placed.push((lane, from, to));
        }
        let mut x = self.half + 16.0;
        for lane in 0..lanes.len() {
            let mut widest: f64 = 0.0;
            for (line, &(_, from, to)) in
                self.lines.iter().zip(&placed).filter(|(_, (its_lane, _, _))| *its_lane == lane)
            {
                let points: [Point; 4] = [(self.half, from), (x, from), (x, to), (self.half, to)];
                let points = points.map(|(x, y)| (x * self.sign, y));
                draw_arrow(canvas, &points, line.colour, line.operation);
                let anchor = if self.sign > 0.0 { Anchor::Start } else { Anchor::End };
                let at = ((x + 6.0) * self.sign, clear_height(from, to, &placed));
                canvas.text(line.label.as_str(), at, Text::new(SMALL, line.colour).anchored(anchor));
                widest = widest.max(text_width(&line.label, SMALL));
            }
            x += widest + 22.0;
        }
    }
}

/// A height for the label of a line between two heights: the middle, or beside it where other
/// lines cross there.
fn clear_height(from: f64, to: f64, placed: &[(usize, f64, f64)]) -> f64 {
    let clear = |height: &f64| {
        placed.iter().flat_map(|&(_, from, to)| [from, to]).all(|other| (other - height).abs() >= 11.0)
    };
    let middle = (from + to) / 2.0;
    let candidates = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map(|share| from + (to - from) * share);
    candidates.into_iter().find(clear).unwrap_or(middle)
}

fn draw_arrow(
    canvas: &mut Canvas,
    points: &[Point],
    colour: plotters::style::RGBColor,
    operation: Operation,
) {
    let [.., before, tip] = *points else { return };
    let length = (tip.0 - before.0).hypot(tip.1 - before.1).max(1e-9);
    let direction = ((tip.0 - before.0) / length, (tip.1 - before.1) / length);
    let width = if operation == Operation::Identity { 1.0 } else { 1.6 };
    let mut line = points.to_vec();
    if let Some(end) = line.last_mut() {
        let shorter = arrow_length(width) - 0.5;
        *end = (tip.0 - direction.0 * shorter, tip.1 - direction.1 * shorter);
    }
    canvas.arrow_head(tip, direction, width, colour);
    canvas.line(&rounded(&line, 6.0), colour, width);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_clear_of_lines_that_cross() {
        assert_eq!(clear_height(0.0, -100.0, &[(0, 0.0, -100.0)]), -50.0);
        assert_eq!(clear_height(0.0, -100.0, &[(0, 0.0, -100.0), (1, 80.0, -55.0)]), -40.0);
    }
}
