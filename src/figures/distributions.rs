//! Path length distributions of several models side by side (paper, Figs. 6e and 6f).

use super::axis::Marks;
use super::canvas::{Anchor, Canvas, Point, Text};
use super::distribution::label_step;
use super::legend::{self, Key};
use super::mark::{RADIUS, Style};
use super::style::{GRID, INK, LABEL, MOST_PARTS, MUTED, SMALL, TITLE, wrapped};
use super::{FigureError, Sheet, numbers};
use pathscope_core::analysis::comparison::ComparedModel;
use pathscope_core::circuit::Readout;
use plotters::style::RGBColor;

/// The most panels in a figure. With more, nobody would find the one that matters.
const MOST_PANELS: usize = 60;
/// The smallest and the largest width inside a panel.
const NARROWEST: f64 = 104.0;
const WIDEST: f64 = 200.0;
pub(super) const HEIGHT: f64 = 90.0;
/// The distance between the panels of a row.
const GAP: f64 = 24.0;
/// The distance from the axis of a panel to the bottom of the titles below it.
const BELOW: f64 = 28.0;
/// The height of a line of a panel's title.
const LINE: f64 = 13.0;
/// The width of the numbers and the name of the vertical axis.
pub(super) const AXIS: f64 = 50.0;
/// The distance from the mark of a readout mode to its name.
const TO_NAME: f64 = 11.0;

/// Draws the path length distributions of several models as SVG, after Figs. 6e and 6f of the paper.
///
/// Each model has a panel, all with the same axes. The colour is that of the readout mode in the paper, and a
/// dashed line marks the average path length. Above a panel are the model's name and, as in the paper, its
/// readout mode, number of iterations and average path length. An ending that all names share, such as the
/// name of the file, is left out.
///
/// # Arguments
///
/// * `models` - the models, in the order of the panels
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are more than 60 models or too many lengths to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope_core::analysis::AnalysisOptions;
/// use pathscope_core::analysis::comparison::ComparedModel;
/// use pathscope::figures::{Sheet, distributions};
/// use std::path::Path;
///
/// let file = Path::new("fixtures/nets/readouts.safetensors");
/// // The file names no readout mode, so there is one ensemble for each.
/// let models = ComparedModel::open("readouts", file, &AnalysisOptions::default())?.models;
/// let svg = distributions(&models, Sheet::default())?;
/// assert!(svg.contains("no-avg, T = 2") && svg.contains("average 1.33"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn distributions(models: &[ComparedModel], sheet: Sheet) -> Result<String, FigureError> {
    let bars = models.iter().map(|model| model.lengths.len()).sum();
    for (parts, limit, advice) in [
        (models.len(), MOST_PANELS, "compare fewer models at once"),
        (bars, MOST_PARTS, "unroll over fewer iterations"),
    ] {
        if parts > limit {
            return Err(FigureError::TooLarge { parts, limit, advice });
        }
    }
    let names = different_names(&models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>());
    let panels: Vec<DistributionPanel> =
        models.iter().zip(names).map(|(model, name)| DistributionPanel::of_model(model, name)).collect();
    let mut canvas = Canvas::default();
    if models.is_empty() {
        canvas.text("no model to show", (0.0, 0.0), Text::new(LABEL, MUTED).anchored(Anchor::Start));
    } else {
        let mut height = 1.0;
        canvas = draw_all(&panels, sheet.width(), height);
        while canvas.bounds().1.1 - canvas.bounds().0.1 > sheet.height() - 70.0 && height > 0.45 {
            height -= 0.1;
            canvas = draw_all(&panels, sheet.width(), height);
        }
        let ((left, _), (right, bottom)) = canvas.bounds();
        legend::draw(&mut canvas, &keys(&panels), (left, bottom + 14.0), right - left);
    }
    let ((start, top), _) = canvas.bounds();
    let title = Text::new(TITLE, INK).anchored(Anchor::Start).bold();
    canvas.text("Path length distributions", (start, top - 14.0), title);
    canvas.into_svg(sheet)
}

