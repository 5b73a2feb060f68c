//! The contributions of paths of each length beside their strengths.

use super::plot::Plot;
use super::{BAR, CONTRIBUTION, axis_name, finished, interval_key};
use crate::figures::canvas::Canvas;
use crate::figures::legend::{Key, error_bar};
use crate::figures::style::{INK, MOST_PARTS, PAPER};
use crate::figures::{FigureError, Sheet, numbers};
use pathscope_core::analysis::contributions::{ContributionSummary, Mark, Summary};

/// The largest width of a bar.
const WIDEST_BAR: f64 = 18.0;

/// Draws as SVG the share of mean |C| of the paths of each length, with its interval over images, beside the
/// normalized strength of these paths.
///
/// Bars of contributions are filled, bars of strength are not. A solid line marks the average path length by
/// contribution, a dashed line that by strength. If paths are grouped by another mark than length, there are
/// no strengths.
///
/// # Arguments
///
/// * `summary` - the summary of contributions
/// * `of` - the part of the summary to draw: that of all units together, or that of one unit
/// * `title` - the title above the figure, such as the name of the model
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many marks to be drawn.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use pathscope_core::analysis::contributions::{ContributionSummary, Contributions, Mark};
/// use pathscope::figures::{Sheet, contribution_distribution};
/// use pathscope_core::statistics::Bootstrap;
///
/// let parts = array![[[3.0, 1.0, 0.5]], [[-6.0, 2.0, 0.5]]];
/// let outputs = array![[4.5], [-3.5]];
/// let contributions = Contributions::new(Mark::Length, vec![1, 2], parts, outputs)?;
/// let summary = ContributionSummary::new(&contributions, None, None, &Bootstrap::default())?;
/// let svg = contribution_distribution(&summary, &summary.population, "by hand", Sheet::default())?;
/// assert!(svg.contains("average by contribution: 1.25"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn contribution_distribution(
    summary: &ContributionSummary,
    of: &Summary,
    title: &str,
    sheet: Sheet,
) -> Result<String, FigureError> {
    let strength = summary.strength.as_ref().filter(|_| summary.mark == Mark::Length);
    let strong = || strength.into_iter().flat_map(|strength| &strength.lengths);
    let parts = of.parts.len() + strong().count();
    if parts > MOST_PARTS {
        return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice: "count fewer operations" });
    }
    let marks = of.parts.iter().filter_map(|part| part.mark).chain(strong().map(|share| share.length));
    let tops =
        of.parts.iter().flat_map(|part| [part.share, part.share_interval.map(|interval| interval.high)]);
    let tops = tops.chain(strong().map(|share| share.probability)).flatten();
    let plot = Plot::new(marks, 0, tops.chain([0.0]), sheet);
    let mut canvas = Canvas::default();
    plot.draw_behind(&mut canvas);
    let room = plot.slot() * 0.84;
    let bar = if strength.is_some() { room / 2.0 } else { room }.min(WIDEST_BAR);
    // Bars of contributions are to the left of those of strength.
    let aside = if strength.is_some() { bar } else { bar / 2.0 };
    for part in &of.parts {
        let Some((mark, share)) = part.mark.zip(part.share) else { continue };
        let left = plot.x_of(mark as f64) - aside;
        if share > 0.0 {
            let (low, high) = ((left, 0.0), (left + bar, plot.y_of(share)));
            canvas.rectangle(low, high, BAR, INK, 0.9);
        }
        if let Some(interval) = part.share_interval {
            error_bar(
                &mut canvas,
                left + bar / 2.0,
                [interval.low, interval.high].map(|end| plot.y_of(end)),
                INK,
            );
        }
    }
    for share in strong() {
        let left = plot.x_of(share.length as f64);
        if let Some(probability) = share.probability.filter(|&probability| probability > 0.0) {
            canvas.rectangle((left, 0.0), (left + bar, plot.y_of(probability)), PAPER, INK, 0.9);
        }
    }
    if let Some(average) = of.average {
        let x = plot.x_of(average);
        canvas.line(&[(x, plot.top()), (x, 0.0)], CONTRIBUTION, 1.6);
    }
    if let Some(average) = strength.and_then(|strength| strength.average_path_length) {
        let x = plot.x_of(average);
        canvas.dashes((x, plot.top()), (x, 0.0), INK, 1.3);
    }
    plot.draw_before(&mut canvas, (&axis_name(&summary.mark), "share"));
    finished(canvas, title, &keys(summary, of), &remarks(of), sheet)
}

/// Returns the legend.
fn keys(summary: &ContributionSummary, of: &Summary) -> Vec<Key> {
    let strength = summary.strength.as_ref().filter(|_| summary.mark == Mark::Length);
    let mut keys = Vec::new();
    if of.parts.iter().any(|part| part.share.is_some()) {
        keys.push(Key::bar(BAR, INK, "contribution: share of mean |C|"));
    }
    keys.extend(strength.map(|_| Key::bar(PAPER, INK, "strength: probability")));
    if of.parts.iter().any(|part| part.share_interval.is_some()) {
        keys.push(interval_key(summary));
    }
    keys.extend(of.average.map(|average| {
        Key::line(CONTRIBUTION, &format!("average by contribution: {}", numbers::three_digits(average)))
    }));
    let average = strength.and_then(|strength| strength.average_path_length);
    keys.extend(
        average
            .map(|average| Key::dashes(format!("average by strength: {}", numbers::three_digits(average)))),
    );
    keys
}

/// Returns the remarks on biases and on paths without contributions.
fn remarks(of: &Summary) -> Vec<String> {
    let nothing = of.parts.iter().all(|part| part.share.is_none());
    let nothing = nothing.then(|| "the paths contribute nothing, so there are no shares".to_owned());
    let share = of.biases.share.map(|share| {
        format!("share of the biases in mean |C| and mean |B| together: {}", numbers::three_digits(share))
    });
    nothing.into_iter().chain(share).collect()
}
