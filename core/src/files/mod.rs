//! Reading of checkpoints, arrays and documents with limits on their cost, and atomic writing of results.
//!
//! Input: a path. Output: named tensors ([`checkpoint`]), arrays of numbers ([`arrays`]) or a document of a
//! known schema ([`documents`]). Read [`checkpoint`] first.

pub(crate) mod archive;
pub mod arrays;
pub mod checkpoint;
pub mod documents;
pub mod output;
mod shown;
pub mod text;
