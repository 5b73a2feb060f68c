//! Models: the roles of a checkpoint's tensors in its circuit, and the strengths of its components.
//!
//! Input: a checkpoint. Output: a [`layout::Model`] with the circuit and the strengths of its components. An
//! [`ablation`] is its multi-path equivalent without the paths of some lengths. Read [`layout`] first.

pub mod ablation;
pub mod layout;
pub mod network;
pub mod operator_norm;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
