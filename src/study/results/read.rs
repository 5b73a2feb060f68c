//! Reading of tables of results from files.

use super::agreement::difference;
use super::columns::columns;
use super::error::ResultsError;
use super::frame::{FrameProblem, results_of_frame};
use super::row::ResultRow;
use super::spreadsheet;
use super::write::format_of;
use crate::frames::{Limits, TableFormat, read_parquet};
use pathscope_core::files::documents::{Kind, hexadecimal};
use polars::prelude::{Column, DataFrame};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The kind and limits of tables. The paper's own 20 000 models take some ten million bytes.
const KIND: Kind = Kind {
    what: "a table of results that fits into memory",
    most_bytes: 256 << 20,
    remedy: "split it into several files and give all of them",
    missing: "check its name: expected a table of results, as `pathscope sweep collect` writes it",
    ..Kind::PLAIN
};
/// The limits of a Parquet file, which may decompress to many more bytes.
const LIMITS: Limits = Limits { rows: 500_000, bytes: 512 << 20 };

/// A source file of results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The path of the file.
    pub path: PathBuf,
    /// The SHA-256 of the file.
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

/// Reads and concatenates tables of results. The file name tells CSV from Parquet.
///
/// A row that occurs in several files is kept once.
///
/// # Errors
///
/// Returns a [`ResultsError`] that names the file and, for a single value, the column and row. It is also
/// an error if a model has two different rows, or if models of one configuration differ in more than their
/// seeds.
///
/// # Complexity
///
/// O(bytes). Files are held in memory, and files of more than 256 MiB are refused.
///
/// # Examples
///
/// ```
/// use pathscope::study::results::{Status, read_results};
///
/// let results = read_results(&["fixtures/results/study.csv".into()])?;
/// let finished = results.rows.iter().filter(|row| row.status == Status::Finished).count();
/// assert_eq!((results.rows.len(), finished), (1013, 1008));
/// # Ok::<(), pathscope::study::results::ResultsError>(())
/// ```
pub fn read_results(paths: &[PathBuf]) -> Result<Results, ResultsError> {
    let mut results = Results::default();
    let mut known = Known::default();
    for (file, path) in paths.iter().enumerate() {
        let (rows, sha256) = read(path)?;
        results.inputs.push(Input { path: path.clone(), sha256 });
        for (index, row) in rows.into_iter().enumerate() {
            known.take(row, Place { file, row: index + 1 }, paths, &mut results.rows)?;
        }
    }
    Ok(results)
}

/// The place of a row: its file, and its number in the file from 1.
#[derive(Clone, Copy)]
struct Place {
    file: usize,
    row: usize,
}

/// The rows that were read so far: the row and place of each model, and of one model of each configuration.
#[derive(Default)]
struct Known {
    models: HashMap<String, (usize, Place)>,
    configurations: HashMap<String, (usize, Place)>,
}

impl Known {
    /// Adds a row, unless it was read before.
    fn take(
        &mut self,
        row: ResultRow,
        place: Place,
        paths: &[PathBuf],
        rows: &mut Vec<ResultRow>,
    ) -> Result<(), ResultsError> {
        let path = |place: Place| paths[place.file].clone();
        match self.models.get(&row.id) {
            None => {}
            Some(&(index, _)) if rows[index] == row => return Ok(()),
            Some(&(_, first)) => {
                return Err(ResultsError::Twice {
                    id: row.id,
                    path: path(first),
                    row: first.row,
                    other: path(place),
                    other_row: place.row,
                });
            }
        }
        let &mut (index, first) =
            self.configurations.entry(row.configuration.clone()).or_insert((rows.len(), place));
        if let Some(one) = rows.get(index)
            && let Some(column) = difference(one, &row)
        {
            return Err(ResultsError::Disagreement {
                configuration: row.configuration,
                column,
                path: path(first),
                row: first.row,
                other: path(place),
                other_row: place.row,
            });
        }
        self.models.insert(row.id.clone(), (rows.len(), place));
        rows.push(row);
        Ok(())
    }
}

/// Returns the rows of one file and its hash.
fn read(path: &Path) -> Result<(Vec<ResultRow>, String), ResultsError> {
    let format = format_of(path)?;
    let bytes = KIND.bytes(path)?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    let frame = match format {
        TableFormat::Csv => read_csv(path, &bytes)?,
        TableFormat::Parquet => {
            let names: Vec<&str> = columns().iter().map(|column| column.name).collect();
            read_parquet(bytes, &names, LIMITS)
                .map_err(|source| ResultsError::Parquet { path: path.to_owned(), source })?
        }
    };
    let rows = results_of_frame(&frame).map_err(|problem| match problem {
        FrameProblem::Missing(columns) => ResultsError::MissingColumns { path: path.to_owned(), columns },
        FrameProblem::Value { column, row, found, expected } => {
            ResultsError::Value { path: path.to_owned(), column, row, found, expected }
        }
    })?;
    Ok((rows, sha256))
}

/// Reads all columns as text.
///
/// The reader of polars is not used: it completes a row that was cut short with missing values, takes an empty
/// line for a row of them, and does not name a row with too many cells.
fn read_csv(path: &Path, bytes: &[u8]) -> Result<DataFrame, ResultsError> {
    let malformed = |problem: String| ResultsError::Csv { path: path.to_owned(), problem };
    let form = |problem: String| ResultsError::Form { path: path.to_owned(), problem };
    if let Some(problem) = spreadsheet::wrong_form(bytes) {
        return Err(form(problem));
    }
    let mut reader = csv::Reader::from_reader(bytes);
    let names = reader.headers().map_err(|error| malformed(error.to_string()))?.clone();
    let wrong = |error: csv::Error| match error.kind() {
        csv::ErrorKind::UnequalLengths { pos: Some(pos), len, .. } => {
            malformed(spreadsheet::uneven(pos.record(), *len, names.len()))
        }
        _ => malformed(error.to_string()),
    };
    if let Some(problem) = spreadsheet::wrong_names(names.iter()) {
        return Err(form(problem));
    }
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
