//! Panels side by side, as the paper sets them.

use super::{Drawn, Panel, legend};
use crate::figures::canvas::{Canvas, Text};
use crate::figures::style::{INK, TITLE};

/// Rows are filled up to this width: that of a page on which text keeps its size.
const PAGE: f64 = 690.0;
/// Between panels of a row, and between rows.
const GAP: f64 = 22.0;
/// Between a panel and its legend.
const TO_LEGEND: f64 = 16.0;

/// All panels in rows from left to right, with their letters where there are several.
pub fn compose(panels: Vec<(&Panel, Drawn)>, lettered: bool) -> Canvas {
    let mut rows: Vec<Vec<(&Panel, Drawn)>> = Vec::new();
    let mut right = 0.0;
    for (panel, drawn) in panels {
        let width = width(&drawn.canvas);
        match rows.last_mut() {
            Some(row) if right + GAP + width <= PAGE => {
                row.push((panel, drawn));
                right += GAP + width;
            }
            _ => {
                rows.push(vec![(panel, drawn)]);
                right = width;
            }
        }
    }
    let mut canvas = Canvas::default();
    let mut top = 0.0;
    for row in rows {
        place_row(&mut canvas, row, top, lettered);
        top = canvas.bounds().1.1 + GAP;
    }
    canvas
}

fn width(canvas: &Canvas) -> f64 {
    let ((left, _), (right, _)) = canvas.bounds();
    right - left
}

fn place_row(canvas: &mut Canvas, row: Vec<(&Panel, Drawn)>, top: f64, lettered: bool) {
    let shared = row.iter().all(|(_, drawn)| drawn.legend == row[0].1.legend);
    let shared = shared.then(|| row[0].1.legend.clone());
    let mut left = 0.0;
    for (panel, drawn) in row {
        let width = width(&drawn.canvas);
        let mut top = top;
        if let Some(letter) = panel.letter.filter(|_| lettered) {
            canvas.text(letter, (left + 4.0, top + 8.0), Text::new(TITLE + 2.0, INK).bold());
            top += 20.0;
        }
        let ((from, above), (_, bottom)) = drawn.canvas.bounds();
        canvas.insert(drawn.canvas, (left - from, top - above));
        if shared.is_none() {
            legend::draw(canvas, &drawn.legend, left, top + bottom - above + TO_LEGEND, width);
        }
        left += width + GAP;
    }
    if let Some(keys) = shared {
        let bottom = canvas.bounds().1.1;
        legend::draw(canvas, &keys, 0.0, bottom + TO_LEGEND, left - GAP);
    }
}
