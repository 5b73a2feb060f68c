//! The path length distribution (paper, Figs. 5c, 6e and 6f).

use super::axis::{tick_label, ticks};
use super::canvas::{Anchor, Canvas, Text};
use super::drawn_model::DrawnModel;
use super::mark::Style;
use super::style::{GRID, INK, LABEL, MOST_PARTS, MUTED, TITLE, text_width};
use super::{FigureError, Sheet, numbers};
use pathscope_core::paths::ensemble::Ensemble;

const HEIGHT: f64 = 200.0;

/// Draws the path length distribution of an ensemble as SVG, after Figs. 5c and 6e of the paper.
///
/// Each bar is the sum of the normalized strengths of the paths of one length. A dashed line marks the
/// average path length. The colour is that of the readout mode in the paper, if there is a mode.
///
/// # Arguments
///
/// * `model` - the model that the title names
/// * `ensemble` - its ensemble under one readout mode, or of one output
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many lengths to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::{Circuit, Readout};
/// use pathscope_core::paths::ensemble::Ensemble;
/// use pathscope::figures::{DrawnModel, Sheet, distribution};
/// use pathscope_core::paths::strength::Strengths;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let circuit = Circuit::of_recurrent_blocks(1, 3);
/// let unrolled = UnrolledCircuit::new(&circuit)?;
/// let strengths = Strengths::new(unrolled.components(), |_| 1.0);
/// let ensemble = &Ensemble::of_readouts(&unrolled, &strengths, &[Readout::NoAvg])[0];
/// let model = DrawnModel::of_circuit(&circuit, &unrolled, &strengths);
/// let svg = distribution(&model, ensemble, Sheet::default())?;
/// assert!(svg.contains("no-avg, T = 3, average path length 2.00"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn distribution(
    model: &DrawnModel<'_>,
    ensemble: &Ensemble,
    sheet: Sheet,
) -> Result<String, FigureError> {
    let lengths = || ensemble.lengths.iter().map(|share| share.length);
    let slots = lengths().max().unwrap_or(0) - lengths().min().unwrap_or(0) + 1;
    let width = (slots as f64 * 30.0).clamp(280.0, 640.0).min(sheet.width() - AXIS);
    draw(model, ensemble, width, sheet)?.into_svg(sheet)
}

/// The width of the name and the numbers of the vertical axis.
pub(super) const AXIS: f64 = 56.0;

/// Draws a path length distribution whose axes meet at 0.
///
/// # Arguments
///
/// * `width` - the width inside the axes
/// * `sheet` - the sheet, which limits the width of the title
pub(super) fn draw(
    model: &DrawnModel<'_>,
    ensemble: &Ensemble,
    width: f64,
    sheet: Sheet,
) -> Result<Canvas, FigureError> {
    let lengths = || ensemble.lengths.iter().map(|share| share.length);
    let (first, last) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    let slots = (last - first + 1) as f64;
    if ensemble.lengths.len() > MOST_PARTS {
        return Err(FigureError::TooLarge {
            parts: ensemble.lengths.len(),
            limit: MOST_PARTS,
            advice: "unroll over fewer iterations",
        });
    }
    let slot = width / slots;
    let x_of = |length: f64| (length - first as f64 + 0.5) * slot;
    let tallest = ensemble.lengths.iter().filter_map(|share| share.probability).fold(0.0, f64::max);
    let (step, steps) = ticks(if tallest > 0.0 { tallest } else { 1.0 });
    let y_of = |probability: f64| -probability / (step * steps) * HEIGHT;

    let mut canvas = Canvas::default();
    let text = Text::new(LABEL, INK);
    for tick in 0..=steps as usize {
        let value = step * tick as f64;
        let y = y_of(value);
        if tick > 0 {
            canvas.line(&[(0.0, y), (width, y)], GRID, 0.8);
        }
        canvas.line(&[(-4.0, y), (0.0, y)], INK, 1.0);
        canvas.text(tick_label(value, step), (-8.0, y), text.anchored(Anchor::End));
    }
    let bar = (slot * 0.8).min(44.0) / 2.0;
    let colour = Style::of_known(ensemble.readout).colour;
    for share in &ensemble.lengths {
        let (x, y) = (x_of(share.length as f64), y_of(share.probability.unwrap_or(0.0)));
        if y < 0.0 {
            canvas.rectangle((x - bar, y), (x + bar, 0.0), colour, colour, 0.0);
        }
    }
    canvas.line(&[(0.0, -HEIGHT - 4.0), (0.0, 0.0), (width, 0.0)], INK, 1.0);
    let every = label_step(last, slot);
    for length in (first..=last).filter(|length| every == 1 || length % every == 0) {
        let x = x_of(length as f64);
        canvas.line(&[(x, 0.0), (x, 4.0)], INK, 1.0);
        canvas.text(length.to_string(), (x, 13.0), text);
    }
    canvas.text("path length", (width / 2.0, 32.0), text);
    let axis = canvas.bounds().0.0 - 12.0;
    canvas.text("probability", (axis, -HEIGHT / 2.0), text.upward());

    let average = if let Some(moments) = &ensemble.moments {
        let average = numbers::three_digits(moments.average_path_length);
        let x = x_of(moments.average_path_length);
        canvas.dashes((x, -HEIGHT - 6.0), (x, 0.0), INK, 1.3);
        let label = format!("average {average}");
        let half = text_width(&label, LABEL) / 2.0;
        let middle = x.clamp(half.min(width / 2.0), (width - half).max(width / 2.0));
        canvas.text(label, (middle, -HEIGHT - 14.0), text);
        format!("average path length {average}")
    } else {
        let note = "all strengths are 0: there is nothing to normalize";
        canvas.text(note, (width / 2.0, -HEIGHT / 2.0), Text::new(LABEL, MUTED));
        "no average path length".to_owned()
    };
    let title = model.title(ensemble, &average);
    let ((left, top), _) = canvas.bounds();
    let room = (width - left).max(sheet.width());
    canvas.lines_above(&title, (left, top - 14.0), room, Text::new(TITLE, INK).bold());
    Ok(canvas)
}

/// Returns the smallest step between labelled lengths at which labels do not touch.
pub(super) fn label_step(largest: usize, slot: f64) -> usize {
    let needed = text_width(&largest.to_string(), LABEL) + 8.0;
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            if (factor * power) as f64 * slot >= needed {
                return factor * power;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_thinned_where_bars_are_narrow() {
        assert_eq!(label_step(3, 90.0), 1);
        assert_eq!(label_step(70, 9.1), 5);
        assert_eq!(label_step(1000, 0.6), 100);
    }
}
