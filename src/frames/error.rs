//! Errors of tables and their files.

use polars::prelude::PolarsError;
use thiserror::Error;

/// A reason why a table cannot be built or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// Polars cannot build or write the frame.
    #[error("the table cannot be written: {0}")]
    Frame(#[from] PolarsError),
    /// A row has a value that is neither a string nor a number.
    #[error("the table cannot be written: {0}")]
    Row(#[from] serde_json::Error),
    /// The frames of one table have different columns.
    #[error("the table cannot be written: its rows have different columns")]
    Columns,
}

/// A reason why a Parquet file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParquetReadError {
    /// The file is not Parquet, or is damaged.
    #[error("expected a Parquet file, but it is not one or is damaged: {0}")]
    Damaged(String),
    /// A column has an unsupported type.
    #[error("column {column} is of type {found}, expected strings or numbers")]
    Type {
        /// The name of the column.
        column: String,
        /// The type of the column.
        found: String,
    },
    /// The file has too many rows.
    #[error("it has {rows} rows, but at most {most} are read (split it into several files)")]
    TooManyRows {
        /// The number of rows.
        rows: usize,
        /// The largest number of rows that is read.
        most: usize,
    },
    /// The columns are too large to be held in memory.
    #[error(
        "its columns have more than {most} bytes when decompressed, too many to read (split it into several files)"
    )]
    TooManyBytes {
        /// The largest number of bytes that is read.
        most: usize,
    },
}

impl From<PolarsError> for ParquetReadError {
    fn from(error: PolarsError) -> Self {
        Self::Damaged(error.to_string())
    }
}
