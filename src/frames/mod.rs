//! Frames of polars as files: CSV and Parquet.
//!
//! A table is built as a frame from `strings`, `integers` and `numbers`, and a [`TableWriter`] writes one or more of
//! them below each other. [`read_parquet`] reads what this crate and other programs write, whatever it is compressed
//! with; start with `parquet/read.rs` to see what it refuses.
//!
//! In comes a frame or a file, out comes the other. Read [`TableWriter`] first.

mod column;
mod error;
mod parquet;
mod write;

pub(crate) use column::{counts, frame, integers, joined, numbers, strings};
pub use error::{ParquetReadError, TableError};
pub use parquet::{Limits, is_decoding, read_parquet};
pub use write::{TableFormat, TableWriter, to_csv};
