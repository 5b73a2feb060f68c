//! Parquet files as frames.

use super::sound::unless_it_panics;
use bytes::Bytes;
use parquet::basic::{Compression, ConvertedType, LogicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsError, Series};
use thiserror::Error;

/// Rows that are decoded at once.
const BATCH: usize = 4096;

/// Why a Parquet file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParquetReadError {
    /// It is none, or a damaged one.
    #[error("it is no Parquet file, or a damaged one: {0}")]
    Damaged(String),
    /// A column is compressed with something that is not pure Rust.
    #[error(
        "column {column} is compressed with {codec}, expected snappy, gzip, lz4 or nothing (in Python write it with compression=\"snappy\")"
    )]
    Compression {
        /// The column.
        column: String,
        /// With what it is compressed.
        codec: String,
    },
    /// A column is no column of strings, numbers or truth values.
    #[error("column {column} is of type {found}, expected strings or numbers")]
    Type {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// It has more rows than are taken.
    #[error("it has {rows} rows, at most {most} are read (split it into several files)")]
    TooManyRows {
        /// How many it has.
        rows: usize,
        /// How many are taken.
        most: usize,
    },
    /// Its text is longer than is taken.
    #[error(
        "column {column} has more than {most} bytes of text, which are not read (split it into several files)"
    )]
    TooMuchText {
        /// The column.
        column: String,
        /// How many bytes are taken.
        most: usize,
    },
}

impl From<ParquetError> for ParquetReadError {
    fn from(error: ParquetError) -> Self {
        let text = error.to_string();
        Self::Damaged(text.strip_prefix("Parquet error: ").map_or(text.clone(), str::to_owned))
    }
}

impl From<PolarsError> for ParquetReadError {
    fn from(error: PolarsError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// How much of a file is taken.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows.
    pub rows: usize,
    /// Bytes of text, all columns together.
    pub text: usize,
}

/// Some columns of a Parquet file, of strings, integers of 64 bits, doubles and truth values.
///
/// # Arguments
///
/// * `names` - the columns that are read if the file has them, in the order of the file; all else in it is passed
///   over
///
/// # Errors
///
/// [`ParquetReadError`]. Nothing that is in a file makes it panic: what the decoder asserts of sound files is
/// an error here.
///
/// # Complexity
///
/// O(values of these columns).
///
/// # Examples
///
/// ```
/// use pathscope::tables::parquet::{Limits, ParquetWriter, read_parquet};
/// use polars::prelude::df;
///
/// let frame = df!("name" => [Some("a"), None], "paths" => [1_u64, 2], "strength" => [0.5, 0.25])?;
/// let mut file = Vec::new();
/// let mut writer = ParquetWriter::new(&mut file, &frame, &[])?;
/// writer.write(&frame)?;
/// writer.finish()?;
///
/// let read = read_parquet(file.into(), &["strength", "name"], Limits { rows: 1000, text: 1 << 20 })?;
/// assert!(read.equals_missing(&frame.select(["name", "strength"])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_parquet(file: Bytes, names: &[&str], limits: Limits) -> Result<DataFrame, ParquetReadError> {
    unless_it_panics(|| read(file, names, limits))
        .unwrap_or_else(|| Err(ParquetReadError::Damaged("its parts contradict each other".to_owned())))
}

fn read(file: Bytes, names: &[&str], limits: Limits) -> Result<DataFrame, ParquetReadError> {
    let reader = SerializedFileReader::new(file)?;
    let metadata = reader.metadata();
    let groups = metadata.row_groups().iter().map(rows_of).collect::<Result<Vec<usize>, _>>()?;
    let rows = groups.iter().fold(0, |sum: usize, rows| sum.saturating_add(*rows));
    if rows > limits.rows {
        return Err(ParquetReadError::TooManyRows { rows, most: limits.rows });
    }
    let mut text = Allowance { left: limits.text, most: limits.text };
    let mut columns: Vec<Column> = Vec::new();
    for (index, descriptor) in metadata.file_metadata().schema_descr().columns().iter().enumerate() {
        let root = descriptor.path().parts().first().map_or("", String::as_str);
        if !names.contains(&root) || columns.iter().any(|column| column.name() == root) {
            continue;
        }
        let mut values = Values::of(descriptor)?;
        for (group, &rows) in groups.iter().enumerate() {
            let chunk = metadata.row_group(group).columns().get(index);
            let codec = chunk.map_or(Compression::UNCOMPRESSED, |chunk| chunk.compression());
            check_compression(root, codec)?;
            values.read(&*reader.get_row_group(group)?, index, rows, descriptor, &mut text)?;
        }
        columns.push(values.into_column(root));
    }
    Ok(DataFrame::new(rows, columns)?)
}

fn rows_of(group: &RowGroupMetaData) -> Result<usize, ParquetReadError> {
    usize::try_from(group.num_rows())
        .map_err(|_| ParquetReadError::Damaged(format!("it says that it has {} rows", group.num_rows())))
}

fn check_compression(column: &str, codec: Compression) -> Result<(), ParquetReadError> {
    match codec {
        Compression::UNCOMPRESSED
        | Compression::SNAPPY
        | Compression::GZIP(_)
        | Compression::LZ4
        | Compression::LZ4_RAW => Ok(()),
        other => {
            let name = other.to_string().to_lowercase();
            let codec = name.split('(').next().unwrap_or_default().to_owned();
            Err(ParquetReadError::Compression { column: column.to_owned(), codec })
        }
    }
}

/// How much text may still be read.
struct Allowance {
    left: usize,
    most: usize,
}

