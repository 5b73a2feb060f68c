//! The errors of reading and writing tables of results.

use super::spreadsheet;
use crate::frames::ParquetReadError;
use pathscope_core::files::documents::DocumentError;
use pathscope_core::files::output::OutputError;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a table of results cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The format cannot be told from the file name.
    #[error("{}: the name of a table of results must end in .csv or .parquet", .path.display())]
    Ending {
        /// The path of the file.
        path: PathBuf,
    },
    /// The file cannot be read, or is too large for memory.
    #[error(transparent)]
    File(#[from] DocumentError),
    /// The file is not a CSV table.
    #[error("{}: not a CSV table: {problem} (write it again with `pathscope sweep collect`)", .path.display())]
    Csv {
        /// The path of the file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The file is not a Parquet table, or not a supported one.
    #[error("{}: {source}", .path.display())]
    Parquet {
        /// The path of the file.
        path: PathBuf,
        /// What is wrong.
        source: ParquetReadError,
    },
    /// A CSV table was saved in another form than a table of results.
    #[error("{}: {problem}", .path.display())]
    Form {
        /// The path of the file.
        path: PathBuf,
        /// The problem and its remedy.
        problem: String,
    },
    /// Columns are missing.
    #[error("{}: columns are missing: {} (expected a table of results, as this version's `pathscope sweep collect` writes it)", .path.display(), shortened(.columns))]
    MissingColumns {
        /// The path of the file.
        path: PathBuf,
        /// The names of the columns.
        columns: Vec<String>,
    },
    /// A value is invalid.
    #[error("{}: column {column}, row {row}: found {found}, expected {expected} ({})", .path.display(), spreadsheet::remedy(.found))]
    Value {
        /// The path of the file.
        path: PathBuf,
        /// The name of the column.
        column: &'static str,
        /// The number of the row, from 1 below the header.
        row: usize,
        /// The value.
        found: String,
        /// A description of the expected value.
        expected: String,
    },
    /// A model has two different rows.
    #[error("the model {id} has a row in {} (row {row}) and a different one in {} (row {other_row}): leave out the older one", .path.display(), .other.display())]
    Twice {
        /// The identity of the model.
        id: String,
        /// The file of the first row.
        path: PathBuf,
        /// The number of the first row, from 1 below the header.
        row: usize,
        /// The file of the second row.
        other: PathBuf,
        /// The number of the second row, from 1 below the header.
        other_row: usize,
    },
    /// Models of one configuration differ in more than their seeds.
    #[error("the models of the configuration {configuration} differ in {column}, in {} (row {row}) and {} (row {other_row}): only their seeds may differ, so one of the rows was changed: use the original tables", .path.display(), .other.display())]
    Disagreement {
        /// The configuration.
        configuration: String,
        /// The name of the column.
        column: &'static str,
        /// The file of the first row.
        path: PathBuf,
        /// The number of the first row, from 1 below the header.
        row: usize,
        /// The file of the second row.
        other: PathBuf,
        /// The number of the second row, from 1 below the header.
        other_row: usize,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// The largest number of names in an error.
const MOST_NAMES: usize = 5;

pub(super) fn shortened(names: &[String]) -> String {
    match names.len().checked_sub(MOST_NAMES) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST_NAMES].join(", ")),
    }
}
