//! Conversion of rows of results to a frame with a column for each field, and back.

use super::cell::{Cell, CellError};
use super::columns::{ColumnGroup, ResultColumn, columns};
use super::error::shortened;
use super::identity::Identified;
use super::row::ResultRow;
use super::spreadsheet;
use crate::frames::{TableError, frame};
use polars::prelude::{AnyValue, Column, DataFrame, Series};
use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde_json::Value;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use thiserror::Error;

/// The reason why a frame is not a table of results.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum FrameProblem {
    /// Columns are missing.
    #[error("columns are missing: {} (expected all of `results::columns`)", shortened(.0))]
    Missing(Vec<String>),
    /// A value is invalid.
    #[error("column {column}, row {row}: found {found}, expected {expected} ({})", spreadsheet::remedy(.found))]
    Value {
        /// The name of the column.
        column: &'static str,
        /// The number of the row, from 1.
        row: usize,
        /// The value.
        found: String,
        /// A description of the expected value.
        expected: String,
    },
}

impl ResultRow {
    /// Reads a row and converts its identities to the current form.
    ///
    /// # Arguments
    ///
    /// * `place` - the number of the row, from 0
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

/// The largest number of characters of a value in an error.
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

/// Returns rows as a frame with all [`columns`]. Those of an optional [`ColumnGroup`] are left out if no row has
/// any of its values.
///
/// Enums have the same words as in files. Removed lengths are written as `1-3,5` or `none`, and the path
/// length distribution as lengths with their probabilities: `1:0.505 2:0.3 3:0.195`. Values that a row
/// lacks are missing.
///
/// # Errors
///
/// Returns a [`TableError`] if polars runs out of memory.
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
    frame_of_rows(columns(), rows)
}

/// Returns some columns of rows as a frame, without optional groups of columns that no row has a value of.
pub(crate) fn frame_of_rows<'c>(
    columns: impl IntoIterator<Item = &'c ResultColumn>,
    rows: impl IntoIterator<Item = impl Borrow<ResultRow>>,
) -> Result<DataFrame, TableError> {
    let columns: Vec<&ResultColumn> = columns.into_iter().collect();
    let mut cells: Vec<Vec<AnyValue<'static>>> = vec![Vec::new(); columns.len()];
    for row in rows {
        let fields = serde_json::to_value(row.borrow())?;
        for (column, cells) in columns.iter().zip(&mut cells) {
            cells.push(cell(fields.get(column.name)));
        }
    }
    let has_values = |cells: &[AnyValue<'_>]| cells.iter().any(|cell| *cell != AnyValue::Null);
    let found = columns.iter().zip(&cells).filter(|(_, cells)| has_values(cells));
    let mut present: Vec<ColumnGroup> = found.map(|(column, _)| column.group()).collect();
    present.push(ColumnGroup::Required);
    let shown = columns.iter().zip(&cells).filter(|(column, _)| present.contains(&column.group()));
    let series = shown.map(|(column, cells)| {
        Ok(Series::from_any_values_and_dtype(column.name.into(), cells, &column.dtype, true)?.into())
    });
    frame(series.collect::<Result<_, TableError>>()?)
}

/// Returns a field of a row as the value of a column.
fn cell(field: Option<&Value>) -> AnyValue<'static> {
    match field {
        Some(Value::String(text)) => AnyValue::StringOwned(text.into()),
        Some(Value::Number(number)) => match number.as_u64() {
            Some(whole) => AnyValue::UInt64(whole),
            None => number.as_f64().map_or(AnyValue::Null, AnyValue::Float64),
        },
        Some(Value::Object(shares)) if !shares.is_empty() => {
            let share =
                |(length, share): (&String, &Value)| Some((length.parse::<usize>().ok()?, share.as_f64()?));
            let shares: BTreeMap<usize, f64> = shares.iter().filter_map(share).collect();
            let text = |(length, share): (&usize, &f64)| format!("{length}:{share:?}");
            AnyValue::StringOwned(shares.iter().map(text).collect::<Vec<_>>().join(" ").into())
        }
        _ => AnyValue::Null,
    }
}

/// Returns the rows of a frame that has all [`columns`], in any order and possibly with others. It may lack
/// those of any optional [`ColumnGroup`].
///
/// Numbers may be text, and integers may be floats, as other programs write them. Identities of the first
/// versions, which are 16 hexadecimal digits alone, get their letter in front.
///
/// # Errors
///
/// Returns the first [`FrameProblem`].
///
/// # Complexity
///
/// O(rows).
pub fn results_of_frame(frame: &DataFrame) -> Result<Vec<ResultRow>, FrameProblem> {
    let mut found: Vec<(&'static str, &Column)> = Vec::new();
    let mut missing = Vec::new();
    for column in columns() {
        match frame.column(column.name) {
            Ok(values) => found.push((column.name, values)),
            Err(_) if column.group() != ColumnGroup::Required => {}
            Err(_) => missing.push(column.name.to_owned()),
        }
    }
    if !missing.is_empty() {
        return Err(FrameProblem::Missing(missing));
    }
    (0..frame.height()).map(|row| row_of(&found, row)?.identified(row)).collect()
}

fn row_of(columns: &[(&'static str, &Column)], row: usize) -> Result<ResultRow, FrameProblem> {
    // Serde reports what is wrong with a value, but not the column.
    let mut read = 0;
    let cells = columns.iter().map(|&(name, column)| {
        read += 1;
        (name, Cell(column.get(row).unwrap_or(AnyValue::Null)))
    });
    ResultRow::deserialize(MapDeserializer::new(cells)).map_err(|CellError(expected)| {
        let (column, values) = columns[read - 1];
        let found = values.get(row).map_or("nothing".to_owned(), |value| shown(&value));
        FrameProblem::Value { column, row: row + 1, found, expected }
    })
}
