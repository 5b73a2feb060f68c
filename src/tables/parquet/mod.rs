//! Frames as Parquet, without native code: strings, whole numbers and doubles, each possibly missing.
//!
//! What other programs write is read too, where it is not compressed or compressed with Snappy, gzip or LZ4.

mod read;
mod sound;
mod write;

pub use read::{Limits, ParquetReadError, read_parquet};
pub use write::ParquetWriter;
