//! The order of the rows of a program's figure.

use super::fold::Folding;
use super::uses::{Kind, Uses};
use std::collections::HashMap;

/// The place of a part while the order of rows is not known yet.
#[derive(Clone, Copy)]
struct Standing {
    column: usize,
    /// The row of a use, or the row below a sum; `None` for the source.
    row: Option<usize>,
}

/// Returns the rows from the bottom upward in the order of their first use. A row that is first used in a
/// later column, such as the normalization of a later iteration, comes directly above the rows that lead to
/// it and the rows of its kind there, so that fewer lines go back.
///
/// # Arguments
///
/// * `rows` - the number of rows
/// * `alike` - returns whether two rows are of the same kind
pub(super) fn upward(uses: &Uses, rows: usize, alike: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let before = uses.before();
    let mut order: Vec<usize> = Vec::with_capacity(rows);
    // The highest row that leads to the first use of each row.
    let mut above: HashMap<usize, usize> = HashMap::new();
    let mut last_column: HashMap<usize, usize> = HashMap::new();
    let mut standing: Vec<Standing> = Vec::with_capacity(uses.parts.len());
    for (part, before) in uses.parts.iter().zip(&before) {
        let before: Vec<Standing> = before.iter().map(|&before| standing[before]).collect();
        let column = before.iter().map(|place| place.column).max().unwrap_or(0);
        let rank = |order: &[usize], row: usize| order.iter().position(|&other| other == row);
        let here = before.iter().filter(|place| place.column == column).filter_map(|place| place.row);
        let highest = here.max_by_key(|&row| rank(&order, row));
        standing.push(match part.kind {
            Kind::Source => Standing { column: 0, row: None },
            Kind::Sum => Standing { column, row: highest },
            Kind::Use(row) => {
                let column = match (last_column.get(&row), highest) {
                    (None, Some(highest)) if column > 0 => {
                        let mut at = rank(&order, highest).map_or(order.len(), |at| at + 1);
                        let of_its_kind =
                            |next: &usize| above.get(next) == Some(&highest) && alike(*next, row);
                        while order.get(at).is_some_and(of_its_kind) {
                            at += 1;
                        }
                        order.insert(at, row);
                        column
                    }
                    (None, _) => {
                        order.push(row);
                        column
                    }
                    (Some(last), highest) => {
                        let is_above =
                            highest.is_none_or(|highest| rank(&order, highest) < rank(&order, row));
                        (column + usize::from(!is_above)).max(last + 1)
                    }
                };
                if let (None, Some(highest)) = (last_column.insert(row, column), highest) {
                    above.insert(row, highest);
                }
                Standing { column, row: Some(row) }
            }
        });
    }
    order
}

impl Folding {
    /// Returns the folding with its rows in another order.
    pub(super) fn ordered(mut self, order: &[usize]) -> Self {
        let mut moved = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            moved[old] = new;
        }
        self.rows = order.iter().map(|&row| self.rows[row].clone()).collect();
        for (row, _) in self.places.iter_mut().flatten() {
            *row = moved[*row];
        }
        self
    }
}
