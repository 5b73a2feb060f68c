//! Takes a trained recurrent convolutional network apart into the ensemble of feed-forward paths
//! hidden in it, after Zhang et al., *Recurrent circuits as multi-path ensembles for modeling
//! responses of early visual cortical neurons*.
//!
//! Data flows one way: [`checkpoint`] (a file as named tensors) → [`layout`] (tensors by role, and
//! the [`circuit`]) → [`unroll`] → [`graph`] (components as a directed acyclic graph) → [`strength`] →
//! [`paths`] and [`ensemble`] → [`analysis`], [`report`], [`tables`] and [`figures`]. A [`program`] is a file that
//! becomes such a graph by itself. What a model is
//! trained and tested on is a [`dataset`], how well it does is an [`explained_variance`], and several side by
//! side are a [`comparison`]. A whole [`network`] is all that a prediction is computed from, an [`export`] is one for
//! PyTorch, a [`notebook`] explains results.

pub mod ablation;
pub mod analysis;
mod archive;
pub mod arrays;
pub mod checkpoint;
pub mod circuit;
pub mod comparison;
pub mod complexity;
pub mod contributions;
pub mod dataset;
pub mod documents;
pub mod ensemble;
pub mod evaluation;
pub mod explained_variance;
pub mod export;
pub mod figures;
pub mod frames;
pub mod graph;
pub mod interrupt;
pub mod layout;
pub mod lesion;
mod magnitude;
pub mod network;
pub mod notebook;
pub mod operator_norm;
pub mod output;
pub mod paths;
pub mod prediction;
pub mod program;
pub mod report;
pub mod results;
pub mod run;
mod spans;
pub mod statistics;
pub mod strength;
pub mod study;
pub mod sweep;
pub mod tables;
pub mod unroll;

pub use magnitude::Magnitude;
pub use paths::PathCount;

/// The examples of README.md, so that they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
