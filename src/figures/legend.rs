//! Legends, which give the meaning of the marks in a figure.

use super::canvas::{Anchor, Canvas, Point, Text};
use super::flow::WidthScale;
use super::mark::{RADIUS, Style};
use super::style::{INK, MUTED, SMALL, text_width, wrapped};
use pathscope_core::circuit::Readout;
use plotters::style::RGBColor;

/// The distance from the mark to its name, and from there to the next mark.
const TO_NAME: f64 = 6.0;
const TO_NEXT: f64 = 18.0;
/// The height of a line.
const LINE: f64 = 16.0;
/// The length of a line in the legend, which is long enough to show the dashes of every mode.
const MARK: f64 = 30.0;
/// The name of error bars in the legend.
const ERROR_BARS: &str = "error bars: ± one standard error";

/// An entry of a legend: a mark and its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    mark: Mark,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    Point(Style),
    PointsOnLine(Style),
    Line { colour: RGBColor, width: f64 },
    Dashes { colour: RGBColor, width: f64 },
    Dots,
    Ring,
    Box,
    Bar { fill: RGBColor, border: RGBColor },
    ErrorBar,
}

impl Key {
    fn new(mark: Mark, name: impl Into<String>) -> Self {
        Self { mark, name: name.into() }
    }

    /// Returns the key of points.
    pub(super) fn point(style: Style, name: String) -> Self {
        Self::new(Mark::Point(style), name)
    }

    /// Returns the key of a readout mode whose points are joined by a line.
    pub(super) fn readout(readout: Readout) -> Self {
        Self::new(Mark::PointsOnLine(Style::of(readout)), readout.as_str())
    }

    /// Returns the key of a line.
    pub(super) fn line(colour: RGBColor, name: &str) -> Self {
        Self::new(Mark::Line { colour, width: 1.4 }, name)
    }

    /// Returns the key of the mean of feed-forward models.
    pub(super) fn feed_forward() -> Self {
        Self::line(INK, "feed-forward")
    }

    /// Returns the key of a standard error below and above the mean of feed-forward models.
    pub(super) fn feed_forward_error() -> Self {
        Self::new(Mark::Dashes { colour: INK, width: 0.9 }, "feed-forward ± one standard error")
    }

    /// Returns the key of the line on which two numbers are equal.
    pub(super) fn identity() -> Self {
        Self::new(Mark::Dashes { colour: MUTED, width: 1.0 }, "equal")
    }

    /// Returns the key of a dashed reference line.
    pub(super) fn dashes(name: impl Into<String>) -> Self {
        Self::new(Mark::Dashes { colour: INK, width: 1.3 }, name)
    }

    /// Returns the key of a dotted reference line.
    pub(super) fn dots(name: impl Into<String>) -> Self {
        Self::new(Mark::Dots, name)
    }

    /// Returns the key of a circle around points.
    pub(super) fn ring(name: &str) -> Self {
        Self::new(Mark::Ring, name)
    }

    /// Returns the key of a frame around a label of an axis.
    pub(super) fn framed(name: &str) -> Self {
        Self::new(Mark::Box, name)
    }

    /// Returns the key of error bars of one standard error.
    pub(super) fn error_bars() -> Self {
        Self::new(Mark::ErrorBar, ERROR_BARS)
    }

    /// Returns the key of a kind of bar.
    pub(super) fn bar(fill: RGBColor, border: RGBColor, name: &str) -> Self {
        Self::new(Mark::Bar { fill, border }, name)
    }

    /// Returns the key of bars that show intervals.
    pub(super) fn interval(name: &str) -> Self {
        Self::new(Mark::ErrorBar, name)
    }

    /// Returns whether another key has the same mark.
    pub(super) fn has_mark_of(&self, other: &Self) -> bool {
        self.mark == other.mark
    }

    fn mark_width(&self) -> f64 {
        match self.mark {
            Mark::Point(_) | Mark::ErrorBar => 8.0,
            Mark::Ring | Mark::Bar { .. } => 12.0,
            Mark::Box => 16.0,
            Mark::PointsOnLine(_) | Mark::Line { .. } | Mark::Dashes { .. } | Mark::Dots => MARK,
        }
    }

