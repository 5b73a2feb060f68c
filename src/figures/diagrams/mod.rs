//! Diagrams of one network, like those that explain the paper's own (Figs. 1, 2, 5 and 8).

mod block;
mod diagram;
mod network;
mod readout_modes;
mod side_lines;

pub use diagram::{Diagram, DiagramError};
pub use network::network_diagram;
pub use readout_modes::readout_modes;

use super::canvas::{Anchor, Canvas, Point, Text, arrow_length, rounded};
use super::drawn_model::DrawnModel;
use super::ensemble::EnsembleOptions;
use super::flow::Width;
use super::style::{INK, TITLE};
use super::unrolled::UnrolledOptions;
use super::{FigureError, Sheet, distribution, ensemble, unrolled};
use pathscope_core::circuit::{Circuit, INPUT_BLOCK, Readout};
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::paths::strength::Strengths;
use plotters::style::RGBColor;

/// The most iterations that are drawn without folding. More are folded to [`FOLDED`] first ones and the last.
const MOST_ITERATIONS: usize = 8;
/// The same limit for diagrams whose iterations are as wide as their blocks.
const MOST_COLUMNS: usize = 5;
const FOLDED: usize = 3;
/// The distance between parts of a figure.
const GAP: f64 = 26.0;

fn fold(circuit: &Circuit) -> Option<usize> {
    (circuit.iterations > MOST_COLUMNS).then_some(FOLDED)
}

/// Returns whether a block has an input from an earlier iteration.
fn is_recurrent(circuit: &Circuit, block: usize) -> bool {
    circuit.connections.iter().any(|connection| connection.to == block && connection.delay > 0)
}

/// Returns the circuit with other names for blocks that are not recurrent, since layouts name all blocks
/// alike.
fn with_names(circuit: &Circuit) -> Circuit {
    let mut named = circuit.clone();
    for number in circuit.block_numbers().filter(|&number| !is_recurrent(circuit, number)) {
        let name = &mut named.blocks[number - INPUT_BLOCK - 1].name;
        if name.starts_with("RCPB") {
            *name = format!("CPB {number}");
        }
    }
    named
}

/// Draws the information flow over iterations as SVG, after Fig. 8 of the paper.
///
/// Iterations are columns and blocks are rows. Everything after the first iteration, which a feed-forward
/// network lacks, has shaded blocks and dashed lines. Of more than five iterations the first three and the
/// last are drawn. A multi-path model with one normalization for each path has no flow from one iteration to
/// the next. It is drawn as chains, as in Fig. 4b.
///
/// # Arguments
///
/// * `circuit` - the circuit
/// * `unrolled` - the circuit unrolled
/// * `sheet` - the sheet that the figure is drawn for; a narrow one has fewer iterations
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many parts to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Circuit;
/// use pathscope::figures::{Sheet, information_flow};
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let circuit = Circuit::of_recurrent_blocks(2, 3);
/// let svg = information_flow(&circuit, &UnrolledCircuit::new(&circuit)?, Sheet::default())?;
/// assert!(svg.contains("information flow, T = 3") && svg.contains("in a recurrent model only"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn information_flow(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    sheet: Sheet,
) -> Result<String, FigureError> {
    let circuit = &with_names(circuit);
    let fold = fold(circuit);
    if unrolled::has_separate_paths(circuit) {
        let strengths = Strengths::new(unrolled.components(), |_| 1.0);
        let readout = circuit.readout.unwrap_or(Readout::LateAvg);
        let options = UnrolledOptions { readout, fold, sheet, ..UnrolledOptions::default() };
        return unrolled::unrolled_circuit(circuit, unrolled, &strengths, &options);
    }
    unrolled::draw_information_flow(circuit, unrolled, fold, sheet)?.into_svg(sheet)
}

