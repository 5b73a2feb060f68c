//! Lines beside a column of boxes, in lanes that are as wide as their labels.

use super::canvas::{Anchor, Canvas, Point, Text, arrow_length, rounded};
use super::style::{SMALL, text_width};
use plotters::style::RGBColor;
use std::ops::Range;

/// The boxes that lines connect.
#[derive(Clone, Debug)]
pub(super) struct Boxes {
    /// Half the width of a box.
    pub half: f64,
    /// The indices of the boxes that are high enough for lines at several heights.
    pub numbers: Range<usize>,
    /// The distance between these heights.
    pub step: f64,
    /// The distance available from the middle of a box to the last lane.
    pub room: f64,
    /// The distance from one lane to the next, without labels.
    pub lanes: f64,
}

/// A line beside the boxes.
pub(super) struct SideLine {
    /// The indices of the boxes that it connects.
    pub ends: (usize, usize),
    pub from: f64,
    pub to: f64,
    pub label: String,
    pub colour: RGBColor,
    pub width: f64,
}

/// The lines on one side of the boxes.
pub(super) struct Side<'a> {
    boxes: &'a Boxes,
    /// The direction: -1 on the left, 1 on the right.
    sign: f64,
    lines: Vec<SideLine>,
}

impl<'a> Side<'a> {
    pub(super) fn new(boxes: &'a Boxes, sign: f64) -> Self {
        Self { boxes, sign, lines: Vec::new() }
    }

    pub(super) fn push(&mut self, line: SideLine) {
        self.lines.push(line);
    }

    /// Draws the lines, the shortest nearest to the boxes.
    pub(super) fn draw(mut self, canvas: &mut Canvas) {
        self.lines.sort_by(|a, b| (a.from - a.to).abs().total_cmp(&(b.from - b.to).abs()));
        let mut lanes: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut placed = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            // Lines leave above the middle of a box and arrive below it, each at its own height;
            // the boxes of the input and the readout are too low for that.
            let aside = |end: usize| {
                let meets = |other: &&SideLine| other.ends.0 == end || other.ends.1 == end;
                let earlier = self.lines[..index].iter().filter(meets).count();
                if self.boxes.numbers.contains(&end) {
                    (self.boxes.step * (1 + earlier) as f64).min(self.boxes.room)
                } else {
                    0.0
                }
            };
            let (from, to) = (line.from - aside(line.ends.0), line.to + aside(line.ends.1));
            let (low, high) = (from.min(to) - 10.0, from.max(to) + 10.0);
            let free = |taken: &Vec<(f64, f64)>| taken.iter().all(|other| low > other.1 || high < other.0);
            let lane = lanes.iter().position(free).unwrap_or(lanes.len());
            if lane == lanes.len() {
                lanes.push(Vec::new());
            }
            lanes[lane].push((low, high));
            placed.push((lane, from, to));
        }
        let mut x = self.boxes.half + 16.0;
        for lane in 0..lanes.len() {
            let mut widest: f64 = 0.0;
            for (line, &(_, from, to)) in
                self.lines.iter().zip(&placed).filter(|(_, (its_lane, _, _))| *its_lane == lane)
            {
                let points: [Point; 4] = [(self.boxes.half, from), (x, from), (x, to), (self.boxes.half, to)];
                let points = points.map(|(x, y)| (x * self.sign, y));
                draw_arrow(canvas, &points, line.colour, line.width);
                let anchor = if self.sign > 0.0 { Anchor::Start } else { Anchor::End };
                let at = ((x + 6.0) * self.sign, clear_height(from, to, &placed));
                canvas.text(line.label.as_str(), at, Text::new(SMALL, line.colour).anchored(anchor));
                widest = widest.max(text_width(&line.label, SMALL));
            }
            x += widest + self.boxes.lanes;
        }
    }
}

/// Returns a height for the label of a line between two heights: the middle, or near it if other lines cross
/// there.
fn clear_height(from: f64, to: f64, placed: &[(usize, f64, f64)]) -> f64 {
    let clear = |height: &f64| {
        placed.iter().flat_map(|&(_, from, to)| [from, to]).all(|other| (other - height).abs() >= 11.0)
    };
    let middle = (from + to) / 2.0;
    let candidates = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map(|share| from + (to - from) * share);
    candidates.into_iter().find(clear).unwrap_or(middle)
}

/// Draws a line with an arrow head at its end.
pub(super) fn draw_arrow(canvas: &mut Canvas, points: &[Point], colour: RGBColor, width: f64) {
    let [.., before, tip] = *points else { return };
    let length = (tip.0 - before.0).hypot(tip.1 - before.1).max(1e-9);
    let direction = ((tip.0 - before.0) / length, (tip.1 - before.1) / length);
    let mut line = points.to_vec();
    if let Some(end) = line.last_mut() {
        let shorter = arrow_length(width) - 0.5;
        *end = (tip.0 - direction.0 * shorter, tip.1 - direction.1 * shorter);
    }
    canvas.arrow_head(tip, direction, width, colour);
    canvas.line(&rounded(&line, 6.0), colour, width);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_clear_of_lines_that_cross() {
        assert_eq!(clear_height(0.0, -100.0, &[(0, 0.0, -100.0)]), -50.0);
        assert_eq!(clear_height(0.0, -100.0, &[(0, 0.0, -100.0), (1, 80.0, -55.0)]), -40.0);
    }
}
