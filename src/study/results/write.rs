//! Writing of tables of results to files.

use super::error::ResultsError;
use super::frame::results_frame;
use super::row::ResultRow;
use crate::frames::{TableError, TableFormat, TableWriter};
use pathscope_core::files::output::{OutputError, PendingFile};
use std::path::{Path, PathBuf};

/// The key of the metadata of a Parquet file of results.
pub(super) const METADATA_KEY: &str = "pathscope";
/// The value that marks tables of results in their metadata.
pub const SCHEMA: &str = "pathscope/results/1";

/// Returns the format that the name of a table of results stands for.
pub(super) fn format_of(path: &Path) -> Result<TableFormat, ResultsError> {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    match ending.as_deref() {
        Some("csv") => Ok(TableFormat::Csv),
        Some("parquet") => Ok(TableFormat::Parquet),
        _ => Err(ResultsError::Ending { path: path.to_owned() }),
    }
}

/// A table of results that appears under its name only when it is complete.
///
/// # Examples
///
/// ```
/// use pathscope::study::results::{ResultsFile, read_results};
///
/// let folder = tempfile::tempdir()?;
/// let place = folder.path().join("results.parquet");
/// // An unwritable path is found before the rows are computed.
/// let file = ResultsFile::create(&place)?;
/// let rows = read_results(&["fixtures/results/study.csv".into()])?.rows;
/// file.finish(&rows)?;
/// assert_eq!(read_results(&[place])?.rows, rows);
/// assert!(ResultsFile::create(&folder.path().join("results.xlsx")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ResultsFile {
    file: PendingFile,
    format: TableFormat,
    path: PathBuf,
}

impl ResultsFile {
    /// Opens the file in the format that its name stands for: `.csv` or `.parquet`.
    ///
    /// # Errors
    ///
    /// Returns [`ResultsError::Ending`] for any other name, or [`ResultsError::Output`] if the file cannot
    /// be written.
    pub fn create(path: &Path) -> Result<Self, ResultsError> {
        Ok(Self { format: format_of(path)?, file: PendingFile::create(path)?, path: path.to_owned() })
    }

    /// Writes the rows and puts the file in place.
    ///
    /// # Errors
    ///
    /// Returns [`ResultsError::Output`]. The file is then missing, or as it was before.
    pub fn finish(mut self, rows: &[ResultRow]) -> Result<(), ResultsError> {
        self.write(rows).map_err(|error| OutputError::unfinished(&self.path, error))?;
        Ok(self.file.finish()?)
    }

    fn write(&mut self, rows: &[ResultRow]) -> Result<(), TableError> {
        let about = format!(r#"{{"schema":"{SCHEMA}","version":"{}"}}"#, env!("CARGO_PKG_VERSION"));
        let mut writer = TableWriter::with_metadata(self.format, &mut self.file, &[(METADATA_KEY, about)]);
        writer.write(&mut results_frame(rows)?)?;
        writer.finish()
    }
}

/// Writes a table of results as CSV or Parquet, depending on its name.
///
/// The metadata `pathscope` of a Parquet file marks it as a table of results and holds the version that
/// wrote it.
///
/// # Errors
///
/// Returns the errors of [`ResultsFile::create`] and [`ResultsFile::finish`].
pub fn write_results(path: &Path, rows: &[ResultRow]) -> Result<(), ResultsError> {
    ResultsFile::create(path)?.finish(rows)
}
