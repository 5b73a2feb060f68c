//! What removing paths of some lengths costs (paper, Figs. 6g-i, 24 and 25).

use super::FigureError;
use super::ablation_panels::{HEIGHT, Panel, WIDEST, panels};
use super::axis::Marks;
use super::canvas::{Anchor, Canvas, Text};
use super::style::{
    GRID, INK, LABEL, MOST_PARTS, MUTED, SMALL, TITLE, readout_colour, shortened, text_width,
};
use crate::circuit::Readout;
use crate::statistics::Mean;
use plotters::style::RGBColor;
use std::collections::BTreeSet;

/// Between panels.
const GAP: f64 = 26.0;

/// The scores of ablated models and of those that they were made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AblationScores {
    /// What is above the figure; nothing where it is empty.
    pub title: String,
    /// What the scores are, such as `CC_norm²`.
    pub score_name: String,
    /// The readout mode, which gives the points their colour.
    pub readout: Option<Readout>,
    /// Of full multi-path models, without anything removed.
    pub full: Vec<f64>,
    /// Of the original recurrent models.
    pub original: Vec<f64>,
    /// Of ablated models.
    pub ablations: Vec<AblationPoint>,
}

/// The models without the paths of some lengths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AblationPoint {
    /// These lengths.
    pub lengths_removed: BTreeSet<usize>,
    /// One score for each model, such as one for each seed.
    pub scores: Vec<f64>,
}

/// Draws scores of ablated models as SVG, after Figs. 6g-i of the paper.
///
/// Up to four panels share the vertical axis: models without one length, without two adjacent ones and
/// without three, by the first of them, and whatever else was removed. Points are means over models with their standard
/// error, joined by a line where they form a series. Across all panels run a dashed line, the mean of the
/// full multi-path models, and a dotted one, that of the original models. The lowest of the points
/// without three lengths is circled. The number of models a point, n, is in the title of each panel.
///
/// Scores that are not finite do not count. A point without scores keeps its place on the axis.
///
/// # Errors
///
/// [`FigureError::TooLarge`] where there are too many points to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope::figures::{AblationPoint, AblationScores, ablation_scores};
///
/// let point = |lengths: &[usize], scores: &[f64]| AblationPoint {
///     lengths_removed: lengths.iter().copied().collect(),
///     scores: scores.to_vec(),
/// };
/// let svg = ablation_scores(&AblationScores {
///     score_name: "CC_norm²".to_owned(),
///     full: vec![0.52, 0.54],
///     original: vec![0.53, 0.55],
///     ablations: vec![
///         point(&[1], &[0.50, 0.51]),
///         point(&[2], &[0.51, 0.53]),
///         point(&[1, 2, 3], &[0.41, 0.44]),
///         point(&[2, 3, 4], &[0.48, 0.49]),
///     ],
///     ..AblationScores::default()
/// })?;
/// assert!(svg.contains("1 length removed, n = 2") && svg.contains("3 lengths removed, n = 2"));
/// assert!(svg.contains("2-4"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ablation_scores(scores: &AblationScores) -> Result<String, FigureError> {
    if scores.ablations.len() > MOST_PARTS {
        let advice = "draw fewer ablations at once";
        return Err(FigureError::TooLarge { parts: scores.ablations.len(), limit: MOST_PARTS, advice });
    }
    let panels = panels(&scores.ablations);
    let baselines = [
        Baseline { name: "full multi-path model", mean: Mean::of(&scores.full), dotted: false },
        Baseline { name: "original recurrent model", mean: Mean::of(&scores.original), dotted: true },
    ];
    let means = panels.iter().flat_map(|panel| panel.points.iter().filter_map(|point| point.mean));
    let marks = Marks::with_room(
        means.chain(baselines.iter().filter_map(|baseline| baseline.mean)).flat_map(|mean| mean.ends()),
    );
    let y_of = |score: f64| -marks.share(score) * HEIGHT;

    let mut canvas = Canvas::default();
    let text = Text::new(LABEL, INK);
    for value in marks.values() {
        canvas.text(marks.label(value), (-8.0, y_of(value)), text.anchored(Anchor::End));
    }
    let axis = canvas.bounds().0.0 - 12.0;
    canvas.text(shortened(&scores.score_name, LABEL, HEIGHT), (axis, -HEIGHT / 2.0), text.upward());
    let widths: Vec<f64> = panels.iter().map(Panel::width).collect();
    let mut right = 0.0;
    for &width in if widths.is_empty() { &[WIDEST][..] } else { &widths } {
        let left = right;
        right += width;
        for value in marks.values() {
            canvas.line(&[(left, y_of(value)), (right, y_of(value))], GRID, 0.8);
            canvas.line(&[(left - 4.0, y_of(value)), (left, y_of(value))], INK, 1.0);
        }
        for baseline in &baselines {
            if let Some(mean) = baseline.mean {
                baseline.line(&mut canvas, left, right, y_of(mean.mean));
            }
        }
        canvas.line(&[(left, -HEIGHT), (left, 0.0), (right, 0.0)], INK, 1.0);
        right += GAP;
    }
    let mut left = 0.0;
    for (panel, width) in panels.iter().zip(widths) {
        panel.draw(&mut canvas, left, width, scores.readout.map_or(PLAIN, readout_colour), y_of);
        left += width + GAP;
    }
    if panels.is_empty() {
        canvas.text("no ablation to show", (WIDEST / 2.0, -HEIGHT * 0.45), Text::new(LABEL, MUTED));
    }
    let below = canvas.bounds().1.1 + 10.0;
    canvas.text("lengths of the removed paths", ((right - GAP) / 2.0, below), text);
    legend(&mut canvas, &baselines, below + 20.0);
    if !scores.title.is_empty() {
        let ((start, top), (end, _)) = canvas.bounds();
        let title = shortened(&scores.title, TITLE, (end - start) / 1.1);
        canvas.text(title, (start, top - 14.0), Text::new(TITLE, INK).anchored(Anchor::Start).bold());
    }
    canvas.into_svg()
}

/// The colour of points whose readout mode is not said.
const PLAIN: RGBColor = RGBColor(0x4c, 0x78, 0xa8);

/// What ablated models are held against.
struct Baseline {
    name: &'static str,
    mean: Option<Mean>,
    dotted: bool,
}

impl Baseline {
    fn line(&self, canvas: &mut Canvas, left: f64, right: f64, y: f64) {
        if self.dotted {
            canvas.dots((left, y), (right, y), MUTED, 1.5);
        } else {
            canvas.dashes((left, y), (right, y), INK, 1.3);
        }
    }
}

fn legend(canvas: &mut Canvas, baselines: &[Baseline], y: f64) {
    let mut x = 0.0;
    for baseline in baselines {
        let Some(mean) = baseline.mean else { continue };
        baseline.line(canvas, x, x + 25.0, y);
        let of = if mean.n > 1 { format!(", mean of {}", mean.n) } else { String::new() };
        let name = format!("{}{of}", baseline.name);
        canvas.text(name.as_str(), (x + 31.0, y), Text::new(SMALL, INK).anchored(Anchor::Start));
        x += 31.0 + text_width(&name, SMALL) + 18.0;
    }
}
