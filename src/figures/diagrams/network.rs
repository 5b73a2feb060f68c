//! A whole network in its two phases, and the inside of its blocks (paper, Fig. 1).

use super::block::Inside;
use super::{arrow, is_recurrent, side_lines};
use crate::figures::canvas::{Anchor, Canvas, Text, rounded};
use crate::figures::style::{
    INK, LABEL, MOST_PARTS, MUTED, PANEL, PANEL_BORDER, PAPER, SHADED, SMALL, TITLE, shortened, text_width,
    wrapped,
};
use crate::figures::{FigureError, Sheet};
use pathscope_core::circuit::{Circuit, INPUT_BLOCK, LayerName, TensorName};
use pathscope_core::files::text::{counted, plural};
use pathscope_core::model::layout::{Model, TensorUse};
use pathscope_core::model::network::Network;
use std::collections::BTreeMap;

/// The height of a line in a box, and the distance between boxes.
const LINE: f64 = 14.0;
const GAP: f64 = 18.0;
const WIDEST_NAME: f64 = 130.0;
/// The height of the bracket over a phase.
const BRACKET: f64 = 6.0;

/// A box in the row of a network's operations.
pub(super) struct Stage {
    /// The number of the block, or `None` for anything else.
    pub block: Option<usize>,
    title: String,
    lines: Vec<String>,
    recurrent: bool,
    pub left: f64,
    right: f64,
}

/// Draws a network in its two phases, and below them the inside of its blocks, as SVG, after Fig. 1 of the paper.
///
/// The convolutional phase consists of the normalization of the image, the first CPB and the (recurrent)
/// blocks, each with its kernel size and channels. The readout phase consists of average pooling, the
/// factorized fully-connected layer and the activation. Lateral and top-down connections run above the
/// blocks, skip connections below. If the file does not describe the parts around the recurrent stage, they
/// are left out, and a note says so.
///
/// # Arguments
///
/// * `model` - the network
/// * `tensors` - its tensors with their roles, from [`Model::tensor_uses`]
/// * `sheet` - the sheet that the figure is drawn for; on a narrow one the readout phase is below the
///   convolutional one
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many connections to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope_core::files::checkpoint::Checkpoint;
/// use pathscope::figures::{Sheet, network_diagram};
/// use pathscope_core::model::layout;
/// use std::path::Path;
///
/// let file = Path::new("fixtures/reference/recurrent-1block-t3-no-avg/best.pth");
/// let checkpoint = Checkpoint::open(file, None)?;
/// let model = layout::recognize(&checkpoint, &Default::default())?;
/// let svg = network_diagram(&model, &model.tensor_uses(&checkpoint), Sheet::default())?;
/// assert!(svg.contains("convolutional phase") && svg.contains("RCPB"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn network_diagram(model: &Model, tensors: &[TensorUse], sheet: Sheet) -> Result<String, FigureError> {
    let circuit = &model.circuit;
    let parts = circuit.blocks.len() + circuit.connections.len();
    if parts > MOST_PARTS / 20 {
        let advice = "a network of this size has no readable figure";
        return Err(FigureError::TooLarge { parts, limit: MOST_PARTS / 20, advice });
    }
    let shapes = Shapes::of(tensors);
    let network = model.network.as_ref().ok();
    let mut convolutional = convolutional_phase(circuit, network, &shapes);
    let mut readout = readout_phase(network, &shapes);
    let height = |stages: &[Stage]| {
        LINE * stages.iter().map(|stage| 1 + stage.lines.len()).max().unwrap_or(1) as f64 + 12.0
    };
    let start = text_width("image", SMALL) + 8.0;
    let right = place(&mut convolutional, start);
    let last = place(&mut readout, right) + GAP + 5.0 + text_width("prediction", SMALL);

    let mut canvas = Canvas::default();
    // A line that bypasses blocks needs both phases in one row.
    let bypassed = circuit.read_from != INPUT_BLOCK + circuit.blocks.len();
    if last <= sheet.limit() || bypassed {
        let tall = height(&convolutional).max(height(&readout));
        let first_of_readout = convolutional.len();
        convolutional.extend(readout);
        draw_row(&mut canvas, &convolutional, tall, start);
        end_row(&mut canvas, &convolutional);
        side_lines::draw(&mut canvas, circuit, &convolutional, tall);
        let above = canvas.bounds().0.1 - 14.0;
        bracket(&mut canvas, "convolutional phase", &convolutional[..first_of_readout], above);
        bracket(&mut canvas, "readout phase", &convolutional[first_of_readout..], above);
    } else {
        let tall = height(&convolutional);
        draw_row(&mut canvas, &convolutional, tall, start);
        side_lines::draw(&mut canvas, circuit, &convolutional, tall);
        let above = canvas.bounds().0.1 - 14.0;
        bracket(&mut canvas, "convolutional phase", &convolutional, above);
        // The readout phase continues below: a line leads from the end of the row around to its beginning.
        place(&mut readout, start);
        let mut below = Canvas::default();
        draw_row(&mut below, &readout, height(&readout), start);
        end_row(&mut below, &readout);
        let above = below.bounds().0.1 - 14.0;
        bracket(&mut below, "readout phase", &readout, above);
        let down = canvas.bounds().1.1 + 30.0 - below.bounds().0.1;
        let between = canvas.bounds().1.1 + 14.0;
        canvas.insert(below, (0.0, down));
        let points = [
            (right, 0.0),
            (right + 8.0, 0.0),
            (right + 8.0, between),
            (start - 8.0, between),
            (start - 8.0, down),
        ];
        canvas.line(&rounded(&[points.as_slice(), &[(start, down)]].concat(), 6.0), INK, 1.2);
    }
    let mut below = canvas.bounds().1.1 + 44.0;
    for inside in insides(circuit, network, &shapes) {
        canvas.insert(inside.draw(sheet.limit()), (0.0, below));
        below = canvas.bounds().1.1 + 46.0;
    }
    let note = Text::new(SMALL, MUTED).anchored(Anchor::Start);
    if let Err(reason) = &model.network {
        let ((left, _), (right, bottom)) = canvas.bounds();
        let reason = format!("what lies around the blocks is not known: {reason}");
        let width = (right - left).max(300.0).min(sheet.limit());
        for (index, line) in wrapped(&reason, SMALL, width).into_iter().enumerate() {
            canvas.text(line, (left, bottom + 16.0 + index as f64 * 15.0), note);
        }
    }
    let ((left, top), _) = canvas.bounds();
    let title = Text::new(TITLE, INK).anchored(Anchor::Start).bold();
    canvas.text(title_of(circuit), (left, top - 16.0), title);
    canvas.into_svg(sheet)
}

