//! What removing paths of some lengths costs (paper, Figs. 6g-i, 24 and 25).

use super::FigureError;
use super::ablation_inset::EnsembleInset;
use super::ablation_panels::{HEIGHT, Panel, WIDEST, panels};
use super::axis::Marks;
use super::canvas::{Anchor, Canvas, Point, Text};
use super::style::{
    GRID, INK, LABEL, MOST_PARTS, MUTED, SMALL, TITLE, readout_colour, shortened, text_width,
};
use crate::circuit::Readout;
use crate::statistics::Mean;
use plotters::style::RGBColor;
use std::collections::BTreeSet;

/// Between panels.
const GAP: f64 = 26.0;
/// What an inset needs above and below it.
const HEADROOM: f64 = 22.0;

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
    let plot = AblationPlot::new(scores, None)?;
    let mut canvas = Canvas::default();
    plot.draw(&mut canvas, None);
    let text = Text::new(LABEL, INK);
    let below = canvas.bounds().1.1 + 20.0;
    legend(&mut canvas, &plot.baselines, below);
    if !scores.title.is_empty() {
        let ((start, top), (end, _)) = canvas.bounds();
        let title = shortened(&scores.title, TITLE, (end - start) / 1.1);
        let text = Text { size: TITLE, ..text };
        canvas.text(title, (start, top - 14.0), text.anchored(Anchor::Start).bold());
    }
    canvas.into_svg()
}

/// Scores of ablated models as they are drawn.
pub(super) struct AblationPlot<'a> {
    scores: &'a AblationScores,
    pub panels: Vec<Panel>,
    baselines: [Baseline; 2],
    marks: Marks,
    inset: Option<EnsembleInset>,
}

impl<'a> AblationPlot<'a> {
    /// # Arguments
    ///
    /// * `inset` - the ensemble of the models, to show in each panel that of the lowest point
    pub fn new(scores: &'a AblationScores, inset: Option<EnsembleInset>) -> Result<Self, FigureError> {
        if scores.ablations.len() > MOST_PARTS {
            let advice = "draw fewer ablations at once";
            return Err(FigureError::TooLarge { parts: scores.ablations.len(), limit: MOST_PARTS, advice });
        }
        let baselines = [
            Baseline { name: "full multi-path model", mean: Mean::of(&scores.full), dotted: false },
            Baseline { name: "original recurrent model", mean: Mean::of(&scores.original), dotted: true },
        ];
        let panels = panels(&scores.ablations);
        let means = panels.iter().flat_map(|panel| panel.points.iter().filter_map(|point| point.mean));
        let means = means.chain(baselines.iter().filter_map(|baseline| baseline.mean));
        let ends: Vec<f64> = means.flat_map(Mean::ends).collect();
        let marks = Marks::with_room(ends.iter().copied());
        let mut plot = Self { scores, panels, baselines, marks, inset };
        let full = |panel: &Panel| {
            inset.is_some_and(|inset| plot.free_corner(panel, inset, panel.width()).is_none())
        };
        if plot.panels.iter().any(full) {
            // Room for it above all that there is.
            let (low, high) = ends.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &end| {
                (low.min(end), high.max(end))
            });
            let share = inset.map_or(0.0, |inset| (inset.size().1 + HEADROOM) / HEIGHT);
            let above = high + (high - low) * share / (1.0 - share);
            plot.marks = Marks::with_room(ends.into_iter().chain([above]));
        }
        Ok(plot)
    }

    /// Draws the panels side by side, from 0 to the right.
    ///
    /// # Arguments
    ///
    /// * `only` - how many lengths are removed in the one panel that is drawn; the axis is that of all
    pub fn draw(&self, canvas: &mut Canvas, only: Option<usize>) {
        let y_of = |score: f64| self.y_of(score);
        let panels: Vec<&Panel> =
            self.panels.iter().filter(|panel| only.is_none() || panel.removed == only).collect();
        let text = Text::new(LABEL, INK);
        for value in self.marks.values() {
            canvas.text(self.marks.label(value), (-8.0, y_of(value)), text.anchored(Anchor::End));
        }
        let axis = canvas.bounds().0.0 - 12.0;
        let name = shortened(&self.scores.score_name, LABEL, HEIGHT);
        canvas.text(name, (axis, -HEIGHT / 2.0), text.upward());
        let widths: Vec<f64> = panels.iter().map(|panel| panel.width()).collect();
        let mut right = 0.0;
        for &width in if widths.is_empty() { &[WIDEST][..] } else { &widths } {
            let left = right;
            right += width;
            for value in self.marks.values() {
                canvas.line(&[(left, y_of(value)), (right, y_of(value))], GRID, 0.8);
                canvas.line(&[(left - 4.0, y_of(value)), (left, y_of(value))], INK, 1.0);
            }
            for baseline in &self.baselines {
                if let Some(mean) = baseline.mean {
                    baseline.line(canvas, left, right, y_of(mean.mean));
                }
            }
            canvas.line(&[(left, -HEIGHT), (left, 0.0), (right, 0.0)], INK, 1.0);
            right += GAP;
        }
        let colour = self.scores.readout.map_or(PLAIN, readout_colour);
        let mut left = 0.0;
        for (panel, width) in panels.iter().zip(widths) {
            panel.draw(canvas, left, width, colour, y_of);
            let corner = self.inset.and_then(|inset| Some((inset, self.free_corner(panel, inset, width)?)));
            if let Some((inset, corner)) = corner {
                panel.draw_example(canvas, inset, corner, (left, width), colour);
            }
            left += width + GAP;
        }
        if panels.is_empty() {
            canvas.text("no ablation to show", (WIDEST / 2.0, -HEIGHT * 0.45), Text::new(LABEL, MUTED));
        }
        let below = canvas.bounds().1.1 + 10.0;
        canvas.text("lengths of the removed paths", ((right - GAP) / 2.0, below), text);
    }

    fn y_of(&self, score: f64) -> f64 {
        -self.marks.share(score) * HEIGHT
    }

    fn free_corner(&self, panel: &Panel, inset: EnsembleInset, width: f64) -> Option<Point> {
        let means = self.baselines.iter().filter_map(|baseline| baseline.mean);
        let heights: Vec<f64> = means.map(|mean| self.y_of(mean.mean)).collect();
        panel.free_corner(inset.size(), width, &heights, |score| self.y_of(score))
    }
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
