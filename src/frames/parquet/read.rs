//! A reader of Parquet files, which other programs may have written.

use super::super::ParquetReadError;
use super::check::check;
use polars::prelude::{
    ArrowDataType, ArrowSchema, Column, DataFrame, DataType, ParallelStrategy, ParquetReader, PolarsResult,
    SerReader,
};
use std::cell::Cell;
use std::io::Cursor;
use std::panic::catch_unwind;

/// Limits on the size of a file that is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most rows.
    pub rows: usize,
    /// The most bytes of the decompressed columns, and of all their text.
    pub bytes: usize,
}

/// Reads some columns of a Parquet file: strings, numbers and booleans, compressed or not.
///
/// # Arguments
///
/// * `names` - the columns to read if the file has them, in the order of the file; other columns are ignored
///
/// # Errors
///
/// [`ParquetReadError`] if the file is too large, damaged, or has a column of an unsupported type. No file
/// causes a panic: failed assertions of the decoder become errors.
///
/// # Complexity
///
/// O(values of these columns).
pub fn read_parquet(file: Vec<u8>, names: &[&str], limits: Limits) -> Result<DataFrame, ParquetReadError> {
    DECODING.set(true);
    let frame = catch_unwind(|| {
        check(&file, names, limits)?;
        decode(&file, names, limits.bytes)
    });
    DECODING.set(false);
    frame.unwrap_or_else(|_| Err(ParquetReadError::Damaged("its parts contradict each other".to_owned())))
}

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether this thread is decoding a file, during which a panic becomes an error and need not be
/// reported.
///
/// A program's panic hook can ask this. Otherwise a damaged file may be reported twice, as a panic and as an
/// error.
pub fn is_decoding() -> bool {
    DECODING.get()
}

fn decode(file: &[u8], names: &[&str], most_text: usize) -> Result<DataFrame, ParquetReadError> {
    // Decode on this thread only, so that a panic of the decoder can be caught.
    let mut reader = ParquetReader::new(Cursor::new(file)).read_parallel(ParallelStrategy::None);
    let columns = wanted(&*reader.schema()?, names)?;
    let frame = reader.with_columns(Some(columns)).finish()?;
    let columns = frame.try_apply_columns(without_categories)?;
    // This fails if the pages of a column have fewer values than they declare.
    let frame = DataFrame::new(frame.height(), columns)?;
    // A dictionary holds each word once, but many rows may repeat it.
    let text = frame.columns().iter().map(text_bytes).fold(0, usize::saturating_add);
    if text > most_text {
        return Err(ParquetReadError::TooManyBytes { most: most_text });
    }
    Ok(frame)
}

/// Returns the names of the wanted columns that the file has.
fn wanted(schema: &ArrowSchema, names: &[&str]) -> Result<Vec<String>, ParquetReadError> {
    let mut wanted = Vec::new();
    for (name, field) in schema.iter().filter(|(name, _)| names.contains(&name.as_str())) {
        if !is_supported(&field.dtype) {
            let found = format!("{:?}", field.dtype);
            let found = found.split('(').next().unwrap_or_default().to_lowercase();
            return Err(ParquetReadError::Type { column: name.to_string(), found });
        }
        wanted.push(name.to_string());
    }
    Ok(wanted)
}

fn is_supported(dtype: &ArrowDataType) -> bool {
    use ArrowDataType::{
        Boolean, Dictionary, Float32, Float64, Int8, Int16, Int32, Int64, Null, UInt8, UInt16, UInt32,
        UInt64, Utf8View,
    };
    match dtype {
        Null | Boolean | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 | Float32
        | Float64 | Utf8View => true,
        // Pandas and polars write categories as dictionaries.
        Dictionary(_, words, _) => matches!(**words, Utf8View),
        _ => false,
    }
}

/// Returns a column with text in place of categories, if it has any.
fn without_categories(column: &Column) -> PolarsResult<Column> {
    match column.dtype() {
        DataType::Categorical(..) | DataType::Enum(..) => column.cast(&DataType::String),
        _ => Ok(column.clone()),
    }
}

fn text_bytes(column: &Column) -> usize {
    let words = column.str().map(|words| words.iter().flatten().map(str::len).fold(0, usize::saturating_add));
    words.unwrap_or(0)
}
