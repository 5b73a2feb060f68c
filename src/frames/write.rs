//! A writer of frames as CSV or Parquet, batch by batch.

use super::TableError;
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    CsvWriter, DataFrame, KeyValueMetadata, ParquetCompression, ParquetWriter, PolarsError, SchemaRef,
    SerWriter,
};
use std::io::Write;

/// A file format for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values with a header line.
    Csv,
    /// An Apache Parquet file.
    Parquet,
}

impl TableFormat {
    /// Returns the extension of files in this format.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// A writer that puts frames with the same columns below each other. In a Parquet file each frame is a row
/// group.
///
/// # Examples
///
/// ```
/// use pathscope::frames::{Limits, TableFormat, TableWriter, read_parquet};
/// use polars::prelude::df;
///
/// let mut frame = df!("name" => [Some("a"), None], "paths" => [1_u64, 2], "strength" => [0.5, 0.25])?;
/// let mut file = Vec::new();
/// let mut writer = TableWriter::new(TableFormat::Parquet, &mut file);
/// writer.write(&mut frame)?;
/// writer.finish()?;
///
/// let read = read_parquet(file, &["strength", "name"], Limits { rows: 1000, bytes: 1 << 20 })?;
/// assert!(read.equals_missing(&frame.select(["name", "strength"])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TableWriter<W: Write + Send>(Writer<W>);

enum Writer<W: Write + Send> {
    Csv {
        file: W,
        has_header: bool,
    },
    /// A Parquet file before its first frame, which determines the columns.
    NewParquet(Option<ParquetWriter<W>>),
    Parquet {
        file: Box<BatchedWriter<W>>,
        columns: SchemaRef,
    },
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a file.
    pub fn new(format: TableFormat, file: W) -> Self {
        Self::with_metadata(format, file, &[])
    }

    /// Begins a file with keys and values beside the rows. Only Parquet files can hold them.
    pub fn with_metadata(format: TableFormat, file: W, metadata: &[(&str, String)]) -> Self {
        let pairs = metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        Self(match format {
            TableFormat::Csv => Writer::Csv { file, has_header: false },
            // Every reader of Parquet knows Snappy. One thread makes equal rows equal bytes.
            TableFormat::Parquet => Writer::NewParquet(Some(
                ParquetWriter::new(file)
                    .with_compression(ParquetCompression::Snappy)
                    .set_parallel(false)
                    .with_key_value_metadata(Some(KeyValueMetadata::from_static(pairs))),
            )),
        })
    }

    /// Writes the rows of a frame. The first frame determines the columns.
    ///
    /// # Errors
    ///
    /// [`TableError`] if the underlying writer fails, or if a Parquet file already has other columns.
    pub fn write(&mut self, frame: &mut DataFrame) -> Result<(), TableError> {
        if let Writer::NewParquet(file) = &mut self.0
            && let Some(file) = file.take()
        {
            let columns = frame.schema().clone();
            self.0 = Writer::Parquet { file: Box::new(file.batched(&columns)?), columns };
        }
        match &mut self.0 {
            Writer::Csv { file, has_header } => {
                CsvWriter::new(file).include_header(!*has_header).n_threads(1).finish(frame)?;
                *has_header = true;
            }
            Writer::Parquet { columns, .. } if frame.schema() != columns => return Err(TableError::Columns),
            Writer::Parquet { file, .. } => {
                frame.align_chunks();
                file.write_batch(frame)?;
            }
            // The writer failed at its first frame.
            Writer::NewParquet(_) => {}
        }
        Ok(())
    }

    /// Writes the end of the file.
    ///
    /// # Errors
    ///
    /// [`TableError`] if the underlying writer fails.
    pub fn finish(self) -> Result<(), TableError> {
        match self.0 {
            Writer::Csv { mut file, .. } => file.flush().map_err(PolarsError::from)?,
            Writer::Parquet { file, .. } => {
                file.finish()?;
            }
            Writer::NewParquet(_) => {}
        }
        Ok(())
    }
}

/// Returns a frame as CSV.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn to_csv(frame: &mut DataFrame) -> Result<String, TableError> {
    let mut bytes = Vec::new();
    let mut writer = TableWriter::new(TableFormat::Csv, &mut bytes);
    writer.write(frame)?;
    writer.finish()?;
    // Columns contain only strings and numbers, so the bytes are UTF-8 and nothing is lost.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
