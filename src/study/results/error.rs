//! What can be wrong with a table of results.

use super::spreadsheet;
use crate::frames::ParquetReadError;
use pathscope_core::files::documents::DocumentError;
use pathscope_core::files::output::OutputError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a table of results cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// A name that does not say the format.
    #[error("{}: the name of a table of results ends in .csv or .parquet", .path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// A file that cannot be read, or is too large to be held in memory.
    #[error(transparent)]
    File(#[from] DocumentError),
    /// A file that is no CSV table.
    #[error("{}: it is no CSV table: {problem} (write it again with `pathscope sweep collect`)", .path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A file that is no Parquet table, or not one that can be read.
    #[error("{}: {source}", .path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ParquetReadError,
    },
    /// A CSV table that was not saved as a table of results is.
    #[error("{}: {problem}", .path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Columns that are not there.
    #[error("{}: it has no column {} (expected a table of results, as this version's `pathscope sweep collect` writes it)", .path.display(), shortened(.columns))]
    MissingColumns {
        /// The file.
        path: PathBuf,
        /// Their names.
        columns: Vec<String>,
    },
    /// A value that means nothing.
    #[error("{}: column {column}, row {row}: found {found}, expected {expected} ({})", .path.display(), spreadsheet::remedy(.found))]
    Value {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// The row, counted from 1 below the header.
        row: usize,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// A model that has two different rows.
    #[error("the model {id} has a row in {} (row {row}) and a different one in {} (row {other_row}): leave out the older one", .path.display(), .other.display())]
    Twice {
        /// The id of the model.
        id: String,
        /// The file of its first row.
        path: PathBuf,
        /// The row, counted from 1 below the header.
        row: usize,
        /// The file of its second row.
        other: PathBuf,
        /// The row, counted from 1 below the header.
        other_row: usize,
    },
    /// Models of one configuration that differ in more than their seeds.
    #[error("the models of the configuration {configuration} differ in {column}, in {} (row {row}) and {} (row {other_row}): models of one configuration differ in their seeds alone, so that one of the rows was changed: use the original tables", .path.display(), .other.display())]
    Disagreement {
        /// The configuration.
        configuration: String,
        /// The column.
        column: &'static str,
        /// The file of the first row.
        path: PathBuf,
        /// The row, counted from 1 below the header.
        row: usize,
        /// The file of the second row.
        other: PathBuf,
        /// The row, counted from 1 below the header.
        other_row: usize,
    },
    /// A file that cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Names that an error repeats at most.
const MOST_NAMES: usize = 5;

pub(super) fn shortened(names: &[String]) -> String {
    match names.len().checked_sub(MOST_NAMES) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST_NAMES].join(", ")),
    }
}
