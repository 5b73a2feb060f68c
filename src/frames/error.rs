//! What can go wrong with a table and its files.

use polars::prelude::PolarsError;
use thiserror::Error;

/// Why a table cannot be made or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// Polars cannot build or write the frame.
    #[error("the table cannot be written: {0}")]
    Frame(#[from] PolarsError),
    /// A row is not made of strings and numbers.
    #[error("the table cannot be written: {0}")]
    Row(#[from] serde_json::Error),
    /// The frames of one table have different columns.
    #[error("the table cannot be written: its rows have different columns")]
    Columns,
}

/// Why a Parquet file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParquetReadError {
    /// The file is not Parquet, or is damaged.
    #[error("expected a Parquet file, and this is another one or damaged: {0}")]
    Damaged(String),
    /// A column has an unsupported type.
    #[error("column {column} is of type {found}, expected strings or numbers")]
    Type {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// The file has too many rows.
    #[error("it has {rows} rows, at most {most} are read (split it into several files)")]
    TooManyRows {
        /// How many it has.
        rows: usize,
        /// How many are read at most.
        most: usize,
    },
    /// The columns are too large to be held in memory.
    #[error(
        "its columns have more than {most} bytes when they are decompressed, which are not read (split it into several files)"
    )]
    TooManyBytes {
        /// How many bytes are read at most.
        most: usize,
    },
}

impl From<PolarsError> for ParquetReadError {
    fn from(error: PolarsError) -> Self {
        Self::Damaged(error.to_string())
    }
}
