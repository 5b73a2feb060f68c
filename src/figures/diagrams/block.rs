//! The inside of a block (paper, Figs. 1c and 1d, Eqs. 1d and 2i).

use super::arrow;
use crate::figures::canvas::{Anchor, Canvas, Point, Text};
use crate::figures::names;
use crate::figures::style::{
    INK, LABEL, MUTED, NORMALIZATION, PANEL, PANEL_BORDER, PAPER, SMALL, role_colour, text_width, wrapped,
};
use pathscope_core::circuit::{Activation, Circuit, INPUT_BLOCK, Normalization, Operation, Role};
use pathscope_core::model::network::Step;
use plotters::style::RGBColor;

/// The height of a box, and the distance from one input to the next.
const HEIGHT: f64 = 26.0;
const DOWN: f64 = 44.0;
/// The distance between lines of text.
const LINE: f64 = 12.0;
/// The radius of the sign of a sum.
const SUM: f64 = 8.0;

/// The widths of the parts of a block.
#[derive(Clone, Copy)]
struct Widths {
    /// The largest width of the names of inputs.
    name: f64,
    /// The largest width of the text in boxes.
    text: f64,
    /// The distance between boxes.
    across: f64,
}

const USUAL: Widths = Widths { name: 150.0, text: f64::INFINITY, across: 20.0 };
/// The widths of parts whose text is broken into lines.
const NARROW: Widths = Widths { name: 62.0, text: 66.0, across: 13.0 };

impl Widths {
    fn lines(&self, name: &str) -> Vec<String> {
        wrapped(name, SMALL, self.text)
    }

    fn of_box(&self, name: &str) -> f64 {
        self.lines(name).iter().map(|line| text_width(line, SMALL)).fold(0.0, f64::max) + 14.0
    }
}

/// A block as it is drawn.
pub(super) struct Inside {
    pub title: String,
    /// The inputs from top to bottom.
    inputs: Vec<Input>,
    /// The operations on the sum of the inputs, in order.
    steps: Vec<(String, RGBColor)>,
}

struct Input {
    name: String,
    /// The convolution; `None` if the input is added unchanged.
    convolution: Option<String>,
    colour: RGBColor,
    /// Whether the input comes from an earlier iteration.
    earlier: bool,
}

impl Inside {
    /// Returns the inside of the first CPB.
    ///
    /// # Arguments
    ///
    /// * `kernel` - the size of its kernel, such as `9 × 9`
    pub(super) fn of_first(steps: &[Step], kernel: Option<&str>, activation: Option<Activation>) -> Self {
        let step = |step: &Step| match step {
            Step::Normalization => ("BN".to_owned(), NORMALIZATION),
            Step::Activation => (activation_name(activation), INK),
        };
        Self {
            title: "first CPB".to_owned(),
            inputs: vec![Input {
                name: "image".to_owned(),
                convolution: Some(convolution(kernel)),
                colour: role_colour(Role::BottomUp),
                earlier: false,
            }],
            steps: steps.iter().map(step).collect(),
        }
    }

    /// Returns the inside of a block of the circuit.
    ///
    /// # Arguments
    ///
    /// * `kernel` - returns the size of a connection's kernel, if it is known
    pub(super) fn of_block(
        circuit: &Circuit,
        block: usize,
        kind: &str,
        kernel: impl Fn(usize) -> Option<String>,
    ) -> Self {
        let inputs = (0..circuit.connections.len()).filter(|&index| circuit.connections[index].to == block);
        let input = |index: usize| {
            let connection = &circuit.connections[index];
            let role = circuit.role(index);
            let from = match role {
                Role::Lateral => "own output".to_owned(),
                _ if connection.from == INPUT_BLOCK => "first CPB".to_owned(),
                _ => format!("block {}", connection.from),
            };
            let at = match connection.delay {
                0 => String::new(),
                delay => format!(" at t − {delay}"),
            };
            let operation = match connection.operation {
                Operation::Identity => None,
                Operation::Convolution | Operation::ConvolutionPerIteration => Some(format!(
                    "{}, {}",
                    convolution(kernel(index).as_deref()),
                    names::kind(circuit, index)
                )),
            };
            Input {
                name: format!("{from}{at}{}", connection.notes()),
                convolution: operation,
                colour: role_colour(role),
                earlier: connection.delay > 0,
            }
        };
        let normalization = match circuit.block(block).normalization {
            Normalization::None => None,
            Normalization::PerIteration if circuit.block(block).iterations == 1 => Some("BN".to_owned()),
            Normalization::Shared => Some("BN, one for all t".to_owned()),
            Normalization::PerIteration => Some("BN, one for each t".to_owned()),
            Normalization::PerPath => Some("BN, one for each path".to_owned()),
        };
        let steps = normalization.map(|name| (name, NORMALIZATION)).into_iter();
        Self {
            title: format!("{kind}, block {block}"),
            inputs: inputs.map(input).collect(),
            steps: steps.chain([(activation_name(circuit.activation), INK)]).collect(),
        }
    }

