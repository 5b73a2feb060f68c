//! Ablation: the multi-path model of a recurrent one, and that without the paths of some lengths
//! (paper, sections 4.2 and 4.3.1, appendices E and G).
//!
//! [`Removal`] is what a user asks to have removed, [`Ablation`] one set of lengths that a model has,
//! [`multi_path`] the circuit that is left, [`inherited_tensors`] what its weights begin with, and
//! [`without_lengths`] its graph.

mod inheritance;
mod lengths;
mod multi_path;
mod removal;
mod without_lengths;

pub use inheritance::inherited_tensors;
pub use multi_path::{MultiPathError, PathNormalization, lengths_of, multi_path};
pub use lengths::{Ablation, Span};
pub use removal::{ParseRemovalError, Removal, RemovalError, ablations};
pub use without_lengths::without_lengths;
