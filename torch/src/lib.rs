//! The networks of Zhang et al., *Recurrent circuits as multi-path ensembles for modeling responses
//! of early visual cortical neurons*, on libtorch: run, trained and evaluated.
//!
//! [`checkpoint`] reads and writes networks, [`network`] computes them (Eqs. 1 and 2), [`training`] trains
//! them (C.3) and [`evaluation`] predicts with them (C.4). [`retraining`] trains and evaluates the multi-path
//! equivalents of a recurrent network (4.2, appendices E and G). Everything that does not need libtorch is in
//! `pathscope`.

pub mod allocator;
pub mod checkpoint;
pub mod data;
pub mod device;
pub mod error;
pub mod evaluation;
pub mod network;
pub mod retraining;
pub mod training;
pub mod weights;