/// Returns a title such as `2 recurrent blocks, T = 5, late-avg`.
fn title_of(circuit: &Circuit) -> String {
    let recurrent = circuit.block_numbers().filter(|&block| is_recurrent(circuit, block)).count();
    let kind = if circuit.multi_path.is_some() { ", multi-path" } else { "" };
    let readout = circuit.readout.map_or_else(String::new, |readout| format!(", {readout}"));
    match recurrent {
        0 => {
            let blocks = circuit.blocks.len() + 1;
            format!("feed-forward network, {blocks} block{}{kind}", plural(blocks))
        }
        _ => format!(
            "{recurrent} recurrent block{}, T = {}{readout}{kind}",
            plural(recurrent),
            circuit.iterations
        ),
    }
}

fn kind(circuit: &Circuit, block: usize) -> &'static str {
    if is_recurrent(circuit, block) { "RCPB" } else { "CPB" }
}

/// The shapes of tensors by their roles.
struct Shapes(BTreeMap<TensorName, Vec<usize>>);

impl Shapes {
    fn of(tensors: &[TensorUse]) -> Self {
        let shapes =
            tensors.iter().filter_map(|tensor| Some((tensor.role.clone()?, tensor.info.shape.clone())));
        Self(shapes.collect())
    }

    /// Returns the shape of a convolution's kernel, even if it has one for each iteration.
    fn kernel(&self, convolution: LayerName) -> Option<&[usize]> {
        let shape = self.0.iter().find(|(name, _)| name.is_kernel_of(convolution)).map(|(_, shape)| shape)?;
        (shape.len() == 4).then_some(shape.as_slice())
    }

    /// Returns the size of a convolution's kernel, such as `9 × 9`.
    fn kernel_size(&self, convolution: LayerName) -> Option<String> {
        let kernel = self.kernel(convolution)?;
        Some(format!("{} × {}", kernel[2], kernel[3]))
    }

    /// Returns the lines about a convolution in a box.
    fn lines(&self, convolution: LayerName) -> Vec<String> {
        let Some(kernel) = self.kernel(convolution) else { return Vec::new() };
        let size = match kernel[2] == kernel[3] {
            true => format!("k = {}", kernel[2]),
            false => format!("k = {} × {}", kernel[2], kernel[3]),
        };
        vec![size, counted(kernel[0], "channel")]
    }
}

fn convolutional_phase(circuit: &Circuit, network: Option<&Network>, shapes: &Shapes) -> Vec<Stage> {
    let mut stages = Vec::new();
    if network.is_some_and(|network| network.input_normalization) {
        stages.push(Stage::new("BN", Vec::new()));
    }
    let lines = if network.is_some() {
        shapes.lines(LayerName::FirstConvolution)
    } else {
        vec!["or what else".to_owned(), "comes first".to_owned()]
    };
    stages.push(Stage { block: Some(INPUT_BLOCK), ..Stage::new("CPB", lines) });
    for block in circuit.block_numbers() {
        let into = (0..circuit.connections.len()).filter(|&index| circuit.connections[index].to == block);
        let of_kernel = into.map(|index| shapes.lines(circuit.connection_name(index).into()));
        let mut lines = of_kernel.into_iter().find(|lines| !lines.is_empty()).unwrap_or_default();
        let name = &circuit.block(block).name;
        if !name.starts_with("RCPB") && !name.starts_with("CPB") {
            lines.insert(0, shortened(name, SMALL, WIDEST_NAME));
        }
        let recurrent = is_recurrent(circuit, block);
        if recurrent {
            lines.push(match circuit.block(block).iterations {
                held if held < circuit.iterations => format!("up to t = {held} of {}", circuit.iterations),
                all => format!("T = {all}"),
            });
        }
        stages.push(Stage { block: Some(block), recurrent, ..Stage::new(kind(circuit, block), lines) });
    }
    stages
}

