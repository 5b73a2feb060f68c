//! Models: which tensor of a checkpoint plays which role in which circuit, and how strong its components are.
//!
//! In comes a checkpoint, out comes a [`layout::Model`] with the circuit and the strengths of its components; its
//! multi-path equivalent without the paths of some lengths is an [`ablation`]. Read [`layout`] first.

pub mod ablation;
pub mod layout;
pub mod network;
pub mod operator_norm;
