//! The composition of panels into a figure, side by side as in the paper.

use super::arrangement::{Arrangement, GAP, alike};
use super::{Drawn, FigureKind, Panel};
use crate::figures::canvas::{Anchor, Canvas, Text};
use crate::figures::legend::{self, Key};
use crate::figures::style::{INK, MUTED, SMALL, TITLE, wrapped};

/// The distance between a panel and its legend.
const TO_LEGEND: f64 = 16.0;

/// A panel and its place.
pub(super) struct Placed<'a> {
    pub panel: &'a Panel,
    pub drawn: Drawn,
}

/// The place of the legends of a row.
enum Legend<'k> {
    /// A legend below each panel.
    OfEach,
    /// One legend below all panels, or none if it follows below another row.
    Below(&'k [Key]),
}

/// Draws panels in rows from left to right. Several panels have letters, and a note lists those that were
/// left out.
pub(super) fn compose(
    panels: Vec<Placed<'_>>,
    lettered: bool,
    left_out: &[char],
    arrangement: &Arrangement,
) -> Canvas {
    let mut rows: Vec<Vec<Placed<'_>>> = Vec::new();
    for placed in panels {
        let has_room = |row: &&mut Vec<Placed<'_>>| {
            row.len() < row[0].drawn.columns && row.iter().all(|other| alike(other.panel, placed.panel))
        };
        match rows.last_mut().filter(has_room) {
            Some(row) => row.push(placed),
            None => rows.push(vec![placed]),
        }
    }
    let mut canvas = Canvas::default();
    let mut top = 0.0;
    let legends: Vec<Option<Vec<Key>>> = rows.iter().map(|row| shared_legend(row)).collect();
    for (index, row) in rows.into_iter().enumerate() {
        // Consecutive rows with equal legends share one, below the last of them.
        let again = legends[index].is_some() && legends.get(index + 1) == Some(&legends[index]);
        let legend = match &legends[index] {
            Some(_) if again => Legend::Below(&[]),
            Some(keys) => Legend::Below(keys),
            None => Legend::OfEach,
        };
        place_row(&mut canvas, row, top, lettered, legend);
        top = canvas.bounds().1.1 + GAP;
    }
    if lettered && !left_out.is_empty() {
        let letters = left_out.iter().map(char::to_string).collect::<Vec<_>>().join(", ");
        let note = format!("not drawn: {letters} (the table lacks what they show)");
        for line in wrapped(&note, SMALL, arrangement.page()) {
            canvas.text(line, (0.0, top), Text::new(SMALL, MUTED).anchored(Anchor::Start));
            top += SMALL * 1.3;
        }
    }
    canvas
}

/// Returns the joint legend of a row, unless one of its marks means something different in another panel.
fn shared_legend(row: &[Placed<'_>]) -> Option<Vec<Key>> {
    let mut keys: Vec<Key> = Vec::new();
    let series = |kind| {
        use FigureKind::{Ablations, ByIterations, ByLength};
        matches!(kind, Ablations { .. } | ByIterations | ByLength)
    };
    for placed in row {
        let differs = placed.drawn.legend != row[0].drawn.legend;
        if differs && !series(placed.panel.kind) {
            return None;
        }
        for key in &placed.drawn.legend {
            match keys.iter().find(|other| other.has_mark_of(key)) {
                Some(other) if other != key => return None,
                Some(_) => {}
                None => keys.push(key.clone()),
            }
        }
    }
    Some(keys)
}

/// Draws a row of panels. Their horizontal axes are at the same height, and their vertical ones are aligned
/// with those of the rows above.
fn place_row(canvas: &mut Canvas, row: Vec<Placed<'_>>, top: f64, lettered: bool, legend: Legend<'_>) {
    let above = row.iter().map(|placed| -placed.drawn.canvas.bounds().0.1).fold(0.0, f64::max);
    let below = row.iter().map(|placed| placed.drawn.canvas.bounds().1.1).fold(0.0, f64::max);
    let letters = if lettered { 20.0 } else { 0.0 };
    let (axes, mut left) = (top + letters + above, 0.0);
    for Placed { panel, drawn } in row {
        let room = drawn.room;
        if let Some(letter) = panel.letter.filter(|_| lettered) {
            let text = Text::new(TITLE + 2.0, INK).anchored(Anchor::Start).bold();
            canvas.text(letter, (left, top + 8.0), text);
        }
        canvas.insert(drawn.canvas, (left + room.axis, axes));
        if let Legend::OfEach = legend {
            legend::draw(canvas, &drawn.legend, (left, axes + below + TO_LEGEND), room.width);
        }
        left += room.width + GAP;
    }
    if let Legend::Below(keys) = legend {
        legend::draw(canvas, keys, (0.0, axes + below + TO_LEGEND), left - GAP);
    }
}
