//! Frames as Parquet files.

use crate::tables::TableError;
use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use polars::prelude::{Column, DataFrame, DataType as FrameType};
use std::io::Write;
use std::sync::Arc;

/// Writes frames of the same columns below each other into a Parquet file, each as a group of rows.
///
/// Columns are strings, unsigned integers of 64 bits or doubles; each value may be missing.
pub struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file with the columns of a frame.
    ///
    /// # Arguments
    ///
    /// * `metadata` - keys and values that stand beside the rows
    ///
    /// # Errors
    ///
    /// [`TableError`] where the underlying writer fails or a column is of another type.
    pub fn new(writer: W, frame: &DataFrame, metadata: &[(&str, String)]) -> Result<Self, TableError> {
        let pairs = metadata.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
        let properties = WriterProperties::builder()
            .set_created_by(concat!("pathscope version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata((!metadata.is_empty()).then(|| pairs.collect()))
            .build();
        let file = SerializedFileWriter::new(writer, schema(frame)?, Arc::new(properties))?;
        Ok(Self { file })
    }

    /// Writes the rows of a frame.
    ///
    /// # Errors
    ///
    /// [`TableError`] where the underlying writer fails or the columns are others than those of the first frame.
    pub fn write(&mut self, frame: &DataFrame) -> Result<(), TableError> {
        let mut columns = frame.columns().iter();
        let mut group = self.file.next_row_group()?;
        while let Some(mut writer) = group.next_column()? {
            let column = columns.next().ok_or(TableError::Columns)?;
            write_column(&mut writer, column)?;
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes what is still to be written at the end.
    ///
    /// # Errors
    ///
    /// [`TableError`] where the underlying writer fails.
    pub fn finish(self) -> Result<(), TableError> {
        self.file.close()?;
        Ok(())
    }
}

fn schema(frame: &DataFrame) -> Result<TypePtr, TableError> {
    let field = |column: &Column| {
        let (physical, logical) = match column.dtype() {
            FrameType::String => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
            FrameType::UInt64 => (PhysicalType::INT64, Some(LogicalType::integer(64, false))),
            FrameType::Float64 => (PhysicalType::DOUBLE, None),
            _ => return Err(other_type(column)),
        };
        let field = Type::primitive_type_builder(column.name(), physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    };
    let fields = frame.columns().iter().map(field).collect::<Result<_, TableError>>()?;
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

fn write_column(writer: &mut SerializedColumnWriter<'_>, column: &Column) -> Result<(), TableError> {
    match column.dtype() {
        FrameType::String => {
            write_values::<ByteArrayType>(writer, column.str()?.iter().map(|text| text.map(ByteArray::from)))
        }
        // The bits of an unsigned integer are kept in a signed one.
        FrameType::UInt64 => {
            write_values::<Int64Type>(writer, column.u64()?.iter().map(|value| value.map(u64::cast_signed)))
        }
        FrameType::Float64 => write_values::<DoubleType>(writer, column.f64()?.iter()),
        _ => Err(other_type(column)),
    }
}

fn write_values<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), TableError> {
    let mut present = Vec::new();
    // 1 where there is a value and 0 where there is none.
    let levels: Vec<i16> = values
        .map(|value| {
            let level = i16::from(value.is_some());
            present.extend(value);
            level
        })
        .collect();
    writer.typed::<T>().write_batch(&present, Some(&levels), None)?;
    Ok(())
}

fn other_type(column: &Column) -> TableError {
    TableError::Type { column: column.name().to_string(), found: column.dtype().to_string() }
}
