//! The ensemble as chains with their strengths (paper, Fig. 5b).

use super::canvas::{Anchor, Canvas, Text};
use super::chains::{Chain, Headings, draw_chains};
use super::drawn_model::DrawnModel;
use super::style::{INK, LABEL, MOST_PARTS, MUTED, TITLE};
use super::{FigureError, Sheet, numbers};
use pathscope_core::paths::PathCount;
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::paths::strongest::StrongPath;

/// Options for the figure of an ensemble.
#[derive(Clone, Debug, PartialEq)]
pub struct EnsembleOptions {
    /// The largest number of paths shown. The strongest are shown, and fewer if they would be higher than a
    /// page.
    pub paths: usize,
    /// The sheet that the figure is drawn for.
    pub sheet: Sheet,
}

impl Default for EnsembleOptions {
    fn default() -> Self {
        Self { paths: 10, sheet: Sheet::default() }
    }
}

/// Draws the strongest paths of an ensemble as SVG, after Fig. 5b of the paper.
///
/// Each path is a chain of its components with their strengths. After it are the weight of its end, the
/// strength s̃ of the path (the product of all these) and its share s of the total strength. Chains are
/// sorted by length, and chains of equal length from the strongest downward.
///
/// # Arguments
///
/// * `model` - the model
/// * `ensemble` - its ensemble under one readout mode, or of one output
/// * `options` - see [`EnsembleOptions`]
///
/// # Errors
///
/// [`FigureError::TooLarge`] if the chains have too many components to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::{Circuit, Readout};
/// use pathscope_core::paths::ensemble::Ensemble;
/// use pathscope::figures::{self, DrawnModel, EnsembleOptions};
/// use pathscope_core::paths::strength::Strengths;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let circuit = Circuit::of_recurrent_blocks(2, 7);
/// let unrolled = UnrolledCircuit::new(&circuit)?;
/// let strengths = Strengths::new(unrolled.components(), |_| 0.5);
/// let ensembles = Ensemble::of_readouts(&unrolled, &strengths, &[Readout::NoAvg]);
/// let options = EnsembleOptions { paths: 5, ..Default::default() };
/// let model = DrawnModel::of_circuit(&circuit, &unrolled, &strengths);
/// let svg = figures::ensemble(&model, &ensembles[0], &options)?;
/// assert!(svg.contains("the 5 strongest of 28 paths, ordered by length"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ensemble(
    model: &DrawnModel<'_>,
    ensemble: &Ensemble,
    options: &EnsembleOptions,
) -> Result<String, FigureError> {
    draw(model, ensemble, options)?.into_svg(options.sheet)
}

pub(super) fn draw(
    model: &DrawnModel<'_>,
    ensemble: &Ensemble,
    options: &EnsembleOptions,
) -> Result<Canvas, FigureError> {
    let reading = model.reading(ensemble);
    let mut parts = 0;
    let mut strongest_first: Vec<(usize, StrongPath)> = Vec::new();
    for found in reading.strongest().take(options.paths) {
        parts += found.path.nodes.len();
        if parts > MOST_PARTS {
            return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice: "show fewer paths" });
        }
        strongest_first.push((reading.length(&found.path), found));
    }
    let link = |paths: &[(usize, StrongPath)]| {
        let mut paths: Vec<&(usize, StrongPath)> = paths.iter().collect();
        paths.sort_by(|(length, a), (other, b)| length.cmp(other).then(b.strength.cmp(&a.strength)));
        let chain = |(length, StrongPath { path, strength }): &(usize, StrongPath)| Chain {
            label: length.to_string(),
            links: model.links(path, true),
            weight: reading.weights()[path.end],
            width: Some(1.2),
            results: vec![
                numbers::magnitude(*strength),
                numbers::three_digits(strength.ratio(ensemble.total_strength)),
            ],
        };
        paths.into_iter().map(chain).collect::<Vec<Chain>>()
    };
    loop {
        let canvas = draw_strongest(model, ensemble, &link(&strongest_first), options.sheet);
        let ((_, top), (_, bottom)) = canvas.bounds();
        if bottom - top <= options.sheet.limit_of_height() || strongest_first.len() < 2 {
            return Ok(canvas);
        }
        strongest_first.pop();
    }
}

/// Draws chains in the given order.
fn draw_strongest(model: &DrawnModel<'_>, ensemble: &Ensemble, chains: &[Chain], sheet: Sheet) -> Canvas {
    let mut canvas = Canvas::default();
    let start = Text::new(LABEL, MUTED).anchored(Anchor::Start);
    if chains.is_empty() {
        canvas.text("no path to show: all strengths are 0", (0.0, 0.0), start);
    } else {
        let end = model.end(ensemble);
        let results = ["strength s\u{303}", "share s"];
        let headings = Headings { label: "length", results: &results, source: model.source(), end: &end };
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
    let title = model.title(ensemble, &total);
    let width = (right - left).max(sheet.width()).min(sheet.limit());
    canvas.lines_above(&title, (left, top - 16.0), width, Text::new(TITLE, INK).bold());
    canvas
}
