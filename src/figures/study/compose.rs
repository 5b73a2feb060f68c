//! Panels side by side, as the paper sets them.

use super::{Drawn, FigureKind, Panel, legend};
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
        let has_room = |row: &&mut Vec<(&Panel, Drawn)>| {
            right + GAP + width <= PAGE && row.iter().all(|(other, _)| alike(other.kind, panel.kind))
        };
        match rows.last_mut().filter(has_room) {
            Some(row) => {
                row.push((panel, drawn));
                right += GAP + width;
            }
            None => {
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

/// Whether panels of these kinds stand side by side.
fn alike(one: FigureKind, other: FigureKind) -> bool {
    use FigureKind::{Ablations, BestPairs, MultiPathLength, MultiPathPerformance, NoAvgPairs};
    let group = |kind| match kind {
        BestPairs | NoAvgPairs => Some(0),
        MultiPathPerformance | MultiPathLength => Some(1),
        Ablations { .. } => Some(2),
        _ => None,
    };
    one == other || (group(one).is_some() && group(one) == group(other))
}

fn width(canvas: &Canvas) -> f64 {
    let ((left, _), (right, _)) = canvas.bounds();
    right - left
}

fn place_row(canvas: &mut Canvas, row: Vec<(&Panel, Drawn)>, top: f64, lettered: bool) {
    let first = &row[0].1;
    let shared = row.iter().all(|(_, drawn)| drawn.legend == first.legend && drawn.font == first.font);
    let shared = shared.then(|| (first.legend.clone(), first.font));
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
            let below = top + bottom - above + TO_LEGEND;
            legend::draw(canvas, &drawn.legend, (left, below), width, drawn.font);
        }
        left += width + GAP;
    }
    if let Some((keys, font)) = shared {
        let below = canvas.bounds().1.1 + TO_LEGEND;
        legend::draw(canvas, &keys, (0.0, below), left - GAP, font);
    }
}
