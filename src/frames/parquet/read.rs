//! Reading Parquet, which other programs may have written.

use super::super::ParquetReadError;
use super::check::check;
use polars::prelude::{
    ArrowDataType, ArrowSchema, Column, DataFrame, DataType, ParallelStrategy, ParquetReader, PolarsResult,
    SerReader,
};
use std::cell::Cell;
use std::io::Cursor;
use std::panic::catch_unwind;

/// How much of a file is read at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows.
    pub rows: usize,
    /// Bytes of the columns when they are decompressed, and of all their text.
    pub bytes: usize,
}

/// Reads some columns of a Parquet file: strings, numbers and booleans, compressed or not.
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

/// Returns whether this thread is decoding a file, where a panic is an error and nothing to be reported.
///
/// For the panic hook of a program: without one a damaged file may be reported twice, as a panic and as the error that it
/// becomes.
pub fn is_decoding() -> bool {
    DECODING.get()
}

fn decode(file: &[u8], names: &[&str], most_text: usize) -> Result<DataFrame, ParquetReadError> {
    // On this thread alone, so that a panic of the decoder ends where it is caught.
    let mut reader = ParquetReader::new(Cursor::new(file)).read_parallel(ParallelStrategy::None);
    let columns = wanted(&*reader.schema()?, names)?;
    let frame = reader.with_columns(Some(columns)).finish()?;
    let columns = frame.try_apply_columns(without_categories)?;
    // Which is an error where the pages of a column have fewer values than they promise.
    let frame = DataFrame::new(frame.height(), columns)?;
    // The words of a dictionary are there once, however many rows have them.
    let text = frame.columns().iter().map(text_bytes).fold(0, usize::saturating_add);
    if text > most_text {
        return Err(ParquetReadError::TooManyBytes { most: most_text });
    }
    Ok(frame)
}

/// Returns the names of the columns that are wanted and there.
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
        // As pandas and polars write categories.
        Dictionary(_, words, _) => matches!(**words, Utf8View),
        _ => false,
    }
}

/// Returns a column with the words of its categories, where it has some.
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
