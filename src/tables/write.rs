//! Frames as CSV or Parquet, batch by batch.

use super::TableError;
use polars::prelude::{CsvWriter, DataFrame, SerWriter};
use std::io::Write;

/// A file format for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values with a header line.
    Csv,
    /// Parquet, with the feature `parquet`.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl TableFormat {
    /// The formats this build can write.
    pub const ALL: &[Self] = &[
        Self::Csv,
        #[cfg(feature = "parquet")]
        Self::Parquet,
    ];

    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }
}

/// Writes frames of the same columns below each other.
pub struct TableWriter<W: Write>(Format<W>);

enum Format<W: Write> {
    /// With whether the header is written.
    Csv(W, bool),
    #[cfg(feature = "parquet")]
    Parquet(ParquetState<W>),
}

#[cfg(feature = "parquet")]
enum ParquetState<W: Write> {
    Waiting(Option<W>),
    Writing(Box<polars::io::parquet::write::BatchedWriter<W>>),
}

impl<W: Write> TableWriter<W> {
    /// A writer of that format.
    pub fn new(format: TableFormat, writer: W) -> Self {
        Self(match format {
            TableFormat::Csv => Format::Csv(writer, false),
            #[cfg(feature = "parquet")]
            TableFormat::Parquet => Format::Parquet(ParquetState::Waiting(Some(writer))),
        })
    }

    /// Writes the rows of a frame; the first one decides the columns.
    ///
    /// # Errors
    ///
    /// [`TableError`] where the underlying writer fails.
    pub fn write(&mut self, frame: &mut DataFrame) -> Result<(), TableError> {
        match &mut self.0 {
            Format::Csv(writer, headed) => {
                CsvWriter::new(writer).include_header(!*headed).n_threads(1).finish(frame)?;
                *headed = true;
            }
            #[cfg(feature = "parquet")]
            Format::Parquet(state) => {
                if let ParquetState::Waiting(writer) = state
                    && let Some(writer) = writer.take()
                {
                    let batched = polars::prelude::ParquetWriter::new(writer)
                        .set_parallel(false)
                        .batched(frame.schema())?;
                    *state = ParquetState::Writing(Box::new(batched));
                }
                if let ParquetState::Writing(batched) = state {
                    batched.write_batch(frame)?;
                }
            }
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
            #[cfg(feature = "parquet")]
            Format::Parquet(state) => {
                if let ParquetState::Writing(batched) = state {
                    batched.finish()?;
                }
            }
        }
        Ok(())
    }
}
