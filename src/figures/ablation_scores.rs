//! The scores of models without the paths of some lengths (paper, Figs. 6g-i, 24 and 25).

use super::ablation_inset::EnsembleInset;
use super::ablation_panels::{Panel, WIDEST, panels};
use super::axis::Marks;
use super::canvas::{Anchor, Canvas, Point, Text};
use super::legend::{self, Key};
use super::mark::Style;
use super::style::{GRID, INK, LABEL, MOST_PARTS, MUTED, TITLE, wrapped};
use super::{FigureError, Sheet};
use pathscope_core::circuit::Readout;
use pathscope_core::statistics::Mean;
use plotters::style::RGBColor;
use std::collections::BTreeSet;

/// The usual height of panels.
pub(super) const HEIGHT: f64 = 190.0;
/// The distance between panels.
const GAP: f64 = 22.0;
/// The height below which panels make no room for an inset, since their points would overlap.
const ROOMY: f64 = 150.0;
/// The space above and below an inset.
const HEADROOM: f64 = 22.0;
/// The width of the numbers and the name of the vertical axis.
const AXIS: f64 = 58.0;

/// The scores of ablated models and of the models that they were made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AblationScores {
    /// The title above the figure, if it is not empty.
    pub title: String,
    /// The name of the scores, such as `CC_norm²`.
    pub score_name: String,
    /// The readout mode, which gives the points their colour.
    pub readout: Option<Readout>,
    /// The scores of full multi-path models.
    pub full: Vec<f64>,
    /// The scores of the original recurrent models.
    pub original: Vec<f64>,
    /// The scores of ablated models.
    pub ablations: Vec<AblationPoint>,
}

/// The scores of models without the paths of some lengths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AblationPoint {
    /// The removed lengths.
    pub lengths_removed: BTreeSet<usize>,
    /// The scores of the models, such as one for each seed.
    pub scores: Vec<f64>,
}

/// Draws scores of ablated models as SVG, after Figs. 6g-i of the paper.
///
/// Up to four panels share the vertical axis: models without one length, without two and without three
/// adjacent lengths, and other removals. Points are means over models with their standard errors, joined by a
/// line if they form a series. A dashed line across all panels is the mean of the full multi-path models, a
/// dotted line that of the original models. The lowest point without three lengths is circled. The title of
/// each panel gives n, the number of models per point.
///
/// Scores that are not finite are ignored. A point without scores keeps its place on the axis.
///
/// # Arguments
///
/// * `scores` - the scores
/// * `sheet` - the sheet that the figure is drawn for; panels that do not fit side by side are in several
///   rows
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many points to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope::figures::{AblationPoint, AblationScores, Sheet, ablation_scores};
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
/// }, Sheet::default())?;
/// assert!(svg.contains("1 length removed,") && svg.contains("3 lengths removed,"));
/// assert!(svg.contains("2-4"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ablation_scores(scores: &AblationScores, sheet: Sheet) -> Result<String, FigureError> {
    let page = sheet.width() - AXIS;
    let plot = AblationPlot::new(scores, None, None, (page, HEIGHT))?;
    let mut canvas = Canvas::default();
    let below = plot.draw(&mut canvas);
    let ((start, top), (end, _)) = canvas.bounds();
    legend::draw(&mut canvas, &plot.keys(), (start, below + 20.0), end - start);
    if !scores.title.is_empty() {
        canvas.lines_above(&scores.title, (start, top - 14.0), end - start, Text::new(TITLE, INK).bold());
    }
    canvas.into_svg(sheet)
}

/// A plot of the scores of ablated models.
pub(super) struct AblationPlot<'a> {
    scores: &'a AblationScores,
    panels: Vec<Panel>,
    baselines: [Baseline; 2],
    marks: Marks,
    inset: Option<EnsembleInset>,
    only: Option<usize>,
    /// The total width inside the axes of the panels in a row, and their height.
    size: Point,
}

