//! Strength against contribution for the path lengths of many models.

use super::finished;
use crate::figures::axis::Marks;
use crate::figures::canvas::{Canvas, Text};
use crate::figures::legend::Key;
use crate::figures::mark::{RADIUS, Style};
use crate::figures::scatter_axes::ScatterAxes;
use crate::figures::style::{INK, LABEL, MOST_PARTS, MUTED, SMALL};
use crate::figures::{FigureError, Sheet, numbers};
use pathscope_core::analysis::comparison::MeasureComparison;
use std::collections::BTreeSet;

/// The largest length of the axes.
const LONGEST: f64 = 300.0;

/// Draws as SVG the share of mean |C| of paths against their probability by strength.
///
/// There is a point for each model and path length. Shape and filling show the length. Both measures are
/// equal on the dashed line.
///
/// # Arguments
///
/// * `comparison` - the models
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many points to be drawn.
pub fn strength_contribution(comparison: &MeasureComparison, sheet: Sheet) -> Result<String, FigureError> {
    let points: Vec<(usize, [f64; 2])> = comparison.models.iter().flat_map(|model| model.points()).collect();
    if points.len() > MOST_PARTS {
        let advice = "compare fewer models at once";
        return Err(FigureError::TooLarge { parts: points.len(), limit: MOST_PARTS, advice });
    }
    let kinds = kinds(&points);
    let side = LONGEST.min(sheet.width() - 80.0);
    let marks = || Marks::covering(points.iter().flat_map(|&(_, point)| point).chain([0.0]));
    let axes = ScatterAxes { x: marks(), y: marks(), side };
    let mut canvas = Canvas::default();
    axes.draw_behind(&mut canvas);
    axes.draw_identity(&mut canvas);
    axes.draw_lines(&mut canvas);
    for &(length, point) in &points {
        let kind = kinds.iter().position(|lengths| lengths.contains(&length)).unwrap_or(0);
        Style::of_kind(kind).point(&mut canvas, axes.at(point), RADIUS);
    }
    if points.is_empty() {
        canvas.text("no point to show", (side * 0.5, -side * 0.5), Text::new(LABEL, MUTED));
    }
    axes.draw_names(&mut canvas, ["strength: probability", "contribution: share of mean |C|"]);
    let ((left, top), (right, _)) = canvas.bounds();
    let sentence = comparison.agreement.sentence(numbers::three_digits);
    canvas.lines_above(&sentence, (left, top - 10.0), right - left, Text::new(SMALL, INK));
    let remarks = ["a point for each model and path length".to_owned()];
    finished(canvas, "Strength and contribution", &keys(&kinds), &remarks, sheet)
}

/// Returns the lengths that each kind of point stands for: single lengths, or spans of equally many.
fn kinds(points: &[(usize, [f64; 2])]) -> Vec<Vec<usize>> {
    let lengths: BTreeSet<usize> = points.iter().map(|&(length, _)| length).collect();
    let lengths: Vec<usize> = lengths.into_iter().collect();
    lengths.chunks(lengths.len().div_ceil(Style::KINDS).max(1)).map(<[usize]>::to_vec).collect()
}

/// Returns the legend of the kinds of points and of the line of equality.
fn keys(kinds: &[Vec<usize>]) -> Vec<Key> {
    let name = |lengths: &[usize]| match lengths {
        [length] => format!("length {length}"),
        several => format!("lengths {}-{}", several[0], several[several.len() - 1]),
    };
    let points = kinds.iter().enumerate();
    let points = points.map(|(kind, lengths)| Key::point(Style::of_kind(kind), name(lengths)));
    points.chain([Key::identity()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_lengths_share_kinds_of_points() {
        let points = |lengths: &[usize]| lengths.iter().map(|&length| (length, [0.0; 2])).collect::<Vec<_>>();
        assert_eq!(kinds(&points(&[2, 4, 2, 9])), [[2], [4], [9]]);
        let many = kinds(&points(&(1..=20).collect::<Vec<_>>()));
        assert_eq!((many.len(), many[0].as_slice(), many[6].as_slice()), (7, &[1, 2, 3][..], &[19, 20][..]));
        assert_eq!(keys(&kinds(&[])), [Key::identity()]);
    }
}