impl Allowance {
    fn take(&mut self, column: &str, bytes: usize) -> Result<(), ParquetReadError> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| ParquetReadError::TooMuchText { column: column.to_owned(), most: self.most })?;
        Ok(())
    }
}

/// The values of a column.
enum Values {
    Text(Vec<Option<String>>),
    Unsigned(Vec<Option<u64>>),
    Signed(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Truth(Vec<Option<bool>>),
}

impl Values {
    fn of(descriptor: &ColumnDescriptor) -> Result<Self, ParquetReadError> {
        use parquet::basic::Type::{BOOLEAN, BYTE_ARRAY, DOUBLE, FLOAT, INT32, INT64};
        let other = || ParquetReadError::Type {
            column: descriptor.path().string(),
            found: match descriptor.logical_type_ref() {
                Some(logical) => format!("{logical:?}"),
                None => descriptor.physical_type().to_string(),
            },
        };
        if descriptor.path().parts().len() > 1 || descriptor.max_rep_level() > 0 {
            return Err(other());
        }
        let converted = descriptor.converted_type();
        let plain = converted == ConvertedType::NONE
            && matches!(descriptor.logical_type_ref(), None | Some(LogicalType::Unknown));
        match (descriptor.physical_type(), converted) {
            (BOOLEAN, _) => Ok(Self::Truth(Vec::new())),
            (FLOAT | DOUBLE, _) => Ok(Self::Real(Vec::new())),
            (BYTE_ARRAY, ConvertedType::UTF8) => Ok(Self::Text(Vec::new())),
            (
                INT32 | INT64,
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64,
            ) => Ok(Self::Unsigned(Vec::new())),
            (
                INT32 | INT64,
                ConvertedType::INT_8 | ConvertedType::INT_16 | ConvertedType::INT_32 | ConvertedType::INT_64,
            ) => Ok(Self::Signed(Vec::new())),
            (INT32 | INT64, _) if plain => Ok(Self::Signed(Vec::new())),
            _ => Err(other()),
        }
    }

    /// Reads a column of a group of rows.
    fn read(
        &mut self,
        group: &dyn RowGroupReader,
        index: usize,
        rows: usize,
        descriptor: &ColumnDescriptor,
        text: &mut Allowance,
    ) -> Result<(), ParquetReadError> {
        let name = descriptor.name();
        let optional = descriptor.max_def_level() > 0;
        match (self, group.get_column_reader(index)?) {
            (Self::Text(values), ColumnReader::ByteArrayColumnReader(reader)) => {
                values.extend(read_values(reader, rows, optional, |value: ByteArray| {
                    text.take(name, value.len())?;
                    let valid = std::str::from_utf8(value.data()).map(str::to_owned);
                    valid.map_err(|_| {
                        ParquetReadError::Damaged(format!("column {name} holds text that is not UTF-8"))
                    })
                })?);
            }
            (Self::Unsigned(values), ColumnReader::Int32ColumnReader(reader)) => {
                values.extend(read_values(reader, rows, optional, |value| {
                    Ok(u64::from(value.cast_unsigned()))
                })?);
            }
            (Self::Unsigned(values), ColumnReader::Int64ColumnReader(reader)) => {
                values.extend(read_values(reader, rows, optional, |value| Ok(value.cast_unsigned()))?);
            }
            (Self::Signed(values), ColumnReader::Int32ColumnReader(reader)) => {
                values.extend(read_values(reader, rows, optional, |value| Ok(i64::from(value)))?);
            }
            (Self::Signed(values), ColumnReader::Int64ColumnReader(reader)) => {
                values.extend(read_values(reader, rows, optional, Ok)?);
            }
            (Self::Real(values), ColumnReader::FloatColumnReader(reader)) => {
                values.extend(read_values(reader, rows, optional, |value| Ok(f64::from(value)))?);
            }
            (Self::Real(values), ColumnReader::DoubleColumnReader(reader)) => {
                values.extend(read_values(reader, rows, optional, Ok)?);
            }
            (Self::Truth(values), ColumnReader::BoolColumnReader(reader)) => {
                values.extend(read_values(reader, rows, optional, Ok)?);
            }
            _ => return Err(ParquetReadError::Damaged(format!("column {name} is of two types"))),
        }
        Ok(())
    }

    fn into_column(self, name: &str) -> Column {
        let name = name.into();
        match self {
            Self::Text(values) => Series::new(name, values),
            Self::Unsigned(values) => Series::new(name, values),
            Self::Signed(values) => Series::new(name, values),
            Self::Real(values) => Series::new(name, values),
            Self::Truth(values) => Series::new(name, values),
        }
        .into()
    }
}

/// The `rows` values of one column in one group of rows.
fn read_values<T: DataType, V>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    optional: bool,
    mut convert: impl FnMut(T::T) -> Result<V, ParquetReadError>,
) -> Result<Vec<Option<V>>, ParquetReadError> {
    let mut all = Vec::new();
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    while all.len() < rows {
        levels.clear();
        values.clear();
        let (read, _, _) =
            reader.read_records(BATCH.min(rows - all.len()), Some(&mut levels), None, &mut values)?;
        if read == 0 {
            return Err(ParquetReadError::Damaged(format!(
                "a column ends after {} of {rows} rows",
                all.len()
            )));
        }
        let mut present = values.drain(..);
        for index in 0..read {
            let there = !optional || levels.get(index).is_some_and(|&level| level > 0);
            all.push(if there { present.next().map(&mut convert).transpose()? } else { None });
        }
    }
    Ok(all)
}
