//! Path length distributions of several models side by side (paper, Figs. 6e and 6f).

use super::axis::Marks;
use super::canvas::{Anchor, Canvas, Point, Text};
use super::distribution::label_step;
use super::style::{GRID, INK, LABEL, MOST_PARTS, MUTED, SMALL, TITLE, readout_colour, shortened};
use super::{FigureError, numbers};
use crate::circuit::Readout;
use crate::comparison::ComparedModel;
use plotters::style::RGBColor;

/// Panels in a row.
const COLUMNS: usize = 4;
/// Most panels that a figure has: beyond that nobody finds the one that matters.
const MOST_PANELS: usize = 60;
/// Of what is inside the axes of a panel.
const WIDTH: f64 = 150.0;
pub(super) const HEIGHT: f64 = 90.0;
/// Between the panels of a row.
pub(super) const GAP: f64 = 24.0;
/// From the axis of a panel to the bottom of the titles below it.
const BELOW: f64 = 42.0;
/// The height of a line of a panel's title.
const LINE: f64 = 15.0;

/// Draws the path length distributions of several models as SVG, after Figs. 6e and 6f of the paper.
///
/// Every model has a panel with the same axes, in the colour that the paper gives its readout mode; a
/// dashed line marks the average path length. Above a panel are the model's name and, as in the
/// paper, its readout mode, number of iterations and average path length.
///
/// # Errors
///
/// [`FigureError::TooLarge`] for more than 60 models, or too many lengths to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope::analysis::AnalysisOptions;
/// use pathscope::comparison::ComparedModel;
/// use pathscope::figures::distributions;
/// use std::path::Path;
///
/// let file = Path::new("fixtures/nets/readouts.safetensors");
/// // It names no readout mode, so there is one ensemble for each.
/// let models = ComparedModel::open("readouts", file, &AnalysisOptions::default())?.models;
/// let svg = distributions(&models)?;
/// assert!(svg.contains("no-avg, T = 2, 1.33") && svg.contains("2-avg, T = 2, 1.17"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn distributions(models: &[ComparedModel]) -> Result<String, FigureError> {
    let bars = models.iter().map(|model| model.lengths.len()).sum();
    for (parts, limit, advice) in [
        (models.len(), MOST_PANELS, "compare fewer models at once"),
        (bars, MOST_PARTS, "unroll over fewer iterations"),
    ] {
        if parts > limit {
            return Err(FigureError::TooLarge { parts, limit, advice });
        }
    }
    let panels: Vec<DistributionPanel> = models.iter().map(DistributionPanel::of_model).collect();
    let axes = Axes::of(&panels, WIDTH);

    let mut canvas = Canvas::default();
    let mut y = 0.0;
    for row in panels.chunks(COLUMNS) {
        let lines = row.iter().map(|panel| panel.lines.len()).max().unwrap_or(0);
        y += lines as f64 * LINE + HEIGHT;
        for (column, panel) in row.iter().enumerate() {
            panel.draw(&mut canvas, &axes, (column as f64 * (WIDTH + GAP), y), column == 0);
        }
        y += BELOW;
    }
    let ((left, top), (_, bottom)) = canvas.bounds();
    if models.is_empty() {
        canvas.text("no model to show", (0.0, 0.0), Text::new(LABEL, MUTED).anchored(Anchor::Start));
    } else {
        let middle = (models.len().min(COLUMNS) as f64 * (WIDTH + GAP) - GAP) / 2.0;
        canvas.text("path length", (middle, bottom + 10.0), Text::new(LABEL, INK));
        canvas.text("probability", (left - 12.0, (top + bottom) / 2.0), Text::new(LABEL, INK).upward());
    }
    let start = canvas.bounds().0.0;
    let caption = "each with readout mode, iterations T and average path length";
    canvas.text(caption, (start, top - 14.0), Text::new(SMALL, MUTED).anchored(Anchor::Start));
    let title = Text::new(TITLE, INK).anchored(Anchor::Start).bold();
    canvas.text("Path length distributions", (start, top - 32.0), title);
    canvas.into_svg()
}

/// The axes that all panels have.
pub(super) struct Axes {
    first: usize,
    last: usize,
    probability: Marks,
    /// Of what is inside the axes.
    width: f64,
}

impl Axes {
    pub(super) fn of(panels: &[DistributionPanel], width: f64) -> Self {
        let bars = || panels.iter().flat_map(|panel| &panel.bars);
        let tallest = bars().map(|&(_, probability)| probability).fold(0.0, f64::max);
        Self {
            first: bars().map(|&(length, _)| length).min().unwrap_or(0),
            last: bars().map(|&(length, _)| length).max().unwrap_or(0),
            probability: Marks::covering([0.0, if tallest > 0.0 { tallest } else { 1.0 }]),
            width,
        }
    }

