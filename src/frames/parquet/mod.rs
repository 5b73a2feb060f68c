//! Reading of Parquet files as frames.

mod check;
mod read;

pub use read::{Limits, is_decoding, read_parquet};
