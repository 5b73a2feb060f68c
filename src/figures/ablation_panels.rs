//! The panels of a figure of ablations.

use super::ablation_inset::EnsembleInset;
use super::ablation_scores::AblationPoint;
use super::canvas::{Anchor, Canvas, Point, Text};
use super::legend::error_bar;
use super::mark::{RADIUS, Style};
use super::style::{INK, LABEL, SMALL, text_width, wrapped};
use pathscope_core::statistics::Mean;
use std::collections::BTreeSet;

/// The smallest width of a panel.
const NARROWEST: f64 = 90.0;
/// The largest width that a panel needs.
pub(super) const WIDEST: f64 = 420.0;
/// The width beyond which labels stand upright.
const WIDEST_LABEL: f64 = 40.0;
const LONGEST_LABEL: f64 = 120.0;
/// The radius of the ring around the worst point.
const RING: f64 = 9.0;
/// The distance between the inset in a corner of a panel and its edges.
const FROM_EDGE: f64 = 5.0;

/// The ablations of one panel.
pub(super) struct Panel {
    /// The number of adjacent lengths that are removed, or `None` if the ablation is not in such a series.
    pub removed: Option<usize>,
    pub points: Vec<PanelPoint>,
    pub height: f64,
}

pub(super) struct PanelPoint {
    lengths_removed: BTreeSet<usize>,
    label: String,
    pub mean: Option<Mean>,
}

/// Returns the panels that have points.
pub(super) fn panels(ablations: &[AblationPoint], height: f64) -> Vec<Panel> {
    let of = |removed: Option<usize>| {
        let mut chosen: Vec<&AblationPoint> =
            ablations.iter().filter(|point| series(&point.lengths_removed) == removed).collect();
        chosen.sort_by(|a, b| a.lengths_removed.cmp(&b.lengths_removed));
        let points: Vec<PanelPoint> = chosen
            .into_iter()
            .map(|point| PanelPoint {
                lengths_removed: point.lengths_removed.clone(),
                label: label(&point.lengths_removed),
                mean: Mean::of(&point.scores),
            })
            .collect();
        (!points.is_empty()).then_some(Panel { removed, points, height })
    };
    [Some(1), Some(2), Some(3), None].into_iter().filter_map(of).collect()
}

/// Returns the number of removed lengths if they are one to three adjacent ones, as in the paper.
fn series(removed: &BTreeSet<usize>) -> Option<usize> {
    let (first, last) = (removed.first()?, removed.last()?);
    (last - first + 1 == removed.len() && removed.len() <= 3).then_some(removed.len())
}

/// Returns lengths as short text such as `1`, `1-3` or `1, 3-4`.
fn label(removed: &BTreeSet<usize>) -> String {
    if removed.is_empty() {
        return "none".to_owned();
    }
    let lengths: Vec<usize> = removed.iter().copied().collect();
    let run = |run: &[usize]| match run {
        [first, .., last] => format!("{first}-{last}"),
        _ => run.iter().map(usize::to_string).collect(),
    };
    lengths.chunk_by(|a, b| a + 1 == *b).map(run).collect::<Vec<_>>().join(", ")
}

impl Panel {
    /// Returns the title above the panel, in lines of at most `width`.
    pub(super) fn title(&self, width: f64) -> Vec<String> {
        let removed = match self.removed {
            Some(1) => "1 length removed".to_owned(),
            Some(several) => format!("{several} lengths removed"),
            None => "other removals".to_owned(),
        };
        let models = || self.points.iter().map(|point| point.mean.map_or(0, |mean| mean.n));
        let (least, most) = (models().min().unwrap_or(0), models().max().unwrap_or(0));
        let n = if least == most { least.to_string() } else { format!("{least} to {most}") };
        wrapped(&format!("{removed}, n = {n}"), SMALL, width)
    }

    fn widest_label(&self) -> f64 {
        self.points.iter().map(|point| text_width(&point.label, LABEL)).fold(0.0, f64::max)
    }

    /// Returns the width that a label takes up in the panel.
    fn label_width(&self) -> f64 {
        if self.upright() { LABEL * 1.1 * self.label_lines() as f64 + 4.0 } else { self.widest_label() + 8.0 }
    }

    /// Returns the number of lines of the longest label if labels stand upright.
    fn label_lines(&self) -> usize {
        let labels = self.points.iter().map(|point| wrapped(&point.label, LABEL, LONGEST_LABEL).len());
        labels.max().unwrap_or(1)
    }

    fn upright(&self) -> bool {
        self.widest_label() > WIDEST_LABEL
    }

    /// Returns the preferred width.
    pub(super) fn width(&self) -> f64 {
        (self.points.len() as f64 * self.label_width().max(24.0)).clamp(NARROWEST, WIDEST)
    }

    /// Returns the smallest width. Some of the labels side by side can be left out.
    pub(super) fn narrowest(&self) -> f64 {
        if self.upright() { self.width() } else { NARROWEST }
    }

