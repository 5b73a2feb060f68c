//! What the colours of a panel mean.

use super::super::canvas::{Anchor, Canvas, Point, Text};
use super::super::style::{INK, PAPER, SMALL, readout_colour, shortened, text_width};
use crate::circuit::Readout;
use plotters::style::RGBColor;

/// From the mark to its name, and from there to the next mark.
const TO_NAME: f64 = 6.0;
const TO_NEXT: f64 = 18.0;
/// The height of a line.
const LINE: f64 = 16.0;
/// The length of a line's mark.
const MARK: f64 = 16.0;

/// A mark and its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    mark: Mark,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    Point(RGBColor),
    PointsOnLine(RGBColor),
    Line(RGBColor),
    Dashes(RGBColor),
    Ring(RGBColor),
}

impl Key {
    /// A point.
    pub fn point(colour: RGBColor, name: String) -> Self {
        Self { mark: Mark::Point(colour), name }
    }

    /// A readout mode, whose points are joined by a line.
    pub fn readout(readout: Readout) -> Self {
        Self { mark: Mark::PointsOnLine(readout_colour(readout)), name: readout.to_string() }
    }

    /// The mean of feed-forward models.
    pub fn feed_forward() -> Self {
        Self { mark: Mark::Line(INK), name: "feed-forward".to_owned() }
    }

    /// A number that others are held against.
    pub fn dashes(name: String) -> Self {
        Self { mark: Mark::Dashes(INK), name }
    }

    /// A circle around points.
    pub fn ring(name: &str) -> Self {
        Self { mark: Mark::Ring(INK), name: name.to_owned() }
    }

    fn mark_width(&self) -> f64 {
        match self.mark {
            Mark::Point(_) => 6.0,
            Mark::Ring(_) => 11.0,
            Mark::PointsOnLine(_) | Mark::Line(_) | Mark::Dashes(_) => MARK,
        }
    }
}

/// Draws the keys from left to right, in as many lines as they need; `font` multiplies the size of the text.
pub fn draw(canvas: &mut Canvas, keys: &[Key], (left, top): Point, width: f64, font: f64) {
    let size = SMALL * font;
    let (mut x, mut y) = (left, top);
    for key in keys {
        let mark = key.mark_width();
        let name = shortened(&key.name, size, (width - mark - TO_NAME).max(60.0));
        let needed = mark + TO_NAME + text_width(&name, size);
        if x > left && x + needed > left + width {
            (x, y) = (left, y + LINE * font);
        }
        let centre = (x + mark / 2.0, y);
        match key.mark {
            Mark::Point(colour) => canvas.circle(centre, 3.0, colour, PAPER, 0.4),
            Mark::Ring(colour) => canvas.ring(centre, 5.0, colour, 1.2),
            Mark::Line(colour) => canvas.line(&[(x, y), (x + mark, y)], colour, 1.3),
            Mark::Dashes(colour) => canvas.dashes((x, y), (x + mark, y), colour, 1.3),
            Mark::PointsOnLine(colour) => {
                canvas.line(&[(x, y), (x + mark, y)], colour, 1.4);
                canvas.circle(centre, 3.0, colour, PAPER, 0.6);
            }
        }
        canvas.text(name, (x + mark + TO_NAME, y), Text::new(size, INK).anchored(Anchor::Start));
        x += needed + TO_NEXT;
    }
}
