//! All integration tests of the package, in one binary, because each binary would link polars and plotters
//! again.

#![allow(unreachable_pub, reason = "what modules share is reached from nowhere else anyway")]

mod ablate;
mod alone;
mod bad_input;
mod book;
mod cli;
mod cmd;
mod common;
mod compare;
mod containers;
mod contributions;
mod dataset;
mod diagram;
mod export;
mod exported;
mod figure;
mod golden;
mod imports;
mod inputs_kept;
mod layout_files;
mod nets;
mod network_program;
mod notebook;
mod operator_norm;
mod parquet;
mod predict;
mod program_graph;
mod programs;
mod properties;
mod reference;
mod report;
mod study_tables;
mod sweep;

/// The command that is tested.
const COMMAND: &str = env!("CARGO_BIN_EXE_pathscope");
