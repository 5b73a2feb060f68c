//! Takes a trained recurrent convolutional network apart into the ensemble of feed-forward paths
//! hidden in it, after Zhang et al., *Recurrent circuits as multi-path ensembles for modeling
//! responses of early visual cortical neurons*.
//!
//! [`pathscope_core`] reads and analyzes models; this crate has what surrounds it: studies, tables, figures, exports and
//! the command line.

pub mod export;
pub mod figures;
pub mod frames;
pub mod output;
pub mod prediction;
pub mod shell;
pub mod study;
pub mod tables;

/// The examples of README.md, so that they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