    /// The width that a length has.
    fn slot(&self) -> f64 {
        self.width / (self.last - self.first + 1) as f64
    }

    fn x_of(&self, length: f64) -> f64 {
        (length - self.first as f64 + 0.5) * self.slot()
    }

    fn y_of(&self, probability: f64) -> f64 {
        -self.probability.share(probability) * HEIGHT
    }
}

/// One distribution.
pub(super) struct DistributionPanel {
    /// What is above it, from the bottom upward.
    pub lines: Vec<(String, RGBColor)>,
    /// The readout mode, which gives the bars their colour.
    pub readout: Readout,
    /// The probability of each length.
    pub bars: Vec<(usize, f64)>,
    /// The average path length; `None` where all strengths are 0.
    pub average: Option<f64>,
}

impl DistributionPanel {
    fn of_model(model: &ComparedModel) -> Self {
        let average = model.average_path_length;
        let kind = model.circuit.multi_path.then(|| match model.kind() {
            all if model.circuit.lengths_removed.is_empty() => all,
            removed => format!("multi-path, {removed}"),
        });
        let summary = summary(model.readout, model.circuit.iterations, average);
        // The kind of a model has a line of its own, where there is one to be named.
        let lines = [(kind, MUTED), (Some(summary), INK), (Some(model.name.clone()), INK)];
        Self {
            lines: lines.into_iter().filter_map(|(line, colour)| Some((line?, colour))).collect(),
            readout: model.readout,
            bars: model
                .lengths
                .iter()
                .map(|share| (share.length, share.probability.unwrap_or(0.0)))
                .collect(),
            average,
        }
    }

    /// Draws it with its axes meeting at `origin`.
    pub(super) fn draw(&self, canvas: &mut Canvas, axes: &Axes, origin: Point, with_labels: bool) {
        let at = |(x, y): Point| (origin.0 + x, origin.1 + y);
        let (text, width) = (Text::new(SMALL, INK), axes.width);
        for value in axes.probability.values() {
            let y = axes.y_of(value);
            if value > 0.0 {
                canvas.line(&[at((0.0, y)), at((width, y))], GRID, 0.8);
            }
            canvas.line(&[at((-3.0, y)), at((0.0, y))], INK, 1.0);
            if with_labels {
                canvas.text(axes.probability.label(value), at((-6.0, y)), text.anchored(Anchor::End));
            }
        }
        let colour = readout_colour(self.readout);
        let bar = (axes.slot() * 0.8).min(30.0) / 2.0;
        for &(length, probability) in &self.bars {
            let (x, y) = (axes.x_of(length as f64), axes.y_of(probability));
            if y < 0.0 {
                canvas.rectangle(at((x - bar, y)), at((x + bar, 0.0)), colour, colour, 0.0);
            }
        }
        canvas.line(&[at((0.0, -HEIGHT)), at((0.0, 0.0)), at((width, 0.0))], INK, 1.0);
        let every = label_step(axes.last, axes.slot());
        for length in (axes.first..=axes.last).filter(|length| every == 1 || length % every == 0) {
            let x = axes.x_of(length as f64);
            canvas.line(&[at((x, 0.0)), at((x, 3.0))], INK, 1.0);
            canvas.text(length.to_string(), at((x, 11.0)), text);
        }
        match self.average {
            Some(average) => {
                let x = axes.x_of(average);
                canvas.dashes(at((x, -HEIGHT)), at((x, 0.0)), INK, 1.2);
            }
            None => {
                let note = Text::new(SMALL, MUTED);
                canvas.text("all strengths are 0", at((width / 2.0, -HEIGHT / 2.0)), note);
            }
        }
        let mut y = -HEIGHT - 10.0;
        for (line, colour) in &self.lines {
            let line = shortened(line, SMALL, width + GAP - 8.0);
            canvas.text(line, at((0.0, y)), Text::new(SMALL, *colour).anchored(Anchor::Start));
            y -= LINE;
        }
    }
}

/// What the paper writes above a distribution: readout mode, number of iterations and average path length.
pub(super) fn summary(readout: Readout, iterations: usize, average: Option<f64>) -> String {
    let average = average.map_or_else(|| "none".to_owned(), numbers::three_digits);
    format!("{readout}, T = {iterations}, {average}")
}