/// Draws as SVG how the path lengths of a network arise, after Fig. 5 of the paper.
///
/// Part (a) is the unrolled circuit with the strength of every component on paths that are read out, (b) its
/// strongest paths as chains with their strengths, and (c) the path length distribution with its average. Of
/// more than five iterations, (a) shows the first three and the last;
/// [`unrolled_circuit`](super::unrolled_circuit) draws all.
///
/// # Arguments
///
/// * `circuit` - the circuit
/// * `unrolled` - the circuit unrolled
/// * `strengths` - the strengths of its components
/// * `ensemble` - its ensemble under one readout mode
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many parts to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::{Circuit, Readout};
/// use pathscope_core::paths::ensemble::Ensemble;
/// use pathscope::figures::{Sheet, path_lengths};
/// use pathscope_core::paths::strength::Strengths;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let circuit = Circuit::of_recurrent_blocks(1, 3);
/// let unrolled = UnrolledCircuit::new(&circuit)?;
/// let strengths = Strengths::new(unrolled.components(), |_| 0.5);
/// let found = &Ensemble::of_readouts(&unrolled, &strengths, &[Readout::NoAvg])[0];
/// let svg = path_lengths(&circuit, &unrolled, &strengths, found, Sheet::default())?;
/// assert!(svg.contains("no-avg, T = 3, 3 paths") && svg.contains("average path length"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn path_lengths(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    strengths: &Strengths,
    ensemble: &Ensemble,
    sheet: Sheet,
) -> Result<String, FigureError> {
    let circuit = &with_names(circuit);
    let mut options = UnrolledOptions {
        width: Width::Strength,
        fold: fold(circuit),
        hide_unused: true,
        sheet,
        ..UnrolledOptions::default()
    };
    options.readout = ensemble.readout.unwrap_or(options.readout);
    let model = DrawnModel::of_circuit(circuit, unrolled, strengths);
    let width = |part: &Canvas| part.bounds().1.0 - part.bounds().0.0;
    let mut chains = EnsembleOptions { sheet, ..EnsembleOptions::default() };
    loop {
        let circuit_part = unrolled::draw(circuit, unrolled, strengths, &options)?;
        let chains_part = ensemble::draw(&model, ensemble, &chains)?;
        // The distribution is as wide as the parts above it.
        let page = width(&circuit_part).max(width(&chains_part)).max(280.0).min(sheet.limit());
        let lengths_part = distribution::draw(&model, ensemble, page - distribution::AXIS, sheet)?;
        let canvas = below_each_other([circuit_part, chains_part, lengths_part]);
        let ((_, top), (_, bottom)) = canvas.bounds();
        if bottom - top <= sheet.limit_of_height() || chains.paths == 1 {
            return canvas.into_svg(sheet);
        }
        chains.paths -= 1;
        options.chains = options.chains.min(chains.paths);
    }
}

/// Puts parts below each other, with their letters.
fn below_each_other(parts: [Canvas; 3]) -> Canvas {
    let mut canvas = Canvas::default();
    let mut top = 0.0;
    for (letter, part) in ['a', 'b', 'c'].into_iter().zip(parts) {
        let ((left, above), _) = part.bounds();
        let text = Text::new(TITLE + 2.0, INK).anchored(Anchor::Start).bold();
        canvas.text(letter, (0.0, top + 8.0), text);
        canvas.insert(part, (-left, top + 20.0 - above));
        top = canvas.bounds().1.1 + GAP;
    }
    canvas
}

/// Draws a line with rounded corners and an arrow head at its end.
fn arrow(canvas: &mut Canvas, points: &[Point], colour: RGBColor, dashed: bool) {
    const WIDTH: f64 = 1.2;
    let [.., before, tip] = *points else { return };
    let length = (tip.0 - before.0).hypot(tip.1 - before.1).max(1e-9);
    let direction = ((tip.0 - before.0) / length, (tip.1 - before.1) / length);
    let mut line = points.to_vec();
    if let Some(end) = line.last_mut() {
        let shorter = (arrow_length(WIDTH) - 0.5).min(length);
        *end = (tip.0 - direction.0 * shorter, tip.1 - direction.1 * shorter);
    }
    canvas.arrow_head(tip, direction, WIDTH, colour);
    let line = rounded(&line, 6.0);
    if dashed {
        canvas.dashed_line(&line, colour, WIDTH);
    } else {
        canvas.line(&line, colour, WIDTH);
    }
}
