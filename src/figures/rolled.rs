//! The circuit before it is unrolled (paper, Figs. 1b and 1d).

use super::canvas::{Anchor, Canvas, Text};
use super::names;
use super::sides::{Boxes, Side, SideLine, draw_arrow};
use super::style::{
    INK, LABEL, MOST_PARTS, MUTED, PANEL, PANEL_BORDER, SMALL, role_colour, shortened, text_width,
};
use super::{FigureError, Sheet};
use pathscope_core::circuit::{Circuit, INPUT_BLOCK, Normalization, Operation, Role};

const BOX_HEIGHT: f64 = 44.0;
const BETWEEN: f64 = 46.0;
const WIDEST_NAME: f64 = 220.0;
/// The widths of the lines of identities and of convolutions.
const IDENTITY: f64 = 1.0;
const CONVOLUTION: f64 = 1.6;

/// Draws the blocks of a circuit and the connections between them as SVG.
///
/// Lateral and top-down connections run on the right, skip connections on the left. Each is labelled with its
/// role and its delay in iterations.
///
/// # Arguments
///
/// * `circuit` - the circuit
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many connections to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Circuit;
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
    let mut draw_box = |y: f64, name: &str, note: &str| draw_box(&mut canvas, half, y, [name, note]);
    let top = circuit.blocks.len() + INPUT_BLOCK;
    // Small boxes have the same distance to their neighbours as large ones.
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
    let boxes = Boxes { half, numbers: INPUT_BLOCK + 1..top + 1, step: 6.0, room: 19.0, lanes: 22.0 };
    let mut sides = [Side::new(&boxes, -1.0), Side::new(&boxes, 1.0)];
    for (index, connection) in circuit.connections.iter().enumerate() {
        let role = circuit.role(index);
        let colour = role_colour(role);
        let label = connection_text(circuit, index);
        let first = circuit.connections[..index]
            .iter()
            .all(|other| (other.from, other.to) != (connection.from, connection.to));
        if role == Role::BottomUp && first {
            let (start, end) = (edge(connection.from, -1.0), edge(connection.to, 1.0));
            draw_arrow(&mut canvas, &[(0.0, start), (0.0, end)], colour, line_width(connection.operation));
            let at = (8.0, (start + end) / 2.0);
            canvas.text(label, at, Text::new(SMALL, colour).anchored(Anchor::Start));
        } else {
            let right = matches!(role, Role::Lateral | Role::TopDown);
            let from =
                if connection.from == INPUT_BLOCK { -BOX_HEIGHT / 4.0 } else { middle_of(connection.from) };
            sides[usize::from(right)].push(SideLine {
                ends: (connection.from, connection.to),
                from,
                to: middle_of(connection.to),
                label,
                colour,
                width: line_width(connection.operation),
            });
        }
    }
    if circuit.read_from == top {
        let line = [(0.0, edge(top, -1.0)), (0.0, readout_y + BOX_HEIGHT / 4.0)];
        draw_arrow(&mut canvas, &line, INK, CONVOLUTION);
    } else {
        sides[0].push(SideLine {
            ends: (circuit.read_from, top + 1),
            from: middle_of(circuit.read_from),
            to: readout_y,
            label: String::new(),
            colour: INK,
            width: IDENTITY,
        });
    }
    for side in sides {
        side.draw(&mut canvas);
    }
    canvas.into_svg(sheet)
}

/// Draws a box around a name and a note below it, if there is one.
fn draw_box(canvas: &mut Canvas, half: f64, y: f64, [name, note]: [&str; 2]) {
    let half_height = if note.is_empty() { BOX_HEIGHT / 4.0 } else { BOX_HEIGHT / 2.0 };
    canvas.rectangle((-half, y - half_height), (half, y + half_height), PANEL, PANEL_BORDER, 1.0);
    if note.is_empty() {
        canvas.text(name, (0.0, y), Text::new(LABEL, INK));
    } else {
        canvas.text(name, (0.0, y - 8.0), Text::new(LABEL, INK).bold());
        canvas.text(note, (0.0, y + 8.0), Text::new(SMALL, MUTED));
    }
}

/// Returns the label of a connection.
fn connection_text(circuit: &Circuit, index: usize) -> String {
    let connection = &circuit.connections[index];
    let delay = if connection.delay > 0 { format!(", delay {}", connection.delay) } else { String::new() };
    let kind = names::kind(circuit, index);
    let notes = connection.notes();
    match connection.operation {
        Operation::Identity => format!("{kind}, {}{delay}{notes}", circuit.role(index).as_str()),
        Operation::Convolution | Operation::ConvolutionPerIteration => format!("{kind}{delay}{notes}"),
    }
}

fn line_width(operation: Operation) -> f64 {
    if operation == Operation::Identity { IDENTITY } else { CONVOLUTION }
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
