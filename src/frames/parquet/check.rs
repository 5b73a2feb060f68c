//! Checks of the headers of a Parquet file before it is decoded.
//!
//! The decoder trusts the headers: it allocates memory for as many values as they declare. In a damaged file
//! they may be wrong.

use super::super::ParquetReadError;
use super::Limits;
use polars_parquet_format::thrift::Error as ThriftError;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use polars_parquet_format::{ColumnMetaData, FileMetaData, PageHeader, PageType};

/// The bytes at the beginning and the end of a Parquet file.
const MAGIC: &[u8; 4] = b"PAR1";
/// The most bytes that lists and texts in the file's metadata may take.
const MOST_METADATA: usize = 8 << 20;

/// Checks that a file is within the limits, and that the page headers of some columns agree with its
/// metadata.
///
/// # Errors
///
/// [`ParquetReadError`] if the file is too large or damaged.
///
/// # Complexity
///
/// O(pages).
pub(super) fn check(file: &[u8], names: &[&str], limits: Limits) -> Result<(), ParquetReadError> {
    let metadata = metadata(file)?;
    let mut rows = 0_usize;
    for group in &metadata.row_groups {
        rows = rows.saturating_add(size(group.num_rows)?);
    }
    if rows > limits.rows {
        return Err(ParquetReadError::TooManyRows { rows, most: limits.rows });
    }
    let mut bytes = 0_usize;
    for group in &metadata.row_groups {
        for column in group.columns.iter().filter_map(|column| column.meta_data.as_ref()) {
            // Columns of lists have longer paths. They are refused later by their type.
            if !matches!(&*column.path_in_schema, [name] if names.contains(&name.as_str())) {
                continue;
            }
            bytes = bytes.saturating_add(size(column.total_uncompressed_size)?);
            if bytes > limits.bytes {
                return Err(ParquetReadError::TooManyBytes { most: limits.bytes });
            }
            check_pages(file, column, size(group.num_rows)?)?;
        }
    }
    Ok(())
}

/// Returns the metadata at the end of a file.
fn metadata(file: &[u8]) -> Result<FileMetaData, ParquetReadError> {
    let file = file.strip_suffix(MAGIC).ok_or_else(|| damaged("it does not end like one"))?;
    let (file, length) = file.split_last_chunk().ok_or_else(|| damaged("it is too short"))?;
    let start = file.len().checked_sub(u32::from_le_bytes(*length) as usize);
    let footer = start.and_then(|start| file.get(start..)).ok_or_else(|| damaged("it is truncated"))?;
    // An element of a list takes at least one byte of the footer and counts as eight.
    let most = footer.len().saturating_mul(size_of::<usize>()).min(MOST_METADATA);
    Ok(FileMetaData::read_from_in_protocol(&mut TCompactInputProtocol::new(footer, most))?)
}

/// Checks the headers of the pages of a column in one group of rows.
fn check_pages(file: &[u8], column: &ColumnMetaData, rows: usize) -> Result<(), ParquetReadError> {
    let contradiction = || {
        let name = column.path_in_schema.concat();
        damaged(&format!("the pages of column {name} contradict its metadata"))
    };
    let start = size(column.dictionary_page_offset.unwrap_or(column.data_page_offset))?;
    let length = size(column.total_compressed_size)?;
    let mut pages = file.get(start..).and_then(|rest| rest.get(..length)).ok_or_else(contradiction)?;
    let (mut bytes, mut values) = (0_usize, 0_usize);
    while values < rows {
        let header = PageHeader::read_from_in_protocol(&mut TCompactInputProtocol::new(&mut pages, length))?;
        pages = pages.get(size(header.compressed_page_size)?..).ok_or_else(contradiction)?;
        let page_bytes = size(header.uncompressed_page_size)?;
        bytes = bytes.saturating_add(page_bytes);
        let page_values = size(values_of(&header).ok_or_else(contradiction)?)?;
        if header.type_ != PageType::DICTIONARY_PAGE {
            values = values.saturating_add(page_values);
        } else if page_values > page_bytes {
            // Every value takes at least a byte: a text has its length, a number the bytes of its type.
            return Err(contradiction());
        }
    }
    let agrees = values == rows && size(column.num_values)? == rows;
    (agrees && bytes <= size(column.total_uncompressed_size)?).then_some(()).ok_or_else(contradiction)
}

/// Returns the number of values in a page of data or in a dictionary.
fn values_of(header: &PageHeader) -> Option<i32> {
    match header.type_ {
        PageType::DATA_PAGE => Some(header.data_page_header.as_ref()?.num_values),
        PageType::DATA_PAGE_V2 => Some(header.data_page_header_v2.as_ref()?.num_values),
        PageType::DICTIONARY_PAGE => Some(header.dictionary_page_header.as_ref()?.num_values),
        _ => None,
    }
}

fn size(number: impl TryInto<usize>) -> Result<usize, ParquetReadError> {
    number.try_into().map_err(|_| damaged("it has a negative length"))
}

fn damaged(problem: &str) -> ParquetReadError {
    ParquetReadError::Damaged(problem.to_owned())
}

impl From<ThriftError> for ParquetReadError {
    fn from(error: ThriftError) -> Self {
        Self::Damaged(error.to_string())
    }
}
