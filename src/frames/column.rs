//! Columns of frames from the fields of rows.

use super::TableError;
use pathscope_core::paths::PathCount;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// Returns a frame with some columns, which have the same length.
pub(crate) fn frame(columns: Vec<Column>) -> Result<DataFrame, TableError> {
    let height = columns.first().map_or(0, Column::len);
    Ok(DataFrame::new(height, columns)?)
}

pub(crate) fn strings(name: &str, values: impl Iterator<Item = Option<String>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into()
}

pub(crate) fn integers(name: &str, values: impl Iterator<Item = Option<usize>>) -> Column {
    Series::new(name.into(), values.map(|value| value.map(|value| value as u64)).collect::<Vec<_>>()).into()
}

pub(crate) fn numbers(name: &str, values: impl Iterator<Item = Option<f64>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into()
}

/// Returns a column of path counts: integers if all fit into 64 bits, else their digits as text.
pub(crate) fn counts<'a>(name: &str, values: impl Iterator<Item = &'a PathCount>) -> Column {
    let values: Vec<&PathCount> = values.collect();
    match values.iter().map(|count| count.to_u64()).collect::<Option<Vec<u64>>>() {
        Some(small) => Series::new(name.into(), small).into(),
        None => strings(name, values.into_iter().map(|count| Some(count.to_string()))),
    }
}

/// Returns the parts joined into one text.
pub(crate) fn joined<T: ToString>(parts: impl Iterator<Item = T>, separator: &str) -> String {
    parts.map(|part| part.to_string()).collect::<Vec<_>>().join(separator)
}