    fn draw_mark(&self, canvas: &mut Canvas, (x, y): Point) {
        let width = self.mark_width();
        let (ends, centre) = ([(x, y), (x + width, y)], (x + width / 2.0, y));
        match self.mark {
            Mark::Point(style) => style.point(canvas, centre, RADIUS),
            Mark::Ring => canvas.ring(centre, 5.0, INK, 1.2),
            Mark::Line { colour, width } => canvas.line(&ends, colour, width),
            Mark::Dashes { colour, width } => canvas.dashes(ends[0], ends[1], colour, width),
            Mark::Dots => canvas.dots(ends[0], ends[1], MUTED, 1.5),
            Mark::PointsOnLine(style) => {
                style.line(canvas, &ends);
                style.point(canvas, centre, RADIUS);
            }
            Mark::Box => canvas.frame((x, y - 5.5), (x + width, y + 5.5), INK, 1.0),
            Mark::Bar { fill, border } => {
                canvas.rectangle((x, y - 5.0), (x + width, y + 5.0), fill, border, 0.9);
            }
            Mark::ErrorBar => error_bar(canvas, centre.0, [y - 5.0, y + 5.0], INK),
        }
    }
}

/// Draws a vertical bar with caps, unless it would have no length.
pub(super) fn error_bar(canvas: &mut Canvas, x: f64, [low, high]: [f64; 2], colour: RGBColor) {
    if low == high {
        return;
    }
    canvas.line(&[(x, low), (x, high)], colour, 1.2);
    for y in [low, high] {
        canvas.line(&[(x - 2.5, y), (x + 2.5, y)], colour, 1.2);
    }
}

/// Draws keys from left to right in as many lines as they need.
pub(super) fn draw(canvas: &mut Canvas, keys: &[Key], (left, top): Point, width: f64) {
    let (mut x, mut y) = (left, top);
    for key in keys {
        let mark = key.mark_width();
        let lines = wrapped(&key.name, SMALL, (width - mark - TO_NAME).max(60.0));
        let longest = lines.iter().map(|line| text_width(line, SMALL)).fold(0.0, f64::max);
        let needed = mark + TO_NAME + longest;
        if x > left && x + needed > left + width {
            (x, y) = (left, y + LINE);
        }
        key.draw_mark(canvas, (x, y));
        for (index, line) in lines.into_iter().enumerate() {
            y += if index > 0 { LINE * 0.8 } else { 0.0 };
            canvas.text(line, (x + mark + TO_NAME, y), Text::new(SMALL, INK).anchored(Anchor::Start));
        }
        x += needed + TO_NEXT;
    }
}

/// The notes below a figure of paths, written from left to right in as many lines as they need.
pub(super) struct Notes {
    left: f64,
    right: f64,
    next: Point,
}

impl Notes {
    /// Begins notes below the figure drawn so far.
    ///
    /// # Arguments
    ///
    /// * `width` - the width of lines, from the left side of the figure
    pub(super) fn below(canvas: &Canvas, width: f64) -> Self {
        let ((left, _), (_, bottom)) = canvas.bounds();
        Self { left, right: left.max(0.0) + width, next: (left, bottom + 20.0) }
    }

    /// Writes a note.
    pub(super) fn write(&mut self, canvas: &mut Canvas, note: &str) {
        self.marked(canvas, 0.0, note, |_, _| {});
    }

    /// Writes a note to the right of a mark.
    ///
    /// # Arguments
    ///
    /// * `mark` - the width of the mark
    /// * `draw` - draws the mark, given the middle of its left side
    pub(super) fn marked(
        &mut self,
        canvas: &mut Canvas,
        mark: f64,
        note: &str,
        draw: impl FnOnce(&mut Canvas, Point),
    ) {
        let needed = mark + text_width(note, SMALL);
        if self.next.0 > self.left && self.next.0 + needed > self.right {
            self.next = (self.left, self.next.1 + LINE);
        }
        let (x, y) = self.next;
        self.next.0 += needed + 14.0;
        draw(canvas, (x, y));
        canvas.text(note, (x + mark, y), Text::new(SMALL, MUTED).anchored(Anchor::Start));
    }

    /// Writes a note to the right of a line.
    pub(super) fn lined(&mut self, canvas: &mut Canvas, note: &str, colour: RGBColor, width: f64) {
        self.marked(canvas, 28.0, note, |canvas, (x, y)| {
            canvas.line(&[(x, y), (x + 22.0, y)], colour, width);
        });
    }

    /// Writes a note to the right of a filled circle.
    pub(super) fn dotted(&mut self, canvas: &mut Canvas, note: &str, radius: f64) {
        self.marked(canvas, 14.0, note, |canvas, (x, y)| {
            canvas.circle((x + radius, y), radius, INK, INK, 0.0);
        });
    }

    /// Writes the meaning of line widths, with samples.
    pub(super) fn widths(&mut self, canvas: &mut Canvas, scale: &WidthScale) {
        let samples = scale.samples();
        let caption = if samples.is_empty() { "all strengths are 0" } else { scale.caption() };
        self.write(canvas, caption);
        for (width, label) in samples {
            self.lined(canvas, &label, INK, width);
        }
    }
}
