//! Rows of results as a frame with a column for each field, and back.

use super::error::shortened;
use super::field::Field;
use super::identity::Identified;
use super::row::ResultRow;
use super::spreadsheet;
use crate::frames::TableError;
use polars::prelude::{AnyValue, Column, DataFrame};
use thiserror::Error;

macro_rules! columns {
    ($($name:ident)+; $($of_contributions:ident)+) => {
        /// The columns that every table of results has, which are fields of [`ResultRow`].
        pub const COLUMNS: &[&str] = &[$(stringify!($name)),+];

        /// The columns of contributions, which tables have after the others where a model has any of them.
        pub const CONTRIBUTION_COLUMNS: &[&str] = &[$(stringify!($of_contributions)),+];

        fn columns_of(rows: &[ResultRow]) -> Vec<Column> {
            let mut columns = vec![$(Field::column(stringify!($name), rows.iter().map(|row| &row.$name))),+];
            if rows.iter().any(ResultRow::has_contributions) {
                columns.extend([$(
                    Field::column(stringify!($of_contributions), rows.iter().map(|row| &row.$of_contributions))
                ),+]);
            }
            columns
        }

        fn row_of(cells: &mut Cells<'_, '_>) -> Result<ResultRow, FrameProblem> {
            // In the order of the columns, as the cells are.
            let row = ResultRow {
                $($name: cells.next(stringify!($name))?,)+
                $($of_contributions: cells.next(stringify!($of_contributions))?,)+
            };
            row.identified(cells.row)
        }
    };
}

columns! {
    study id status problem kind configuration matched original
    dataset split_seed train_fraction train_images recurrent_blocks iterations readout channels activation
    first_block loss seed multi_path lengths_removed
    parameters neurons neurons_without_ceiling cc_raw cc_raw_median cc_raw_std cc_raw2 cc_max cc_norm2
    cc_norm2_median cc_norm2_std
    average_path_length length_std diversity_nats effective_paths distribution
    steps best_validation_loss seconds device version model_sha256 dataset_sha256;
    contribution_average_path_length contribution_distribution contribution_bias_share contribution_spearman
    contribution_explained
}

/// What keeps a frame from being a table of results.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum FrameProblem {
    /// Columns that are not there.
    #[error("there is no column {} (expected those of `COLUMNS`)", shortened(.0))]
    Missing(Vec<String>),
    /// A value that means nothing.
    #[error("column {column}, row {row}: found {found}, expected {expected} ({})", spreadsheet::remedy(.found))]
    Value {
        /// The column.
        column: &'static str,
        /// The row, counted from 1.
        row: usize,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
}

/// The cells of one row.
struct Cells<'f, 'c> {
    /// The columns in their order; `None` for those that the table may lack and does.
    columns: &'c [Option<&'f Column>],
    index: usize,
    row: usize,
}

impl Cells<'_, '_> {
    fn next<T: Field>(&mut self, column: &'static str) -> Result<T, FrameProblem> {
        let column_of_cells = self.columns.get(self.index).copied().flatten();
        let cell = column_of_cells.and_then(|column| column.get(self.row).ok()).unwrap_or(AnyValue::Null);
        self.index += 1;
        T::from_cell(&cell).map_err(|expected| FrameProblem::Value {
            column,
            row: self.row + 1,
            found: shown(&cell),
            expected,
        })
    }
}

impl ResultRow {
    /// The row with its identities in today's form.
    ///
    /// # Arguments
    ///
    /// * `place` - of the row, from 0
    fn identified(mut self, place: usize) -> Result<Self, FrameProblem> {
        let identities = [
            ("id", Identified::Model, Some(&mut self.id)),
            ("configuration", Identified::Configuration, Some(&mut self.configuration)),
            ("matched", Identified::Configuration, Some(&mut self.matched)),
            ("original", Identified::Model, self.original.as_mut()),
        ];
        for (column, of, identity) in identities {
            let Some(identity) = identity else { continue };
            *identity = of.parse(identity).ok_or_else(|| FrameProblem::Value {
                column,
                row: place + 1,
                found: quoted(identity),
                expected: of.expected(),
            })?;
        }
        Ok(self)
    }
}

/// Longest text that an error repeats.
const LONGEST: usize = 60;

fn shown(cell: &AnyValue<'_>) -> String {
    match cell.get_str() {
        None if cell.is_null() => "nothing".to_owned(),
        None => cell.to_string(),
        Some("") => "nothing".to_owned(),
        Some(text) => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    if text.chars().count() > LONGEST {
        return format!("'{}…'", text.chars().take(LONGEST).collect::<String>());
    }
    format!("'{text}'")
}

/// Rows as a frame with the [`COLUMNS`], and with the [`CONTRIBUTION_COLUMNS`] where a row has any of them.
///
/// Whole numbers are unsigned integers of 64 bits and all other numbers doubles. Words stand as files have
/// them, the lengths that are removed as `1-3,5` or `none`, and the path length distribution as lengths with
/// their probabilities: `1:0.505 2:0.3 3:0.195`. What a row does not have is missing.
///
/// # Errors
///
/// [`TableError`], where polars runs out of memory.
///
/// # Complexity
///
/// O(rows).
///
/// # Examples
///
/// ```
/// use pathscope::study::results::{read_results, results_frame, results_of_frame};
///
/// let rows = read_results(&["fixtures/results/study.csv".into()])?.rows;
/// let frame = results_frame(&rows)?;
/// assert_eq!((frame.height(), frame.width()), (1013, 45));
/// assert_eq!(results_of_frame(&frame).unwrap(), rows);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn results_frame(rows: &[ResultRow]) -> Result<DataFrame, TableError> {
    Ok(DataFrame::new(rows.len(), columns_of(rows))?)
}

/// The rows of a frame that has the [`COLUMNS`], in any order and possibly with others; without
/// [`CONTRIBUTION_COLUMNS`] no row has contributions.
///
/// Numbers may be text, and whole numbers doubles, as other programs write them. Identities that are 16 hexadecimal
/// digits alone, as the first versions wrote them, get the letter in front that they have today.
///
/// # Errors
///
/// The first [`FrameProblem`].
///
/// # Complexity
///
/// O(rows).
pub fn results_of_frame(frame: &DataFrame) -> Result<Vec<ResultRow>, FrameProblem> {
    let column = |name: &&str| frame.column(name).ok();
    let missing: Vec<String> =
        COLUMNS.iter().filter(|name| column(name).is_none()).map(|name| (*name).to_owned()).collect();
    if !missing.is_empty() {
        return Err(FrameProblem::Missing(missing));
    }
    let columns: Vec<Option<&Column>> = COLUMNS.iter().chain(CONTRIBUTION_COLUMNS).map(column).collect();
    (0..frame.height()).map(|row| row_of(&mut Cells { columns: &columns, index: 0, row })).collect()
}
