//! Tables of results from files.

use super::error::ResultsError;
use super::frame::{COLUMNS, FrameProblem, results_of_frame};
use super::row::ResultRow;
use super::write::format_of;
use crate::documents::{Kind, hexadecimal};
use crate::tables::TableFormat;
use crate::tables::parquet::{Limits, read_parquet};
use polars::prelude::{Column, DataFrame};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The paper's own 20 000 models take some ten million bytes.
const KIND: Kind = Kind {
    what: "a table of results that fits into memory",
    most_bytes: 256 << 20,
    remedy: "split it into several files and give all of them",
    missing: "check its name: expected a table of results, as `pathscope sweep collect` writes it",
    ..Kind::PLAIN
};
/// What is read of a Parquet file, whose bytes may stand for many more.
const LIMITS: Limits = Limits { rows: 500_000, text: 512 << 20 };

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
}

/// The rows of one or more tables of results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// The rows of all files, in the order of the files.
    pub rows: Vec<ResultRow>,
    /// The files.
    pub inputs: Vec<Input>,
}

/// Reads tables of results, each CSV or Parquet as its name says, one below the other.
///
/// A row that is in several files is there once.
///
/// # Errors
///
/// [`ResultsError`], which names the file, and the column and row where it is one value; also where a model has two
/// different rows.
///
/// # Complexity
///
/// O(bytes), all of which are held in memory; files of more than 256 MiB are refused.
///
/// # Examples
///
/// ```
/// use pathscope::results::{Status, read_results};
///
/// let results = read_results(&["fixtures/results/study.csv".into()])?;
/// let finished = results.rows.iter().filter(|row| row.status == Status::Finished).count();
/// assert_eq!((results.rows.len(), finished), (1013, 1008));
/// # Ok::<(), pathscope::results::ResultsError>(())
/// ```
pub fn read_results(paths: &[PathBuf]) -> Result<Results, ResultsError> {
    let mut results = Results::default();
    // Of each model the place of its row in the results, its file and its row there.
    let mut seen: HashMap<String, (usize, usize, usize)> = HashMap::new();
    for (file, path) in paths.iter().enumerate() {
        let (rows, sha256) = read(path)?;
        results.inputs.push(Input { path: path.clone(), sha256 });
        for (index, row) in rows.into_iter().enumerate() {
            match seen.get(&row.id) {
                None => {
                    seen.insert(row.id.clone(), (results.rows.len(), file, index));
                    results.rows.push(row);
                }
                Some(&(place, ..)) if results.rows[place] == row => {}
                Some(&(_, first, first_row)) => {
                    return Err(ResultsError::Twice {
                        id: row.id,
                        path: paths[first].clone(),
                        row: first_row + 1,
                        other: path.clone(),
                        other_row: index + 1,
                    });
                }
            }
        }
    }
    Ok(results)
}

/// The rows of one file and its hash.
fn read(path: &Path) -> Result<(Vec<ResultRow>, String), ResultsError> {
    let format = format_of(path)?;
    let bytes = KIND.bytes(path)?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    let frame = match format {
        TableFormat::Csv => read_csv(path, &bytes)?,
        TableFormat::Parquet => read_parquet(bytes.into(), COLUMNS, LIMITS)
            .map_err(|source| ResultsError::Parquet { path: path.to_owned(), source })?,
    };
    let rows = results_of_frame(&frame).map_err(|problem| match problem {
        FrameProblem::Missing(columns) => ResultsError::MissingColumns { path: path.to_owned(), columns },
        FrameProblem::Value { column, row, found, expected } => {
            ResultsError::Value { path: path.to_owned(), column, row, found, expected }
        }
    })?;
    Ok((rows, sha256))
}

/// All columns as text. Not by polars, whose reader takes some tables for malformed, depending on where it
/// cuts them into parts.
fn read_csv(path: &Path, bytes: &[u8]) -> Result<DataFrame, ResultsError> {
    let malformed = |problem: String| ResultsError::Csv { path: path.to_owned(), problem };
    let wrong = |error: csv::Error| malformed(error.to_string());
    let mut reader = csv::Reader::from_reader(bytes);
    let names = reader.headers().map_err(wrong)?.clone();
    if names.is_empty() {
        return Err(malformed("it is empty".to_owned()));
    }
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(wrong)? {
        for (column, field) in columns.iter_mut().zip(&record) {
            column.push((!field.is_empty()).then(|| field.to_owned()));
        }
    }
    let rows = columns.first().map_or(0, Vec::len);
    let columns = names.iter().zip(columns).map(|(name, values)| Column::new(name.into(), values)).collect();
    DataFrame::new(rows, columns).map_err(|error| malformed(error.to_string()))
}
