//! Ablation: the multi-path model of a recurrent one, in full or without the paths of some lengths (paper,
//! sections 4.2 and 4.3.1, appendices E and G).
//!
//! A [`Removal`] is a user's request, and an [`Ablation`] is one set of lengths. [`multi_path`] gives the
//! remaining circuit and [`without_lengths`](crate::graph::unroll::without_lengths) its graph.
//! [`inherited_checkpoint`] gives the model with the weights of the recurrent one. An [`AblationRecord`]
//! describes a folder of such models.

mod checkpoint;
mod inheritance;
mod lengths;
mod multi_path;
mod record;
mod removal;

pub use crate::circuit::spans::Span;
pub use checkpoint::{InheritanceError, inherited_checkpoint};
pub use inheritance::inherited_tensors;
pub use lengths::Ablation;
pub use multi_path::multi_path_unrolled;
pub use multi_path::{MultiPathError, PathNormalization, lengths_of, multi_path};
pub use record::{AblationRecord, Init, Original, RECORD, RecordError, SCHEMA as RECORD_SCHEMA};
pub use removal::{ParseRemovalError, Removal, RemovalError, ablations};
