//! Partial sums of contributions as predictions of recordings.

use super::plot::Plot;
use super::{CONTRIBUTION, axis_name, finished, interval_key};
use crate::figures::canvas::{Canvas, Point, Text};
use crate::figures::legend::{Key, error_bar};
use crate::figures::mark::RADIUS;
use crate::figures::style::{INK, LABEL, UNUSED};
use crate::figures::{FigureError, Sheet};
use pathscope_core::analysis::contributions::{ContributionSummary, Explained};

/// The most units with a line each. More would merge into a grey area.
const MOST_LINES: usize = 200;

/// Draws as SVG the CC_raw between recordings and partial sums of contributions.
///
/// The first sum is that of the biases alone. Each further one adds the paths of the next length. A line with
/// points is the mean over units with its interval over images; thin grey lines are single units.
///
/// # Arguments
///
/// * `summary` - the summary of contributions, with recordings
/// * `title` - the title above the figure, such as the name of the model
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::Drawing`] if plotters fails. Without recordings the figure says that there are none.
///
/// # Complexity
///
/// O(units · marks).
pub fn partial_sums(summary: &ContributionSummary, title: &str, sheet: Sheet) -> Result<String, FigureError> {
    let of_units = summary.units.iter().filter_map(|unit| unit.explained.as_ref()).take(MOST_LINES);
    let shown: Vec<&Explained> = of_units.collect();
    let all = summary.population.explained.as_ref();
    let everything = || shown.iter().copied().chain(all).flat_map(|explained| &explained.parts);
    let intervals = || everything().filter_map(|part| part.cc_raw_interval);
    let values = everything().map(|part| part.cc_raw);
    let ends = all.into_iter().flat_map(|all| &all.parts).filter_map(|part| part.cc_raw_interval);
    let values = values.chain(ends.flat_map(|interval| [interval.low, interval.high])).chain([0.0]);
    let marks: Vec<usize> = summary.population.parts.iter().filter_map(|part| part.mark).collect();
    let plot = Plot::new(marks.iter().copied(), 1, values, sheet);
    let first = marks.first().copied().unwrap_or(0) as f64;
    // The biases are one place before the first mark.
    let x_of = |mark: Option<usize>| plot.x_of(mark.map_or(first - 1.0, |mark| mark as f64));
    let mut canvas = Canvas::default();
    plot.draw_behind(&mut canvas);
    let line = |explained: &Explained| -> Vec<Point> {
        explained.parts.iter().map(|part| (x_of(part.mark), plot.y_of(part.cc_raw))).collect()
    };
    for unit in &shown {
        let points = line(unit);
        if points.len() > 1 {
            canvas.line(&points, UNUSED, 0.7);
        }
    }
    if let Some(all) = all {
        let points = line(all);
        if points.len() > 1 {
            canvas.line(&points, CONTRIBUTION, 1.6);
        }
        for (part, &point) in all.parts.iter().zip(&points) {
            if let Some(interval) = part.cc_raw_interval {
                error_bar(&mut canvas, point.0, [interval.low, interval.high].map(|end| plot.y_of(end)), INK);
            }
            canvas.circle(point, RADIUS, CONTRIBUTION, CONTRIBUTION, 0.0);
        }
    }
    let x = x_of(None);
    canvas.line(&[(x, 0.0), (x, 4.0)], INK, 1.0);
    canvas.text("B", (x, 13.0), Text::new(LABEL, INK));
    plot.draw_before(&mut canvas, (&axis_name(&summary.mark), "CC_raw of partial sum"));
    let mut keys = Vec::new();
    if all.is_some() {
        keys.push(Key::line(CONTRIBUTION, "mean over units"));
        if intervals().next().is_some() {
            keys.push(interval_key(summary));
        }
        keys.push(Key::line(UNUSED, "one unit"));
    }
    let mut remarks =
        vec!["B: the biases alone; every further point is with the paths up to that place".to_owned()];
    if all.is_none() {
        remarks.push("there are no recordings".to_owned());
    }
    let left_out = summary.units.len().saturating_sub(MOST_LINES);
    if left_out > 0 {
        remarks.push(format!("{left_out} of {} units have no line of their own", summary.units.len()));
    }
    finished(canvas, title, &keys, &remarks, sheet)
}
