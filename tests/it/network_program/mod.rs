//! Whole networks as programs: their paths and their predictions.

mod nets;
mod paths;
mod plain;
mod predictions;
mod uses;
