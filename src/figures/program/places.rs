//! The places of the parts of a figure: columns, and rows from the bottom upward with sums between them.

use super::uses::{Kind, Uses};
use std::collections::{BTreeMap, BTreeSet};

/// A height: a row, or a level of sums above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Height {
    /// The row, counted from 1. Row 0 is below the first.
    pub row: usize,
    /// The level: 0 for the row itself, then the levels of sums above it.
    pub level: usize,
}

/// The place of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The column, from 0.
    pub column: usize,
    /// The height.
    pub height: Height,
}

/// The places of all parts.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The place of each part.
    pub of: Vec<Place>,
    /// The number of columns.
    pub columns: usize,
    /// The heights that have parts, in ascending order.
    pub heights: Vec<Height>,
}

impl Places {
    /// Places each part as far left as it can be so that everything before it is below it or in an earlier
    /// column. A column is therefore roughly an iteration of a recurrent network, and a network without
    /// recurrence has a single column.
    pub(super) fn new(uses: &Uses) -> Self {
        let mut of: Vec<Place> = Vec::with_capacity(uses.parts.len());
        // The next free column of every row, and the places of sums.
        let mut free: BTreeMap<usize, usize> = BTreeMap::new();
        let mut sums: BTreeSet<(usize, usize, usize)> = BTreeSet::new();
        for (part, before) in uses.parts.iter().zip(uses.before()) {
            let before: Vec<Place> = before.into_iter().map(|before| of[before]).collect();
            let place = match part.kind {
                Kind::Source => Place { column: 0, height: Height { row: 0, level: 0 } },
                Kind::Use(row) => {
                    let height = Height { row: row + 1, level: 0 };
                    let after = |place: &Place| place.column + usize::from(place.height >= height);
                    let free = free.entry(row).or_default();
                    let column = before.iter().map(after).max().unwrap_or(0).max(*free);
                    *free = column + 1;
                    Place { column, height }
                }
                Kind::Sum => {
                    let column = before.iter().map(|place| place.column).max().unwrap_or(0);
                    let here = before.iter().filter(|place| place.column == column);
                    let highest = here.map(|place| place.height).max();
                    let Height { row, level } = highest.unwrap_or(Height { row: 0, level: 0 });
                    let mut level = level + 1;
                    while !sums.insert((column, row, level)) {
                        level += 1;
                    }
                    Place { column, height: Height { row, level } }
                }
            };
            of.push(place);
        }
        let columns = of.iter().map(|place| place.column).max().unwrap_or(0) + 1;
        let heights: BTreeSet<Height> = of.iter().map(|place| place.height).collect();
        Self { of, columns, heights: heights.into_iter().collect() }
    }

    /// Returns the index of a height among all heights.
    pub(super) fn position(&self, height: Height) -> usize {
        self.heights.binary_search(&height).unwrap_or_else(|position| position)
    }
}
