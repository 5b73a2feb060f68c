//! Whole networks as programs: what their paths are, and what they compute.

mod nets;
mod paths;
mod plain;
mod predictions;
mod uses;
