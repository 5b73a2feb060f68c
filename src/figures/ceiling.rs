//! A histogram of the CC_max of a data set's neurons.

use super::axis::{tick_label, whole_ticks};
use super::canvas::{Anchor, Canvas, Text};
use super::numbers;
use super::style::{GRID, INK, LABEL, MUTED, SMALL, TITLE, text_width};
use super::{FigureError, Sheet};
use pathscope_core::data::Summary;
use plotters::style::RGBColor;

/// The largest width inside the axes.
const WIDEST: f64 = 400.0;
const HEIGHT: f64 = 200.0;
/// The width of a bar in units of CC_max.
const BIN: f64 = 0.05;
/// The largest number of bars. CC_max cannot be much larger than 1.
const MOST_BINS: usize = 40;

/// Draws a histogram of the CC_max of neurons (paper, Eq. 3c) in steps of 0.05.
///
/// A dashed line marks the median. A line below the title states how many neurons have no CC_max and why.
///
/// # Arguments
///
/// * `summary` - the summary of the data set
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::Drawing`].
pub fn ceiling_histogram(summary: &Summary, sheet: Sheet) -> Result<String, FigureError> {
    let width = WIDEST.min(sheet.width() - 60.0);
    let ceilings: Vec<f64> = summary.neurons.iter().filter_map(|neuron| neuron.cc_max).collect();
    let bin_of = |ceiling: f64| ((ceiling / BIN).floor().max(0.0) as usize).min(MOST_BINS - 1);
    // A CC_max of 1 belongs to the last bar and does not begin another.
    let bins = ceilings.iter().map(|&ceiling| bin_of(ceiling - 1e-9) + 1).max().unwrap_or(0).max(20);
    let mut counts = vec![0_usize; bins];
    for &ceiling in &ceilings {
        counts[bin_of(ceiling).min(bins - 1)] += 1;
    }
    let slot = width / bins as f64;
    let x_of = |ceiling: f64| ceiling / BIN * slot;
    let (step, steps) = whole_ticks(counts.iter().copied().max().unwrap_or(0));
    let y_of = |count: usize| -(count as f64) / (step * steps) as f64 * HEIGHT;

    let mut canvas = Canvas::default();
    let text = Text::new(LABEL, INK);
    for count in (0..=steps).map(|tick| tick * step) {
        let y = y_of(count);
        if count > 0 {
            canvas.line(&[(0.0, y), (width, y)], GRID, 0.8);
        }
        canvas.line(&[(-4.0, y), (0.0, y)], INK, 1.0);
        canvas.text(count.to_string(), (-8.0, y), text.anchored(Anchor::End));
    }
    for (bin, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (left, right) = (bin as f64 * slot + 1.0, (bin + 1) as f64 * slot - 1.0);
        canvas.rectangle((left, y_of(count)), (right, 0.0), BAR, BAR, 0.0);
    }
    canvas.line(&[(0.0, -HEIGHT - 4.0), (0.0, 0.0), (width, 0.0)], INK, 1.0);
    for mark in (0..=bins).step_by(4) {
        let x = mark as f64 * slot;
        canvas.line(&[(x, 0.0), (x, 4.0)], INK, 1.0);
        canvas.text(tick_label(mark as f64 * BIN, 0.2), (x, 13.0), text);
    }
    canvas.text("CC_max", (width / 2.0, 32.0), text);
    let axis = canvas.bounds().0.0 - 12.0;
    canvas.text("neurons", (axis, -HEIGHT / 2.0), text.upward());

    let top = -HEIGHT - 14.0;
    match summary.cc_max.median {
        Some(median) => {
            let x = x_of(median).min(width);
            canvas.dashes((x, -HEIGHT - 6.0), (x, 0.0), INK, 1.3);
            let label = format!("median {}", numbers::three_digits(median));
            let half = text_width(&label, LABEL) / 2.0;
            canvas.text(label, (x.clamp(half, width - half), top), text);
        }
        None => canvas.text("no neuron has a CC_max", (width / 2.0, -HEIGHT / 2.0), Text::new(LABEL, MUTED)),
    }
    let left = canvas.bounds().0.0;
    let mut y = top - 4.0;
    for reason in summary.cc_max.reasons().iter().rev() {
        y = canvas.lines_above(reason, (left, y - SMALL - 2.0), width - left, Text::new(SMALL, MUTED))
            + SMALL;
    }
    let title = format!("{}, n = {}", summary.about.name, summary.cc_max.neurons);
    canvas.lines_above(&title, (left, y - TITLE - 5.0), width - left, Text::new(TITLE, INK).bold());
    canvas.into_svg(sheet)
}

/// The colour of the bars.
const BAR: RGBColor = RGBColor(0x4c, 0x78, 0xa8);