/// Draws panels in rows, with the names of their axes and their legend.
///
/// # Arguments
///
/// * `height` - a factor on the height of panels
pub(super) fn draw_all(panels: &[DistributionPanel], page: f64, height: f64) -> Canvas {
    let most = (((page - AXIS + GAP) / (NARROWEST + GAP)) as usize).clamp(1, panels.len().max(1));
    let columns = panels.len().max(1).div_ceil(panels.len().max(1).div_ceil(most));
    let width = ((page - AXIS - 4.0 + GAP) / columns as f64 - GAP).min(WIDEST);
    let axes = Axes::of(panels, (width, HEIGHT * height));
    let mut canvas = Canvas::default();
    let rows: Vec<_> = panels.chunks(columns).collect();
    let heights = rows.iter().map(|row| {
        let lines = row.iter().map(|panel| panel.title(width).len()).max().unwrap_or(0);
        lines as f64 * LINE + HEIGHT * height + BELOW
    });
    let mut y = BELOW - heights.sum::<f64>();
    for row in rows {
        let lines = row.iter().map(|panel| panel.title(width).len()).max().unwrap_or(0);
        y += lines as f64 * LINE + HEIGHT * height;
        for (column, panel) in row.iter().enumerate() {
            panel.draw(&mut canvas, &axes, (column as f64 * (width + GAP), y), column == 0);
        }
        y += BELOW;
    }
    let ((left, top), (_, bottom)) = canvas.bounds();
    let across = columns as f64 * (width + GAP) - GAP;
    canvas.text("path length", (across / 2.0, bottom + 8.0), Text::new(LABEL, INK));
    canvas.text("probability", (left - 10.0, (top + bottom) / 2.0), Text::new(LABEL, INK).upward());
    canvas
}

/// Returns the legend of panels.
pub(super) fn keys(panels: &[DistributionPanel]) -> Vec<Key> {
    let any = panels.iter().any(|panel| panel.average.is_some());
    any.then(|| Key::dashes("average path length")).into_iter().collect()
}

/// Returns names without the last parts, separated by slashes, that all of them share.
fn different_names(names: &[&str]) -> Vec<String> {
    let parts: Vec<Vec<&str>> = names.iter().map(|name| name.split('/').collect()).collect();
    let mut shared = 0;
    let nth_last = |parts: &[&str], index: usize| parts.iter().rev().nth(index).map(ToString::to_string);
    while parts.len() > 1
        && parts
            .iter()
            .all(|name| name.len() > shared + 1 && nth_last(name, shared) == nth_last(&parts[0], shared))
    {
        shared += 1;
    }
    parts.iter().map(|name| name[..name.len() - shared].join("/")).collect()
}

/// The axes that all panels share.
struct Axes {
    first: usize,
    last: usize,
    probability: Marks,
    /// The size of the area inside the axes.
    width: f64,
    height: f64,
}

impl Axes {
    fn of(panels: &[DistributionPanel], (width, height): (f64, f64)) -> Self {
        let bars = || panels.iter().flat_map(|panel| &panel.bars);
        let tallest = bars().map(|&(_, probability)| probability).fold(0.0, f64::max);
        Self {
            first: bars().map(|&(length, _)| length).min().unwrap_or(0),
            last: bars().map(|&(length, _)| length).max().unwrap_or(0),
            probability: Marks::covering([0.0, if tallest > 0.0 { tallest } else { 1.0 }]),
            width,
            height,
        }
    }

    /// Returns the width of a length.
    fn slot(&self) -> f64 {
        self.width / (self.last - self.first + 1) as f64
    }

    fn x_of(&self, length: f64) -> f64 {
        (length - self.first as f64 + 0.5) * self.slot()
    }

    fn y_of(&self, probability: f64) -> f64 {
        -self.probability.share(probability) * self.height
    }
}

/// A panel with one distribution.
pub(super) struct DistributionPanel {
    /// The lines above the panel's summary, from top to bottom.
    pub lines: Vec<(String, RGBColor)>,
    /// The readout mode, which gives the bars their colour, if there is one.
    pub readout: Option<Readout>,
    /// The readout mode and the number of iterations, or the ends of a program's paths.
    pub setting: String,
    /// The probability of each length.
    pub bars: Vec<(usize, f64)>,
    /// The average path length; `None` if all strengths are 0.
    pub average: Option<f64>,
}

impl DistributionPanel {
    fn of_model(model: &ComparedModel, name: String) -> Self {
        let average = model.summary.average_path_length;
        let circuit = model.circuit.as_ref();
        let kind = circuit.filter(|circuit| circuit.multi_path).map(|circuit| match model.kind() {
            all if circuit.lengths_removed.is_empty() => all,
            removed => format!("multi-path, {removed}"),
        });
        // The kind of a model, if there is one, has its own line.
        let lines = [Some((name, INK)), kind.map(|kind| (kind, MUTED))];
        Self {
            lines: lines.into_iter().flatten().collect(),
            readout: model.readout,
            setting: model.setting(),
            bars: model
                .lengths
                .iter()
                .map(|share| (share.length, share.probability.unwrap_or(0.0)))
                .collect(),
            average,
        }
    }

