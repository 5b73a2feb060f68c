//! The axes that figures of contributions share.

use crate::figures::Sheet;
use crate::figures::axis::Marks;
use crate::figures::canvas::{Anchor, Canvas, Text};
use crate::figures::distribution::label_step;
use crate::figures::style::{GRID, INK, LABEL, MUTED};

/// The height inside the axes.
const HEIGHT: f64 = 180.0;
/// The largest width of the place of a mark.
const SLOT: f64 = 44.0;
/// The smallest and the largest width inside the axes.
const NARROWEST: f64 = 240.0;
const WIDEST: f64 = 560.0;
/// The width of the numbers and the name of the vertical axis.
const AXIS: f64 = 60.0;

/// Axes whose horizontal one has a place for each integer from the first mark to the last.
pub(super) struct Plot {
    first: usize,
    last: usize,
    width: f64,
    /// The number of places before the first mark.
    before: usize,
    /// The vertical axis.
    pub marks: Marks,
}

impl Plot {
    /// Returns axes around some marks.
    ///
    /// # Arguments
    ///
    /// * `before` - the number of places before the first mark
    /// * `values` - numbers that the vertical axis covers
    pub(super) fn new(
        marks: impl Iterator<Item = usize> + Clone,
        before: usize,
        values: impl IntoIterator<Item = f64>,
        sheet: Sheet,
    ) -> Self {
        let (first, last) = (marks.clone().min().unwrap_or(0), marks.max().unwrap_or(0));
        let slots = (last - first + 1 + before) as f64;
        let width = (slots * SLOT).clamp(NARROWEST, WIDEST).min(sheet.width() - AXIS);
        Self { first, last, width, before, marks: Marks::covering(values) }
    }

    /// Returns the width of the place of a mark.
    pub(super) fn slot(&self) -> f64 {
        self.width / (self.last - self.first + 1 + self.before) as f64
    }

    /// Returns the x coordinate of a mark or of a mean of marks.
    pub(super) fn x_of(&self, mark: f64) -> f64 {
        (mark - self.first as f64 + self.before as f64 + 0.5) * self.slot()
    }

    /// Returns the y coordinate of a number.
    pub(super) fn y_of(&self, number: f64) -> f64 {
        -self.marks.share(number) * HEIGHT
    }

    /// Returns the top of the axes.
    pub(super) fn top(&self) -> f64 {
        -HEIGHT
    }

    /// Draws the grid behind a plot and the numbers of the vertical axis.
    pub(super) fn draw_behind(&self, canvas: &mut Canvas) {
        let text = Text::new(LABEL, INK).anchored(Anchor::End);
        for value in self.marks.values() {
            let y = self.y_of(value);
            canvas.line(&[(0.0, y), (self.width, y)], GRID, 0.8);
            canvas.line(&[(-4.0, y), (0.0, y)], INK, 1.0);
            canvas.text(self.marks.label(value), (-8.0, y), text);
        }
    }

    /// Draws the axes in front of a plot, and their names.
    ///
    /// # Arguments
    ///
    /// * `names` - the names of the horizontal and the vertical axis
    pub(super) fn draw_before(&self, canvas: &mut Canvas, (x_name, y_name): (&str, &str)) {
        let text = Text::new(LABEL, INK);
        canvas.line(&[(0.0, self.top()), (0.0, 0.0), (self.width, 0.0)], INK, 1.0);
        let zero = self.y_of(0.0);
        if zero < -1e-9 && zero > self.top() {
            canvas.line(&[(0.0, zero), (self.width, zero)], MUTED, 0.8);
        }
        let every = label_step(self.last, self.slot());
        for mark in (self.first..=self.last).filter(|mark| every == 1 || mark % every == 0) {
            let x = self.x_of(mark as f64);
            canvas.line(&[(x, 0.0), (x, 4.0)], INK, 1.0);
            canvas.text(mark.to_string(), (x, 13.0), text);
        }
        canvas.text(x_name, (self.width / 2.0, 32.0), text);
        let axis = canvas.bounds().0.0 - 12.0;
        canvas.text(y_name, (axis, -HEIGHT / 2.0), text.upward());
    }
}
