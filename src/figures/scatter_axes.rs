//! The square axes of scatter plots.

use super::axis::Marks;
use super::canvas::{Anchor, Canvas, Point, Text};
use super::style::{GRID, INK, LABEL, MUTED, text_width, wrapped};

/// The axes of a scatter plot, which form a square with the origin at its lower left corner.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScatterAxes {
    pub x: Marks,
    pub y: Marks,
    /// The length of both axes.
    pub side: f64,
}

impl ScatterAxes {
    /// Returns the point of two numbers.
    pub(super) fn at(&self, [x, y]: [f64; 2]) -> Point {
        (self.x.share(x) * self.side, -self.y.share(y) * self.side)
    }

    /// Draws the grid and the numbers of both axes.
    pub(super) fn draw_behind(&self, canvas: &mut Canvas) {
        let (side, text) = (self.side, Text::new(LABEL, INK));
        for value in self.y.values() {
            let y = -self.y.share(value) * side;
            canvas.line(&[(0.0, y), (side, y)], GRID, 0.8);
            canvas.line(&[(-4.0, y), (0.0, y)], INK, 1.0);
            canvas.text(self.y.label(value), (-8.0, y), text.anchored(Anchor::End));
        }
        let widest = self.x.values().map(|value| text_width(&self.x.label(value), LABEL)).fold(0.0, f64::max);
        let distance = side / (self.x.values().count() - 1) as f64;
        // Label only every few marks if the numbers would touch each other.
        let every = ((widest + 6.0) / distance).ceil().max(1.0) as usize;
        for (index, value) in self.x.values().enumerate() {
            let x = self.x.share(value) * side;
            canvas.line(&[(x, -side), (x, 0.0)], GRID, 0.8);
            canvas.line(&[(x, 0.0), (x, 4.0)], INK, 1.0);
            if index % every == 0 {
                canvas.text(self.x.label(value), (x, 13.0), text);
            }
        }
    }

    /// Draws the line on which both numbers are equal, if both axes have the same marks.
    pub(super) fn draw_identity(&self, canvas: &mut Canvas) {
        canvas.dashes((0.0, 0.0), (self.side, -self.side), MUTED, 1.0);
    }

    /// Draws the lines of the axes.
    pub(super) fn draw_lines(&self, canvas: &mut Canvas) {
        canvas.line(&[(0.0, -self.side), (0.0, 0.0), (self.side, 0.0)], INK, 1.0);
    }

    /// Writes the names of the axes.
    pub(super) fn draw_names(&self, canvas: &mut Canvas, [x, y]: [&str; 2]) {
        let text = Text::new(LABEL, INK);
        for (index, line) in wrapped(x, LABEL, self.side).into_iter().enumerate() {
            canvas.text(line, (self.side / 2.0, 32.0 + index as f64 * 14.0), text);
        }
        let mut axis = canvas.bounds().0.0 - 12.0;
        for line in wrapped(y, LABEL, self.side).into_iter().rev() {
            canvas.text(line, (axis, -self.side / 2.0), text.upward());
            axis -= 14.0;
        }
    }
}