    /// Returns the title above the panel in lines that are no wider than the panel. As in the paper, it gives
    /// the readout mode, the number of iterations and the average path length.
    fn title(&self, width: f64) -> Vec<(String, RGBColor)> {
        let mut title = Vec::new();
        for (text, colour) in &self.lines {
            title.extend(wrapped(text, SMALL, width + GAP - 8.0).into_iter().map(|line| (line, *colour)));
        }
        title.push((self.setting.clone(), INK));
        let average = self.average.map_or_else(
            || "no average".to_owned(),
            |average| format!("average {}", numbers::three_digits(average)),
        );
        title.push((average, INK));
        title
    }

    /// Draws the panel with its axes meeting at `origin`.
    fn draw(&self, canvas: &mut Canvas, axes: &Axes, origin: Point, with_labels: bool) {
        let at = |(x, y): Point| (origin.0 + x, origin.1 + y);
        let (text, width) = (Text::new(SMALL, INK), axes.width);
        // Numbers that would touch the one below are left out.
        let mut free = f64::INFINITY;
        for value in axes.probability.values() {
            let y = axes.y_of(value);
            if value > 0.0 {
                canvas.line(&[at((0.0, y)), at((width, y))], GRID, 0.8);
            }
            canvas.line(&[at((-3.0, y)), at((0.0, y))], INK, 1.0);
            if with_labels && y <= free {
                canvas.text(axes.probability.label(value), at((-6.0, y)), text.anchored(Anchor::End));
                free = y - SMALL * 1.15;
            }
        }
        let colour = Style::of_known(self.readout).colour;
        let bar = (axes.slot() * 0.8).min(30.0) / 2.0;
        for &(length, probability) in &self.bars {
            let (x, y) = (axes.x_of(length as f64), axes.y_of(probability));
            if y < 0.0 {
                canvas.rectangle(at((x - bar, y)), at((x + bar, 0.0)), colour, colour, 0.0);
            }
        }
        canvas.line(&[at((0.0, -axes.height)), at((0.0, 0.0)), at((width, 0.0))], INK, 1.0);
        let every = label_step(axes.last, axes.slot());
        for length in (axes.first..=axes.last).filter(|length| every == 1 || length % every == 0) {
            let x = axes.x_of(length as f64);
            canvas.line(&[at((x, 0.0)), at((x, 3.0))], INK, 1.0);
            canvas.text(length.to_string(), at((x, 11.0)), text);
        }
        match self.average {
            Some(average) => {
                let x = axes.x_of(average);
                canvas.dashes(at((x, -axes.height)), at((x, 0.0)), INK, 1.2);
            }
            None => {
                let note = Text::new(SMALL, MUTED);
                canvas.text("all strengths are 0", at((width / 2.0, -axes.height / 2.0)), note);
            }
        }
        let mut y = -axes.height - 8.0;
        for (index, (line, colour)) in self.title(width).into_iter().rev().enumerate() {
            // This line begins with the mode's mark.
            let indent = if index == 1 { TO_NAME } else { 0.0 };
            if indent > 0.0 {
                Style::of_known(self.readout).point(canvas, at((RADIUS, y)), RADIUS);
            }
            canvas.text(line, at((indent, y)), Text::new(SMALL, colour).anchored(Anchor::Start));
            y -= LINE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_they_share_at_their_end() {
        let names = |names: &[&str]| different_names(names);
        assert_eq!(names(&["a-t3/best.pth", "b/c/best.pth"]), ["a-t3", "b/c"]);
        assert_eq!(names(&["a/best.pth", "a/last.pth"]), ["a/best.pth", "a/last.pth"]);
        assert_eq!(names(&["best.pth", "b/best.pth"]), ["best.pth", "b/best.pth"]);
        assert_eq!(names(&["a/best.pth"]), ["a/best.pth"]);
        // Ensembles of one model.
        assert_eq!(names(&["a/best.pth", "a/best.pth"]), ["a", "a"]);
        assert!(names(&[]).is_empty());
    }
}
