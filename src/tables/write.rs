//! Frames as CSV or Parquet, batch by batch.

use super::TableError;
use super::parquet::ParquetWriter;
use polars::prelude::{CsvWriter, DataFrame, SerWriter};
use std::io::Write;

/// A file format for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values with a header line.
    Csv,
    /// Parquet.
    Parquet,
}

impl TableFormat {
    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// Writes frames of the same columns below each other.
pub struct TableWriter<W: Write + Send>(Format<W>);

enum Format<W: Write + Send> {
    /// With whether the header is written.
    Csv(W, bool),
    /// Until the first frame says which columns there are.
    Parquet(Option<W>),
    WrittenParquet(Box<ParquetWriter<W>>),
}

impl<W: Write + Send> TableWriter<W> {
    /// A writer of that format.
    pub fn new(format: TableFormat, writer: W) -> Self {
        Self(match format {
            TableFormat::Csv => Format::Csv(writer, false),
            TableFormat::Parquet => Format::Parquet(Some(writer)),
        })
    }

    /// Writes the rows of a frame; the first one decides the columns.
    ///
    /// # Errors
    ///
    /// [`TableError`] where the underlying writer fails.
    pub fn write(&mut self, frame: &mut DataFrame) -> Result<(), TableError> {
        if let Format::Parquet(writer) = &mut self.0
            && let Some(writer) = writer.take()
        {
            self.0 = Format::WrittenParquet(Box::new(ParquetWriter::new(writer, frame, &[])?));
        }
        match &mut self.0 {
            Format::Csv(writer, headed) => {
                CsvWriter::new(writer).include_header(!*headed).n_threads(1).finish(frame)?;
                *headed = true;
            }
            Format::WrittenParquet(writer) => writer.write(frame)?,
            // A writer that failed at its first frame.
            Format::Parquet(_) => {}
        }
        Ok(())
    }

    /// Writes what is still to be written at the end.
    ///
    /// # Errors
    ///
    /// [`TableError`] where the underlying writer fails.
    pub fn finish(self) -> Result<(), TableError> {
        match self.0 {
            Format::Csv(mut writer, _) => writer.flush().map_err(polars::prelude::PolarsError::from)?,
            Format::WrittenParquet(writer) => writer.finish()?,
            Format::Parquet(_) => {}
        }
        Ok(())
    }
}
