//! The ensemble as chains with their strengths (paper, Fig. 5b).

use super::canvas::{Anchor, Canvas, Text};
use super::chains::{Chain, Headings, draw_chains};
use super::style::{INK, LABEL, MOST_PARTS, MUTED, TITLE};
use super::{FigureError, Sheet, captions, numbers};
use crate::circuit::Circuit;
use crate::ensemble::Ensemble;
use crate::paths::PathCount;
use crate::paths::strongest::{StrongPath, strongest};
use crate::strength::Strengths;
use crate::unroll::UnrolledCircuit;

/// How an ensemble is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct EnsembleOptions {
    /// Most paths that are shown: the strongest ones, fewer where they would be higher than a page.
    pub paths: usize,
    /// The sheet that they are drawn for.
    pub sheet: Sheet,
}

impl Default for EnsembleOptions {
    fn default() -> Self {
        Self { paths: 10, sheet: Sheet::default() }
    }
}

/// Draws the strongest paths of an ensemble as SVG, after Fig. 5b of the paper.
///
/// Every path is a chain of its components with their strengths, followed by the readout's
/// weight, the strength s̃ of the path (their product) and its share s in the total strength.
/// Chains are in order of length, and among equally long ones from the strongest downward.
///
/// # Arguments
///
/// * `circuit` - the circuit
/// * `unrolled` - what [`UnrolledCircuit::new`] makes of it
/// * `strengths` - the strengths of its components
/// * `ensemble` - its ensemble under one readout mode
/// * `options` - see [`EnsembleOptions`]
///
/// # Errors
///
/// [`FigureError::TooLarge`] where the chains have too many components to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope::circuit::{Circuit, Readout};
/// use pathscope::ensemble::Ensemble;
/// use pathscope::figures::{self, EnsembleOptions};
/// use pathscope::strength::Strengths;
/// use pathscope::unroll::UnrolledCircuit;
///
/// let circuit = Circuit::of_recurrent_blocks(2, 7);
/// let unrolled = UnrolledCircuit::new(&circuit)?;
/// let strengths = Strengths::new(unrolled.components(), |_| 0.5);
/// let ensembles = Ensemble::of_readouts(&unrolled, &strengths, &[Readout::NoAvg]);
/// let options = EnsembleOptions { paths: 5, ..Default::default() };
/// let svg = figures::ensemble(&circuit, &unrolled, &strengths, &ensembles[0], &options)?;
/// assert!(svg.contains("the 5 strongest of 28 paths, ordered by length"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ensemble(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    strengths: &Strengths,
    ensemble: &Ensemble,
    options: &EnsembleOptions,
) -> Result<String, FigureError> {
    draw(circuit, unrolled, strengths, ensemble, options)?.into_svg(options.sheet)
}

pub(super) fn draw(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    strengths: &Strengths,
    ensemble: &Ensemble,
    options: &EnsembleOptions,
) -> Result<Canvas, FigureError> {
    let weights = unrolled.readout_weights(ensemble.readout);
    let mut parts = 0;
    let mut strongest_first: Vec<(usize, StrongPath)> = Vec::new();
    for found in strongest(unrolled.graph(), strengths, &weights).take(options.paths) {
        parts += found.path.nodes.len();
        if parts > MOST_PARTS {
            return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice: "show fewer paths" });
        }
        strongest_first.push((found.path.length(unrolled.graph()), found));
    }
    let link = |paths: &[(usize, StrongPath)]| {
        let mut paths: Vec<&(usize, StrongPath)> = paths.iter().collect();
        paths.sort_by(|(length, a), (other, b)| length.cmp(other).then(b.strength.cmp(&a.strength)));
        let chain = |(length, StrongPath { path, strength }): &(usize, StrongPath)| Chain {
            label: length.to_string(),
            links: Chain::links(circuit, unrolled, Some(strengths), path),
            weight: weights[path.end],
            width: Some(1.2),
            results: vec![
                numbers::magnitude(*strength),
                numbers::three_digits(strength.ratio(ensemble.total_strength)),
            ],
        };
        paths.into_iter().map(chain).collect::<Vec<Chain>>()
    };
    loop {
        let canvas = draw_strongest(circuit, ensemble, &link(&strongest_first), options.sheet);
        let ((_, top), (_, bottom)) = canvas.bounds();
        if bottom - top <= options.sheet.limit_of_height() || strongest_first.len() < 2 {
            return Ok(canvas);
        }
        strongest_first.pop();
    }
}

/// Draws chains in their order.
fn draw_strongest(circuit: &Circuit, ensemble: &Ensemble, chains: &[Chain], sheet: Sheet) -> Canvas {
    let mut canvas = Canvas::default();
    let start = Text::new(LABEL, MUTED).anchored(Anchor::Start);
    if chains.is_empty() {
        canvas.text("no path to show: all strengths are 0", (0.0, 0.0), start);
    } else {
        let readout = format!("readout, {}", ensemble.readout);
        let results = ["strength s\u{303}", "share s"];
        let headings = Headings { label: "length", results: &results, readout: &readout };
        draw_chains(&mut canvas, chains, &headings, sheet.limit());
    }
    let ((left, top), (right, bottom)) = canvas.bounds();
    if !chains.is_empty() && PathCount::from(chains.len() as u128) != ensemble.paths {
        let all = numbers::of_paths(&ensemble.paths);
        let note = match chains.len() {
            1 => format!("the strongest of {all}"),
            shown => format!("the {shown} strongest of {all}, ordered by length"),
        };
        canvas.text(note, (left, bottom + 14.0), start);
    }
    let total = format!("total strength {}", numbers::magnitude(ensemble.total_strength));
    let title = captions::title(circuit, ensemble.readout, &total);
    let width = (right - left).max(sheet.width()).min(sheet.limit());
    canvas.lines_above(&title, (left, top - 16.0), width, Text::new(TITLE, INK).bold());
    canvas
}
