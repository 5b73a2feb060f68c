//! Polars frames as CSV and Parquet files.
//!
//! A table is built as a frame from `strings`, `integers` and `numbers`. A [`TableWriter`] writes one or more
//! frames below each other. [`read_parquet`] reads files of this crate and of other programs with any
//! compression; `parquet/read.rs` shows what it refuses.
//!
//! A frame comes in and a file goes out, or the reverse. Read [`TableWriter`] first.

mod column;
mod error;
mod parquet;
mod write;

pub(crate) use column::{counts, frame, integers, joined, numbers, strings};
pub use error::{ParquetReadError, TableError};
pub use parquet::{Limits, is_decoding, read_parquet};
pub use write::{TableFormat, TableWriter, to_csv};