fn readout_phase(network: Option<&Network>, shapes: &Shapes) -> Vec<Stage> {
    let Some(network) = network else { return vec![Stage::new("readout", Vec::new())] };
    let pooling = network.pooling;
    let neurons = shapes.0.get(&TensorName::READOUT_FEATURE).and_then(|shape| shape.first());
    let neurons = neurons.map(|&count| counted(count, "neuron"));
    vec![
        Stage::new("pooling", vec![format!("k = {}", pooling.kernel), format!("stride {}", pooling.stride)]),
        Stage::new("FC", ["factorized".to_owned()].into_iter().chain(neurons).collect()),
        Stage::new("activation", vec![network.output_activation.as_str().to_owned()]),
    ]
}

impl Stage {
    fn new(title: &str, lines: Vec<String>) -> Self {
        Self { block: None, title: title.to_owned(), lines, recurrent: false, left: 0.0, right: 0.0 }
    }

    pub(super) fn middle(&self) -> f64 {
        (self.left + self.right) / 2.0
    }
}

/// Places boxes from left to right.
///
/// # Returns
///
/// The right end of the last box.
fn place(stages: &mut [Stage], start: f64) -> f64 {
    let mut right = start;
    for stage in stages {
        let lines = stage.lines.iter().map(|line| text_width(line, SMALL));
        let width = lines.fold(text_width(&stage.title, LABEL) * 1.1, f64::max) + 14.0;
        stage.left = right + GAP;
        stage.right = stage.left + width;
        right = stage.right;
    }
    right
}

/// Draws a bracket over some boxes with the name of their phase.
fn bracket(canvas: &mut Canvas, name: &str, phase: &[Stage], above: f64) {
    let (Some(first), Some(last)) = (phase.first(), phase.last()) else { return };
    let ends = (first.left, last.right);
    let points = [(ends.0, above + BRACKET), (ends.0, above), (ends.1, above), (ends.1, above + BRACKET)];
    canvas.line(&points, MUTED, 1.0);
    canvas.text(name, ((ends.0 + ends.1) / 2.0, above - 11.0), Text::new(LABEL, INK).bold());
}

/// Draws boxes with arrows between them. The first arrow begins at `start`.
fn draw_row(canvas: &mut Canvas, stages: &[Stage], height: f64, start: f64) {
    let mut from = start;
    if stages.iter().any(|stage| stage.block.is_some()) {
        canvas.text("image", (0.0, 0.0), Text::new(SMALL, INK).anchored(Anchor::Start));
    }
    for stage in stages {
        arrow(canvas, &[(from, 0.0), (stage.left, 0.0)], INK, false);
        let fill = match (stage.block, stage.recurrent) {
            (_, true) => SHADED,
            (Some(_), false) => PANEL,
            (None, false) => PAPER,
        };
        canvas.rectangle((stage.left, -height / 2.0), (stage.right, height / 2.0), fill, PANEL_BORDER, 1.2);
        let first = -(stage.lines.len() as f64) * LINE / 2.0;
        canvas.text(stage.title.as_str(), (stage.middle(), first), Text::new(LABEL, INK).bold());
        for (index, line) in stage.lines.iter().enumerate() {
            let y = first + (index + 1) as f64 * LINE;
            canvas.text(line.as_str(), (stage.middle(), y), Text::new(SMALL, INK));
        }
        from = stage.right;
    }
}

/// Draws the output of the last box.
fn end_row(canvas: &mut Canvas, stages: &[Stage]) {
    let from = stages.last().map_or(0.0, |stage| stage.right);
    arrow(canvas, &[(from, 0.0), (from + GAP, 0.0)], INK, false);
    canvas.text("prediction", (from + GAP + 5.0, 0.0), Text::new(SMALL, INK).anchored(Anchor::Start));
}

/// Returns the insides of the first CPB, if it is known, and of one block of each kind: the one with the most
/// inputs.
fn insides(circuit: &Circuit, network: Option<&Network>, shapes: &Shapes) -> Vec<Inside> {
    let first = network.map(|network| {
        Inside::of_first(
            &network.first_block,
            shapes.kernel_size(LayerName::FirstConvolution).as_deref(),
            circuit.activation,
        )
    });
    let inputs =
        |block: usize| circuit.connections.iter().filter(|connection| connection.to == block).count();
    let of_kind = |recurrent: bool| {
        let blocks = circuit.block_numbers().filter(|&block| is_recurrent(circuit, block) == recurrent);
        let block = blocks.rev().max_by_key(|&block| inputs(block))?;
        let kernel = |index: usize| shapes.kernel_size(circuit.connection_name(index).into());
        Some(Inside::of_block(circuit, block, kind(circuit, block), kernel))
    };
    [first, of_kind(false), of_kind(true)].into_iter().flatten().collect()
}