    /// Returns whether any of its points has a standard error.
    pub(super) fn has_error_bars(&self) -> bool {
        self.points.iter().filter_map(|point| point.mean).any(|mean| mean.standard_error > 0.0)
    }

    /// Returns the lowest point if three lengths are removed and there are several points.
    pub(super) fn worst(&self) -> Option<usize> {
        let known = self.points.iter().filter(|point| point.mean.is_some()).count();
        self.lowest().filter(|_| self.removed == Some(3) && known > 1)
    }

    fn lowest(&self) -> Option<usize> {
        let means = self.points.iter().enumerate();
        let means = means.filter_map(|(index, point)| Some((index, point.mean?.mean)));
        means.reduce(|lowest, next| if next.1 < lowest.1 { next } else { lowest }).map(|(lowest, _)| lowest)
    }

    /// Returns the centres of points in a panel of a given width whose axes meet at 0.
    fn centres(&self, width: f64, y_of: impl Fn(f64) -> f64) -> Vec<Option<Point>> {
        let slot = width / self.points.len() as f64;
        let place = |index: usize, mean: Mean| ((index as f64 + 0.5) * slot, y_of(mean.mean));
        let points = self.points.iter().enumerate();
        points.map(|(index, point)| point.mean.map(|mean| place(index, mean))).collect()
    }

    /// Returns the first corner of the panel, from the upper left on, in which a rectangle of `size` covers
    /// no point, error bar, line between points, or height in `heights`. The result is the rectangle's upper
    /// left end, with the axes meeting at 0.
    pub(super) fn free_corner(
        &self,
        size: Point,
        width: f64,
        heights: &[f64],
        y_of: impl Fn(f64) -> f64,
    ) -> Option<Point> {
        let (right, bottom) = (width - size.0 - FROM_EDGE, -size.1 - FROM_EDGE);
        let corners = [FROM_EDGE, right].map(|x| [-self.height + FROM_EDGE, bottom].map(|y| (x, y)));
        let [[upper_left, lower_left], [upper_right, lower_right]] = corners;
        let centres = self.centres(width, &y_of);
        let covers = |corner: Point, (x, y): Point, room: f64| {
            (corner.0 - room..=corner.0 + size.0 + room).contains(&x)
                && (corner.1 - room..=corner.1 + size.1 + room).contains(&y)
        };
        let covered = |corner: Point| {
            let points = self.points.iter().zip(&centres).any(|(point, centre)| {
                let Some((mean, centre)) = point.mean.zip(*centre) else { return false };
                let [low, high] = mean.ends().map(&y_of);
                along((centre.0, low), (centre.0, high)).any(|place| covers(corner, place, RING + 2.0))
            });
            let lines = centres.windows(2).any(|ends| {
                let [Some(from), Some(to)] = *ends else { return false };
                along(from, to).any(|place| covers(corner, place, 2.0))
            });
            let across = heights.iter().any(|&y| covers(corner, (corner.0, y), 3.0));
            points || lines || across
        };
        let fits = right >= FROM_EDGE && -bottom <= self.height;
        [upper_left, upper_right, lower_left, lower_right]
            .into_iter()
            .find(|&corner| fits && !covered(corner))
    }

    /// Draws the ensemble of the model with the lowest point at `corner` and frames its label on the axis.
    pub(super) fn draw_example(
        &self,
        canvas: &mut Canvas,
        inset: EnsembleInset,
        corner: Point,
        (left, width): (f64, f64),
        style: Style,
    ) {
        let Some(index) = self.lowest() else { return };
        let point = &self.points[index];
        inset.draw(canvas, (left + corner.0, corner.1), &point.lengths_removed, style.colour);
        let x = left + (index as f64 + 0.5) * width / self.points.len() as f64;
        let label = text_width(&point.label, LABEL);
        let (half, low) = if self.upright() {
            (LABEL * 0.5 + 3.0, 8.0 + label.min(LONGEST_LABEL) + 3.0)
        } else {
            (label / 2.0 + 3.0, 13.0 + LABEL * 0.5 + 3.0)
        };
        canvas.frame((x - half, 5.0), (x + half, low), INK, 1.0);
    }

    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        left: f64,
        width: f64,
        style: Style,
        y_of: impl Fn(f64) -> f64,
    ) {
        let slot = width / self.points.len() as f64;
        let moved = |(x, y): Point| (left + x, y);
        let centres: Vec<Option<Point>> =
            self.centres(width, &y_of).into_iter().map(|centre| centre.map(moved)).collect();
        if let Some(worst) = self.worst().and_then(|index| centres[index]) {
            canvas.ring(worst, RING, INK, 1.3);
        }
        if self.removed.is_some() {
            // A missing point interrupts the line.
            for run in centres.split(Option::is_none).filter(|run| run.len() > 1) {
                style.line(canvas, &run.iter().flatten().copied().collect::<Vec<_>>());
            }
        }
        for (point, centre) in self.points.iter().zip(&centres) {
            let Some((mean, centre)) = point.mean.zip(*centre) else { continue };
            error_bar(canvas, centre.0, mean.ends().map(&y_of), style.colour);
            style.point(canvas, centre, RADIUS);
        }
        self.draw_labels(canvas, left, slot);
        let mut y = -self.height - 12.0;
        for line in self.title(width + 20.0).into_iter().rev() {
            canvas.text(line, (left + width / 2.0, y), Text::new(SMALL, INK));
            y -= SMALL * 1.25;
        }
    }

    fn draw_labels(&self, canvas: &mut Canvas, left: f64, slot: f64) {
        let every = (self.label_width() / slot).ceil().max(1.0) as usize;
        // The lowest point keeps its label, since it is the point of the figure.
        let first = self.lowest().unwrap_or(0) % every;
        let text = Text::new(LABEL, INK);
        for (index, point) in self.points.iter().enumerate() {
            let x = left + (index as f64 + 0.5) * slot;
            canvas.line(&[(x, 0.0), (x, 4.0)], INK, 1.0);
            if index % every != first {
                continue;
            }
            if self.upright() {
                let lines = wrapped(&point.label, LABEL, LONGEST_LABEL);
                let middle = (lines.len() - 1) as f64 / 2.0;
                for (index, line) in lines.into_iter().enumerate() {
                    let x = x + (index as f64 - middle) * LABEL * 1.1;
                    canvas.text(line, (x, 8.0), text.upward().anchored(Anchor::End));
                }
            } else {
                canvas.text(point.label.as_str(), (x, 13.0), text);
            }
        }
    }
}

