//! Several figures as one.

use super::canvas::{Anchor, Canvas, Text};
use super::style::{INK, TITLE};

/// Between the parts of a row.
const BESIDE: f64 = 26.0;
/// Between rows.
const BELOW: f64 = 24.0;
/// What a letter takes before its part.
const LETTER: f64 = 17.0;

/// What the parts of a row have at the same height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Their upper ends.
    Tops,
    /// The heights that they call 0: the horizontal axes of plots.
    Axes,
}

/// A figure within a figure.
pub struct Part {
    /// What the paper calls it.
    pub letter: Option<char>,
    pub canvas: Canvas,
}

/// Places parts from left to right in as many rows as keep each within `width`, where the parts do.
pub fn in_rows(parts: Vec<Part>, width: f64, align: Align) -> Canvas {
    let mut rows: Vec<Vec<Part>> = Vec::new();
    let mut used = 0.0;
    for part in parts {
        let needed = part.width() + BESIDE;
        match rows.last_mut().filter(|_| used + needed <= width + BESIDE) {
            Some(row) => row.push(part),
            None => {
                rows.push(vec![part]);
                used = 0.0;
            }
        }
        used += needed;
    }
    let mut canvas = Canvas::default();
    let mut top = 0.0;
    for row in rows {
        top = place_row(&mut canvas, row, top, align) + BELOW;
    }
    canvas
}

/// Places a row below `top`.
///
/// # Returns
///
/// Where the row ends.
fn place_row(canvas: &mut Canvas, row: Vec<Part>, top: f64, align: Align) -> f64 {
    // How far a part must be moved down so that its upper end is at 0.
    let upper = |part: &Part| -part.canvas.bounds().0.1;
    let deepest = row.iter().map(upper).fold(f64::NEG_INFINITY, f64::max);
    let (mut x, mut end) = (0.0, top);
    for part in row {
        let down = top + if align == Align::Axes { deepest } else { upper(&part) };
        let ((left, high), (right, low)) = part.canvas.bounds();
        if let Some(letter) = part.letter {
            let text = Text::new(TITLE, INK).anchored(Anchor::Start).bold();
            canvas.text(letter, (x, high + down + TITLE * 0.6), text);
            x += LETTER;
        }
        canvas.insert(part.canvas, (x - left, down));
        x += right - left + BESIDE;
        end = end.max(low + down);
    }
    end
}

impl Part {
    fn width(&self) -> f64 {
        let ((left, _), (right, _)) = self.canvas.bounds();
        right - left + if self.letter.is_some() { LETTER } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part whose bar goes from `top` to `bottom`.
    fn bar(width: f64, top: f64, bottom: f64) -> Part {
        let mut canvas = Canvas::default();
        canvas.area(&[(0.0, top), (width, top), (width, bottom)], INK);
        Part { letter: None, canvas }
    }

    fn size(canvas: &Canvas) -> (f64, f64) {
        let ((left, top), (right, bottom)) = canvas.bounds();
        (right - left, bottom - top)
    }

    #[test]
    fn parts_fill_rows() {
        let parts = || vec![bar(100.0, -50.0, 0.0), bar(100.0, -50.0, 0.0), bar(40.0, -10.0, 0.0)];
        let of_width = |width| size(&in_rows(parts(), width, Align::Tops));
        assert_eq!(of_width(300.0), (240.0 + 2.0 * BESIDE, 50.0));
        assert_eq!(of_width(226.0), (200.0 + BESIDE, 60.0 + BELOW));
        assert_eq!(of_width(10.0), (100.0, 110.0 + 2.0 * BELOW));
    }

    #[test]
    fn axes_are_at_one_height() {
        let parts = || vec![bar(100.0, -50.0, 0.0), bar(100.0, -10.0, 30.0)];
        assert_eq!(size(&in_rows(parts(), 300.0, Align::Axes)).1, 80.0);
        assert_eq!(size(&in_rows(parts(), 300.0, Align::Tops)).1, 50.0);
    }

    #[test]
    fn letters_stand_before_their_parts() {
        let part = Part { letter: Some('b'), ..bar(100.0, -50.0, 0.0) };
        assert_eq!(size(&in_rows(vec![part], 300.0, Align::Tops)), (100.0 + LETTER, 50.0));
        assert_eq!(size(&in_rows(Vec::new(), 300.0, Align::Tops)), (0.0, 0.0));
    }
}