impl<'a> AblationPlot<'a> {
    /// Returns a plot of scores.
    ///
    /// # Arguments
    ///
    /// * `inset` - the ensemble of the models, shown in each panel without the lengths that its lowest point
    ///   lacks
    /// * `only` - the number of removed lengths in the only panel to draw, whose axis still covers all panels
    /// * `size` - the width of a row of panels, and the height of each
    pub(super) fn new(
        scores: &'a AblationScores,
        inset: Option<EnsembleInset>,
        only: Option<usize>,
        size: Point,
    ) -> Result<Self, FigureError> {
        if scores.ablations.len() > MOST_PARTS {
            let advice = "draw fewer ablations at once";
            return Err(FigureError::TooLarge { parts: scores.ablations.len(), limit: MOST_PARTS, advice });
        }
        let baselines = [
            Baseline { name: "full multi-path model", mean: Mean::of(&scores.full), dotted: false },
            Baseline { name: "original recurrent model", mean: Mean::of(&scores.original), dotted: true },
        ];
        let panels = panels(&scores.ablations, size.1);
        let means = panels.iter().flat_map(|panel| panel.points.iter().filter_map(|point| point.mean));
        let means = means.chain(baselines.iter().filter_map(|baseline| baseline.mean));
        let ends: Vec<f64> = means.flat_map(Mean::ends).collect();
        let marks = Marks::with_room(ends.iter().copied());
        let mut plot = Self { scores, panels, baselines, marks, inset, only, size };
        let full = |(panel, width): &(&Panel, f64)| {
            inset.is_some_and(|inset| plot.free_corner(panel, inset, *width).is_none())
        };
        if size.1 >= ROOMY && plot.rows().iter().flatten().any(full) {
            // Make room for the inset above the points.
            let (low, high) = ends
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &end| (low.min(end), high.max(end)));
            let share = inset.map_or(0.0, |inset| ((inset.size().1 + HEADROOM) / size.1).min(0.7));
            let above = high + (high - low) * share / (1.0 - share);
            plot.marks = Marks::with_room(ends.into_iter().chain([above]));
        }
        Ok(plot)
    }

    /// Returns the panels that are drawn.
    fn shown(&self) -> Vec<&Panel> {
        self.panels.iter().filter(|panel| self.only.is_none() || panel.removed == self.only).collect()
    }

    /// Returns whether there is anything to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.shown().is_empty()
    }

    /// Returns the panels in rows, with widths that fill the rows.
    fn rows(&self) -> Vec<Vec<(&Panel, f64)>> {
        let mut rows: Vec<Vec<(&Panel, f64)>> = Vec::new();
        let mut right = f64::INFINITY;
        for panel in self.shown() {
            let width = panel.narrowest().min(self.size.0);
            if right + GAP + width > self.size.0 {
                rows.push(Vec::new());
                right = -GAP;
            }
            if let Some(row) = rows.last_mut() {
                row.push((panel, width));
            }
            right += GAP + width;
        }
        for row in &mut rows {
            let gaps = (row.len() - 1) as f64 * GAP;
            let wanted: f64 = row.iter().map(|(panel, _)| panel.width()).sum();
            let least: f64 = row.iter().map(|(_, width)| width).sum();
            // Fill the page, but make no panel much wider than it prefers.
            let more = (self.size.0 - gaps).min(wanted * 1.7).max(least) - least;
            for (panel, width) in row {
                *width += more * panel.width() / wanted;
            }
        }
        rows
    }

    /// Draws the panels side by side from 0 to the right. A single row has its axes at 0.
    ///
    /// # Returns
    ///
    /// The y coordinate of the name of the horizontal axis.
    pub(super) fn draw(&self, canvas: &mut Canvas) -> f64 {
        let rows = self.rows();
        let mut below = 0.0;
        if rows.is_empty() {
            let empty = self.draw_row(&[]);
            canvas.insert(empty, (0.0, 0.0));
            let text = Text::new(LABEL, MUTED);
            canvas.text("no ablation to show", (WIDEST / 2.0, -self.size.1 * 0.45), text);
        }
        for (index, row) in rows.iter().enumerate() {
            let drawn = self.draw_row(row);
            let down = if index == 0 { 0.0 } else { canvas.bounds().1.1 + 12.0 - drawn.bounds().0.1 };
            canvas.insert(drawn, (0.0, down));
            below = canvas.bounds().1.1 + 10.0;
        }
        let right =
            rows.first().map_or(WIDEST, |row| row.iter().map(|(_, width)| width + GAP).sum::<f64>() - GAP);
        for line in wrapped("lengths of the removed paths", LABEL, right.max(96.0)) {
            canvas.text(line, (right / 2.0, below), Text::new(LABEL, INK));
            below += LABEL * 1.2;
        }
        below - LABEL * 1.2
    }

    fn draw_row(&self, row: &[(&Panel, f64)]) -> Canvas {
        let mut canvas = Canvas::default();
        let y_of = |score: f64| self.y_of(score);
        let text = Text::new(LABEL, INK);
        // Numbers that would touch the one below are left out.
        let mut free = f64::INFINITY;
        for value in self.marks.values() {
            let y = y_of(value);
            if y <= free {
                canvas.text(self.marks.label(value), (-8.0, y), text.anchored(Anchor::End));
                free = y - LABEL * 1.15;
            }
        }
        let mut axis = canvas.bounds().0.0 - 10.0;
        for line in wrapped(&self.scores.score_name, LABEL, self.size.1).into_iter().rev() {
            canvas.text(line, (axis, -self.size.1 / 2.0), text.upward());
            axis -= LABEL * 1.2;
        }
        let widths: Vec<f64> = row.iter().map(|(_, width)| *width).collect();
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
                    baseline.line(&mut canvas, left, right, y_of(mean.mean));
                }
            }
            canvas.line(&[(left, -self.size.1), (left, 0.0), (right, 0.0)], INK, 1.0);
            right += GAP;
        }
        let style = self.scores.readout.map_or(Style::plain(PLAIN), Style::of);
        let mut left = 0.0;
        for (panel, width) in row {
            panel.draw(&mut canvas, left, *width, style, y_of);
            if let Some((inset, corner)) = self.placed_inset(panel, *width) {
                panel.draw_example(&mut canvas, inset, corner, (left, *width), style);
            }
            left += width + GAP;
        }
        canvas
    }

    fn placed_inset(&self, panel: &Panel, width: f64) -> Option<(EnsembleInset, Point)> {
        self.inset.and_then(|inset| Some((inset, self.free_corner(panel, inset, width)?)))
    }

    /// Returns the legend of the marks.
    pub(super) fn keys(&self) -> Vec<Key> {
        let rows = self.rows();
        let panels = || rows.iter().flatten();
        let baselines = self.baselines.iter().filter_map(Baseline::key);
        let bars = panels().any(|(panel, _)| panel.has_error_bars()).then(Key::error_bars);
        let ring = panels().any(|(panel, _)| panel.worst().is_some());
        let ring = ring.then(|| Key::ring("lowest without three lengths"));
        let inset = panels().any(|(panel, width)| self.placed_inset(panel, *width).is_some());
        let inset = inset.then(|| Key::framed("lowest: its paths in the inset, the removed ones grey"));
        baselines.chain(bars).chain(ring).chain(inset).collect()
    }

    fn y_of(&self, score: f64) -> f64 {
        -self.marks.share(score) * self.size.1
    }

    fn free_corner(&self, panel: &Panel, inset: EnsembleInset, width: f64) -> Option<Point> {
        let means = self.baselines.iter().filter_map(|baseline| baseline.mean);
        let heights: Vec<f64> = means.map(|mean| self.y_of(mean.mean)).collect();
        panel.free_corner(inset.size(), width, &heights, |score| self.y_of(score))
    }
}

