//! The arrangement of the panels of a figure on its sheet.

use super::{FigureKind, Panel};
use crate::figures::Sheet;

/// The distance between panels of a row, and between rows.
pub(super) const GAP: f64 = 22.0;
/// The usual width of the name and the numbers of a vertical axis.
const AXIS: f64 = 58.0;
/// The smallest height of panels, relative to the usual height.
const LOWEST: f64 = 0.45;
/// The height of panels if no height makes the figure fit, relative to the usual height.
const TOO_HIGH: f64 = 0.76;
const STEP: f64 = 0.06;

/// The room for a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Room {
    /// The whole width.
    pub width: f64,
    /// The width to the left of the vertical axis.
    pub axis: f64,
    /// The factor by which heights are multiplied.
    pub height: f64,
}

impl Room {
    /// Returns the length of the horizontal axis, which leaves room for half of the last number beyond its
    /// end.
    pub(super) fn inside(&self) -> f64 {
        self.width - self.axis - 14.0
    }

    /// Returns the left end of a panel whose axes meet at 0.
    pub(super) fn left(&self) -> f64 {
        -self.axis
    }
}

/// An arrangement of panels. Arrangements are tried until one fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrangement {
    sheet: Sheet,
    axis: f64,
    height: f64,
    /// Whether no height makes the figure fit.
    given_up: bool,
}

impl Arrangement {
    pub(super) fn new(sheet: Sheet) -> Self {
        Self { sheet, axis: AXIS, height: 1.0, given_up: false }
    }

    /// Returns the number of panels of a kind that are side by side, and the room of each.
    pub(super) fn room(&self, kind: FigureKind, panels: usize) -> (usize, Room) {
        let page = self.sheet.width();
        let columns = match narrowest(kind) {
            // A wide page has larger panels rather than more.
            Some(width) => columns(panels, page, width.max((page / 3.5).min(245.0))),
            None => 1,
        };
        let width = (page + GAP) / columns as f64 - GAP;
        let width = match (narrowest(kind), panels) {
            (Some(_), 1) => width.min(self.sheet.widest_panel()),
            _ => width,
        };
        (columns, Room { width, axis: self.axis, height: self.height })
    }

    /// Returns the next arrangement to try, given the width that axes need and the height of the figure;
    /// `None` if this arrangement fits.
    pub(super) fn next(self, axis: f64, height: f64) -> Option<Self> {
        if axis > self.axis + 0.5 {
            return Some(Self { axis: axis.ceil(), ..self });
        }
        if height <= self.sheet.height() || self.given_up {
            return None;
        }
        let lower = self.height - STEP;
        let given_up = lower < LOWEST;
        Some(Self { height: if given_up { TOO_HIGH } else { lower }, given_up, ..self })
    }

    /// Returns the largest width of the figure.
    pub(super) fn page(&self) -> f64 {
        self.sheet.width()
    }
}

/// Returns the number of things no narrower than `narrowest` that are side by side on a page, in rows of
/// about equal numbers.
pub(super) fn columns(count: usize, page: f64, narrowest: f64) -> usize {
    let most = (((page + GAP) / (narrowest + GAP)) as usize).clamp(1, count.max(1));
    count.max(1).div_ceil(count.max(1).div_ceil(most))
}

/// Returns the smallest width of a panel, or `None` if it has its own row.
fn narrowest(kind: FigureKind) -> Option<f64> {
    match kind {
        FigureKind::PairGrid
        | FigureKind::LargePairGrid
        | FigureKind::Distributions
        | FigureKind::Ablations { removed: None, .. } => None,
        FigureKind::ByLength => Some(230.0),
        FigureKind::BestPairs
        | FigureKind::NoAvgPairs
        | FigureKind::MultiPathPerformance
        | FigureKind::MultiPathLength
        | FigureKind::ByIterations => Some(190.0),
        FigureKind::Ablations { .. } => Some(180.0),
    }
}

/// Returns whether panels of these kinds are side by side.
pub(super) fn alike(one: &Panel, other: &Panel) -> bool {
    use FigureKind::{Ablations, BestPairs, MultiPathLength, MultiPathPerformance, NoAvgPairs};
    let group = |kind| match kind {
        BestPairs | NoAvgPairs => Some(0),
        MultiPathPerformance | MultiPathLength => Some(1),
        Ablations { .. } => Some(2),
        _ => None,
    };
    one.kind == other.kind || (group(one.kind).is_some() && group(one.kind) == group(other.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_filled_evenly() {
        assert_eq!(columns(3, 690.0, 190.0), 3);
        assert_eq!(columns(3, 414.0, 190.0), 2);
        assert_eq!(columns(4, 690.0, 190.0), 2);
        assert_eq!(columns(5, 858.0, 190.0), 3);
        assert_eq!((columns(1, 100.0, 190.0), columns(0, 100.0, 190.0)), (1, 1));
    }

    #[test]
    fn what_is_too_high_becomes_lower_down_to_a_limit() {
        let first = Arrangement::new(Sheet::default());
        assert!(first.next(50.0, 800.0).is_none());
        assert_eq!(first.next(70.2, 2000.0).map(|next| (next.axis, next.height)), Some((71.0, 1.0)));
        let mut tried = 0;
        let mut arrangement = first;
        while let Some(next) = arrangement.next(50.0, 1e9) {
            (arrangement, tried) = (next, tried + 1);
        }
        assert_eq!((tried, arrangement.height), (10, TOO_HIGH));
    }
}
