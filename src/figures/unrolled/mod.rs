//! The unrolled circuit (paper, Figs. 4a and 5a).

mod drawing;
mod information;
mod layout;
mod plan;
mod routes;
mod separate;

use super::canvas::Canvas;
use super::flow::Width;
use super::style::MOST_PARTS;
use super::{FigureError, Sheet};
use pathscope_core::circuit::{Circuit, Normalization, Readout};
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::paths::strength::Strengths;

pub(super) use drawing::draw_line;
pub(super) use information::draw as draw_information_flow;
pub(super) use routes::Route;

/// The advice for a circuit with too many parts.
const FOLD_ADVICE: &str = "fold the iterations, as `graph --fold 3` does, or draw the circuit before it is unrolled with `graph --rolled`";

/// Options for the figure of an unrolled circuit.
#[derive(Clone, Debug, PartialEq)]
pub struct UnrolledOptions {
    /// The quantity that line widths stand for.
    pub width: Width,
    /// The readout mode, which determines the paths that count and their weights.
    pub readout: Readout,
    /// The number of first iterations (at least one) to draw before the last one, or `None` for all.
    pub fold: Option<usize>,
    /// Whether to leave out parts that only paths of weight 0 pass, instead of drawing them in light grey.
    pub hide_unused: bool,
    /// The largest number of chains to draw for a multi-path model with one normalization for each path.
    pub chains: usize,
    /// The sheet that the figure is drawn for. A narrow one has narrower boxes and fewer iterations.
    pub sheet: Sheet,
}

impl Default for UnrolledOptions {
    fn default() -> Self {
        Self {
            width: Width::Paths,
            readout: Readout::NoAvg,
            fold: None,
            hide_unused: false,
            chains: 24,
            sheet: Sheet::default(),
        }
    }
}

/// Draws an unrolled circuit as SVG, after Figs. 4a and 5a of the paper.
///
/// Iterations are columns and blocks are rows, from the input at the bottom to the readout at the top.
/// Iterations at which every output that is read is only held have no column.
///
/// With [`Width::Paths`] the widths of lines and borders stand for numbers of paths, in proportion or, if the
/// numbers differ too much, on a logarithmic scale. With [`Width::Strength`] they stand for shares of the
/// total strength, and every component shows its strength. A multi-path model with one normalization for each
/// path is drawn as separate chains (Fig. 4b), of which at most [`UnrolledOptions::chains`] are shown.
///
/// # Arguments
///
/// * `circuit` - the circuit
/// * `unrolled` - the circuit unrolled
/// * `strengths` - the strengths of its components, which only [`Width::Strength`] shows
/// * `options` - see [`UnrolledOptions`]
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many parts to be drawn. Folding the iterations helps.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::{Circuit, Readout};
/// use pathscope::figures::{UnrolledOptions, unrolled_circuit};
/// use pathscope_core::paths::strength::Strengths;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let circuit = Circuit::of_recurrent_blocks(2, 64);
/// let unrolled = UnrolledCircuit::new(&circuit)?;
/// let strengths = Strengths::new(unrolled.components(), |_| 0.9);
/// let options = UnrolledOptions { readout: Readout::TwoAvg, fold: Some(3), ..Default::default() };
/// let svg = unrolled_circuit(&circuit, &unrolled, &strengths, &options)?;
/// assert!(svg.contains("t = 64") && !svg.contains("t = 5\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn unrolled_circuit(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    strengths: &Strengths,
    options: &UnrolledOptions,
) -> Result<String, FigureError> {
    draw(circuit, unrolled, strengths, options)?.into_svg(options.sheet)
}

pub(super) fn draw(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    strengths: &Strengths,
    options: &UnrolledOptions,
) -> Result<Canvas, FigureError> {
    if has_separate_paths(circuit) {
        return separate::draw(circuit, unrolled, strengths, options);
    }
    let iterations = plan::shown_iterations(unrolled, options.fold);
    let shown = iterations.len();
    let in_cells = circuit.connections.len() + 2 * circuit.blocks.len();
    let parts = iterations.len().saturating_mul(in_cells);
    if parts > MOST_PARTS {
        let advice = FOLD_ADVICE;
        return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice });
    }
    Ok(fitting(unrolled, options.fold, shown, options.sheet, |iterations, narrow| {
        drawing::draw(circuit, unrolled, strengths, options, iterations, narrow)
    }))
}

/// The smallest width of a column of an unrolled circuit.
const NARROWEST_COLUMN: f64 = 45.0;

/// Returns the first drawing that is no wider than its sheet: with normal boxes, with narrow ones, then with
/// fewer iterations. If none fits, returns the narrowest.
///
/// # Arguments
///
/// * `fold`, `shown` - the fold that was asked for, and the number of iterations that it shows
/// * `draw` - draws some iterations, with narrow boxes or not
fn fitting(
    unrolled: &UnrolledCircuit,
    fold: Option<usize>,
    shown: usize,
    sheet: Sheet,
    draw: impl Fn(&[usize], bool) -> Canvas,
) -> Canvas {
    // More columns than this are certainly too wide, so drawing them would be wasted.
    let most = (sheet.limit() / NARROWEST_COLUMN) as usize;
    let fewer = (1..shown.saturating_sub(1).min(most)).rev().map(Some);
    let mut narrowest: Option<(f64, Canvas)> = None;
    for fold in [fold].into_iter().chain(fewer) {
        let iterations = plan::shown_iterations(unrolled, fold);
        for narrow in [false, true] {
            let canvas = draw(&iterations, narrow);
            let width = canvas.bounds().1.0 - canvas.bounds().0.0;
            if width <= sheet.limit() {
                return canvas;
            }
            if narrowest.as_ref().is_none_or(|(least, _)| width < *least) {
                narrowest = Some((width, canvas));
            }
        }
    }
    narrowest.map(|(_, canvas)| canvas).unwrap_or_default()
}

/// Returns whether every path is drawn as a separate chain.
pub(super) fn has_separate_paths(circuit: &Circuit) -> bool {
    circuit.multi_path.is_some()
        && circuit.blocks.iter().any(|block| block.normalization == Normalization::PerPath)
}