    /// Draws the block with its upper left corner at 0, no wider than `limit` if possible.
    pub(super) fn draw(&self, limit: f64) -> Canvas {
        let usual = self.drawn(&USUAL);
        let ((left, _), (right, _)) = usual.bounds();
        if right - left <= limit { usual } else { self.drawn(&NARROW) }
    }

    fn drawn(&self, widths: &Widths) -> Canvas {
        let across = widths.across;
        let mut canvas = Canvas::default();
        let height = DOWN * self.inputs.len().max(1) as f64;
        let middle = height / 2.0;
        let names = self.inputs.iter().flat_map(|input| wrapped(&input.name, SMALL, widths.name));
        let start = names.map(|name| text_width(&name, SMALL)).fold(0.0, f64::max) + 8.0;
        let boxes = self.inputs.iter().filter_map(|input| input.convolution.as_deref());
        let widest = boxes.map(|name| widths.of_box(name)).fold(0.0, f64::max);
        let frame = start + across * 0.6;
        let convolutions = frame + across;
        let sum = convolutions + widest + across + SUM;
        let several = self.inputs.len() > 1;
        let mut x = if several { sum + SUM } else { convolutions + widest };
        let steps: Vec<(f64, f64)> = self
            .steps
            .iter()
            .map(|(name, _)| {
                let left = x + across;
                x = left + widths.of_box(name);
                (left, x)
            })
            .collect();
        let end = x + across;
        canvas.rectangle((frame, -4.0), (end, height + 4.0), PANEL, PANEL_BORDER, 1.0);
        for (index, input) in self.inputs.iter().enumerate() {
            let y = DOWN * (index as f64 + 0.5);
            let name = wrapped(&input.name, SMALL, widths.name);
            write(&mut canvas, &name, (0.0, y), Text::new(SMALL, INK).anchored(Anchor::Start));
            let after = match &input.convolution {
                Some(convolution) => {
                    arrow(&mut canvas, &[(start, y), (convolutions, y)], input.colour, input.earlier);
                    let lines = widths.lines(convolution);
                    named_box(&mut canvas, (convolutions, y), widest, &lines, input.colour);
                    convolutions + widest
                }
                None => start,
            };
            if several {
                // Lines reach the sign of the sum from the side at its height, or else from above or below.
                let points: &[Point] = if (y - middle).abs() < SUM {
                    &[(after, y), (sum - SUM, middle)]
                } else {
                    let side = if y < middle { middle - SUM } else { middle + SUM };
                    &[(after, y), (sum, y), (sum, side)]
                };
                arrow(&mut canvas, points, input.colour, input.earlier);
            }
        }
        let mut from = if several { sum + SUM } else { convolutions + widest };
        if several {
            canvas.circle((sum, middle), SUM, PAPER, INK, 1.2);
            canvas.line(&[(sum - 4.0, middle), (sum + 4.0, middle)], INK, 1.2);
            canvas.line(&[(sum, middle - 4.0), (sum, middle + 4.0)], INK, 1.2);
        }
        for ((name, colour), (left, right)) in self.steps.iter().zip(&steps) {
            arrow(&mut canvas, &[(from, middle), (*left, middle)], INK, false);
            named_box(&mut canvas, (*left, middle), right - left, &widths.lines(name), *colour);
            from = *right;
        }
        arrow(&mut canvas, &[(from, middle), (end + across, middle)], INK, false);
        let output = Text::new(SMALL, INK).anchored(Anchor::Start);
        canvas.text("output", (end + across + 5.0, middle), output);
        canvas.text(self.title.as_str(), (0.0, -20.0), Text::new(LABEL, INK).anchored(Anchor::Start).bold());
        if self.inputs.iter().any(|input| input.earlier) {
            let note = "dashed: of earlier iterations, from t = 2 on";
            canvas.text(note, (frame, height + 16.0), Text::new(SMALL, MUTED).anchored(Anchor::Start));
        }
        canvas
    }
}

fn activation_name(activation: Option<Activation>) -> String {
    activation.map_or_else(|| "activation".to_owned(), |activation| activation.as_str().to_owned())
}

fn convolution(kernel: Option<&str>) -> String {
    kernel.map_or_else(|| "conv".to_owned(), |kernel| format!("conv {kernel}"))
}

fn named_box(canvas: &mut Canvas, (left, y): Point, width: f64, lines: &[String], colour: RGBColor) {
    let height = HEIGHT.max(lines.len() as f64 * LINE + 6.0);
    let (low, high) = ((left, y - height / 2.0), (left + width, y + height / 2.0));
    canvas.rectangle(low, high, PAPER, colour, 1.2);
    write(canvas, lines, (left + width / 2.0, y), Text::new(SMALL, INK));
}

/// Writes lines of text whose middle is at `y`.
fn write(canvas: &mut Canvas, lines: &[String], (x, y): Point, style: Text) {
    let first = y - (lines.len() as f64 - 1.0) * LINE / 2.0;
    for (index, line) in lines.iter().enumerate() {
        canvas.text(line.as_str(), (x, first + index as f64 * LINE), style);
    }
}
