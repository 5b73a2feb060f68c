//! The panel with two axes, and the parts of it that other panels share.

use super::super::axis::Marks;
use super::super::canvas::{Anchor, Canvas, Point, Text};
use super::super::style::{GRID, INK, LABEL, MUTED, SMALL, TITLE, text_width, wrapped};
use super::Room;

/// The height inside the axes of a panel over iterations or lengths.
pub(super) const HEIGHT: f64 = 190.0;

/// A place on an axis and its label.
pub(super) type Tick = (f64, String);

/// A panel with a horizontal and a vertical axis, which meet at 0.
pub(super) struct Plot {
    /// The drawing so far.
    pub canvas: Canvas,
    room: Room,
    width: f64,
    height: f64,
    x: Axis,
    y: Axis,
}

#[derive(Default)]
struct Axis {
    name: String,
    ticks: Vec<Tick>,
}

impl Plot {
    /// Returns an empty panel whose axes have these lengths.
    pub(super) fn new(room: Room, (width, height): (f64, f64)) -> Self {
        Self { canvas: Canvas::default(), room, width, height, x: Axis::default(), y: Axis::default() }
    }

    /// Sets the horizontal axis.
    pub(super) fn x(self, name: &str, ticks: Vec<Tick>) -> Self {
        Self { x: Axis { name: name.to_owned(), ticks }, ..self }
    }

    /// Sets the vertical axis.
    pub(super) fn y(self, name: &str, ticks: Vec<Tick>) -> Self {
        Self { y: Axis { name: name.to_owned(), ticks }, ..self }
    }

    /// Draws the inside of the axes, with a grid behind it and the lines of the axes in front.
    pub(super) fn inside(mut self, draw: impl FnOnce(&mut Canvas)) -> Self {
        grid_across(&mut self.canvas, (0.0, 0.0), &self.y.ticks, self.width);
        draw(&mut self.canvas);
        axes(&mut self.canvas, (0.0, 0.0), self.width, self.height);
        self
    }

    /// Adds the numbers and names of the axes, and a title with a line below it.
    pub(super) fn titled(self, title: &str, about: &str) -> Canvas {
        let Self { mut canvas, room, width, height, x, y } = self;
        ticks_below(&mut canvas, (0.0, 0.0), &x.ticks, LABEL);
        ticks_left(&mut canvas, (0.0, 0.0), &y.ticks, LABEL, true);
        name_below(&mut canvas, &x.name, width);
        name_left(&mut canvas, &y.name, height);
        self::title(&mut canvas, title, about, &room);
        canvas
    }
}

/// Returns the ticks of an axis of a given length.
pub(super) fn ticks(marks: Marks, length: f64) -> Vec<Tick> {
    marks.values().map(|value| (marks.share(value) * length, marks.label(value))).collect()
}

/// Draws ticks below a panel whose axes meet at `origin`. Labels that would touch the previous one are left
/// out.
pub(super) fn ticks_below(canvas: &mut Canvas, origin: Point, ticks: &[Tick], size: f64) {
    marks_below(canvas, origin, ticks);
    let mut free = f64::NEG_INFINITY;
    for (place, label) in ticks {
        let (x, half) = (origin.0 + place, text_width(label, size) / 2.0);
        if x - half >= free {
            canvas.text(label.as_str(), (x, origin.1 + 4.0 + size * 0.8), Text::new(size, INK));
            free = x + half + size * 0.4;
        }
    }
}

/// Draws ticks without labels below a panel.
pub(super) fn marks_below(canvas: &mut Canvas, origin: Point, ticks: &[Tick]) {
    for (place, _) in ticks {
        let x = origin.0 + place;
        canvas.line(&[(x, origin.1), (x, origin.1 + 4.0)], INK, 1.0);
    }
}

/// Draws ticks on the left of a panel whose axes meet at `origin`. Labels that would touch the one below are
/// left out.
pub(super) fn ticks_left(canvas: &mut Canvas, origin: Point, ticks: &[Tick], size: f64, labels: bool) {
    let mut free = f64::INFINITY;
    for (place, label) in ticks {
        let y = origin.1 - place;
        canvas.line(&[(origin.0 - 4.0, y), (origin.0, y)], INK, 1.0);
        if labels && y <= free {
            let text = Text::new(size, INK).anchored(Anchor::End);
            canvas.text(label.as_str(), (origin.0 - 8.0, y), text);
            free = y - size * 1.2;
        }
    }
}

/// Draws lines behind a panel at the ticks of its vertical axis.
pub(super) fn grid_across(canvas: &mut Canvas, origin: Point, ticks: &[Tick], width: f64) {
    for (place, _) in ticks {
        let y = origin.1 - place;
        canvas.line(&[(origin.0, y), (origin.0 + width, y)], GRID, 0.8);
    }
}

/// Draws lines behind a panel at the ticks of its horizontal axis.
pub(super) fn grid_up(canvas: &mut Canvas, origin: Point, ticks: &[Tick], height: f64) {
    for (place, _) in ticks {
        let x = origin.0 + place;
        canvas.line(&[(x, origin.1), (x, origin.1 - height)], GRID, 0.8);
    }
}

/// Draws the two axes.
pub(super) fn axes(canvas: &mut Canvas, origin: Point, width: f64, height: f64) {
    let (x, y) = origin;
    canvas.line(&[(x, y - height), (x, y), (x + width, y)], INK, 1.0);
}

/// Writes the name of the vertical axis of a panel whose axes meet at 0, to the left of the drawing so far.
fn name_left(canvas: &mut Canvas, name: &str, height: f64) {
    let axis = canvas.bounds().0.0 - 10.0;
    for (index, line) in wrapped(name, LABEL, height.max(90.0)).into_iter().rev().enumerate() {
        let x = axis - index as f64 * LABEL * 1.2;
        canvas.text(line, (x, -height / 2.0), Text::new(LABEL, INK).upward());
    }
}

/// Writes the name of a horizontal axis of a given length that begins at 0.
fn name_below(canvas: &mut Canvas, name: &str, length: f64) {
    for (index, line) in wrapped(name, LABEL, length.max(90.0)).into_iter().enumerate() {
        canvas.text(line, (length / 2.0, 32.0 + index as f64 * LABEL * 1.2), Text::new(LABEL, INK));
    }
}

/// Writes a title above the drawing so far and a line about it below the title, both in as many lines as they
/// need.
pub(super) fn title(canvas: &mut Canvas, title: &str, about: &str, room: &Room) {
    let ((_, top), _) = canvas.bounds();
    let about_at = (room.left(), top - SMALL * 1.1);
    let y = canvas.lines_above(about, about_at, room.width, Text::new(SMALL, MUTED));
    canvas.lines_above(title, (room.left(), y - SMALL * 0.4), room.width, Text::new(TITLE, INK).bold());
}

/// Formats numbers as `48` if they are equal, else as `46 to 48`.
pub(super) fn counts(numbers: impl IntoIterator<Item = usize> + Clone) -> String {
    let least = numbers.clone().into_iter().min().unwrap_or(0);
    let most = numbers.into_iter().max().unwrap_or(0);
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}