/// The colour of points whose readout mode is unknown.
const PLAIN: RGBColor = RGBColor(0x4c, 0x78, 0xa8);

/// Scores that ablated models are compared with.
struct Baseline {
    name: &'static str,
    mean: Option<Mean>,
    dotted: bool,
}

impl Baseline {
    fn key(&self) -> Option<Key> {
        let mean = self.mean?;
        let of = if mean.n > 1 { format!(", mean of {}", mean.n) } else { String::new() };
        let name = format!("{}{of}", self.name);
        Some(if self.dotted { Key::dots(name) } else { Key::dashes(name) })
    }

    fn line(&self, canvas: &mut Canvas, left: f64, right: f64, y: f64) {
        if self.dotted {
            canvas.dots((left, y), (right, y), MUTED, 1.5);
        } else {
            canvas.dashes((left, y), (right, y), INK, 1.3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_makes_room_for_insets() {
        // Points alternate up and down so that no corner is free.
        let score = |index: usize| if index.is_multiple_of(2) { 0.4 } else { 0.5 };
        let point =
            |index: usize| AblationPoint { lengths_removed: [index + 1].into(), scores: vec![score(index)] };
        let scores = AblationScores { ablations: (0..7).map(point).collect(), ..AblationScores::default() };
        let inset = EnsembleInset::new(1, 7).unwrap();
        let plain = AblationPlot::new(&scores, None, None, (200.0, HEIGHT)).unwrap();
        let with_inset = AblationPlot::new(&scores, Some(inset), None, (200.0, HEIGHT)).unwrap();
        let panel = &plain.panels[0];
        assert_eq!(plain.free_corner(panel, inset, 200.0), None);
        assert!(with_inset.free_corner(panel, inset, 200.0).is_some());
        assert!(with_inset.y_of(0.5) > plain.y_of(0.5));
    }
}
