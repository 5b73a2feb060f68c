//! Files: checkpoints, arrays and documents are read here, each with a limit on what it may cost, and results are
//! written so that they are never half there.
//!
//! In comes a path, out come named tensors ([`checkpoint`]), arrays of numbers ([`arrays`]) or a document of a known
//! schema ([`documents`]). Read [`checkpoint`] first.

pub(crate) mod archive;
pub mod arrays;
pub mod checkpoint;
pub mod documents;
pub mod output;
mod shown;
pub mod text;