/// Returns closely spaced points on a line.
fn along(from: Point, to: Point) -> impl Iterator<Item = Point> {
    let steps = (to.0 - from.0).hypot(to.1 - from.1).ceil().clamp(1.0, 1000.0);
    (0..=steps as usize).map(move |step| {
        let share = step as f64 / steps;
        (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHT: f64 = 190.0;

    #[test]
    fn removals_go_to_the_panel_of_their_series() {
        let removed = |lengths: &[usize]| lengths.iter().copied().collect::<BTreeSet<_>>();
        for (lengths, panel, said) in [
            (vec![3], Some(1), "3"),
            (vec![3, 4], Some(2), "3-4"),
            (vec![3, 4, 5], Some(3), "3-5"),
            (vec![3, 4, 5, 6], None, "3-6"),
            (vec![3, 5], None, "3, 5"),
            (vec![1, 2, 4, 6, 7], None, "1-2, 4, 6-7"),
            (vec![], None, "none"),
        ] {
            assert_eq!((series(&removed(&lengths)), label(&removed(&lengths)).as_str()), (panel, said));
        }
    }

    #[test]
    fn corners_are_free_where_nothing_is() {
        let of = |scores: [f64; 7]| {
            let point = |(index, score): (usize, f64)| AblationPoint {
                lengths_removed: [index + 1].into(),
                scores: vec![score],
            };
            panels(&scores.into_iter().enumerate().map(point).collect::<Vec<_>>(), HEIGHT).remove(0)
        };
        let (size, width) = ((70.0, 50.0), 200.0);
        let corner =
            |scores, heights: &[f64]| of(scores).free_corner(size, width, heights, |score| -score * HEIGHT);
        let (left, right) = (FROM_EDGE, width - 70.0 - FROM_EDGE);
        let (top, bottom) = (-HEIGHT + FROM_EDGE, -50.0 - FROM_EDGE);
        assert_eq!(corner([0.1; 7], &[]), Some((left, top)));
        assert_eq!(corner([0.9; 7], &[]), Some((left, bottom)));
        let rising = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
        assert_eq!(corner(rising, &[]), Some((left, top)));
        assert_eq!(corner(rising, &[-0.9 * HEIGHT]), Some((right, bottom)));
        assert_eq!(corner([0.9, 0.1, 0.9, 0.1, 0.9, 0.1, 0.9], &[]), None);
        // A line between two points also counts as covered.
        assert_eq!(corner([0.9, f64::NAN, f64::NAN, 0.1, 0.9, 0.9, 0.1], &[]), Some((left, bottom)));
        assert_eq!(of([0.1; 7]).free_corner((300.0, 50.0), width, &[], |_| 0.0), None);
    }

    #[test]
    fn the_worst_triple_is_the_lowest_of_several() {
        let point = |first: usize, score: f64| AblationPoint {
            lengths_removed: (first..first + 3).collect(),
            scores: vec![score],
        };
        let worst = |points: &[AblationPoint]| panels(points, HEIGHT)[0].worst();
        assert_eq!(worst(&[point(2, 0.3), point(1, 0.4), point(3, 0.5)]), Some(1));
        assert_eq!(worst(&[point(1, 0.4), point(2, f64::NAN)]), None);
        let pair =
            |first: usize| AblationPoint { lengths_removed: (first..first + 2).collect(), scores: vec![0.1] };
        assert_eq!(worst(&[pair(1), pair(2)]), None);
    }
}
