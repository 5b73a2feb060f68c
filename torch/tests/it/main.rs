//! Everything that the package is tested by from outside, in one binary: each would link libtorch and polars anew.

#![allow(unreachable_pub, reason = "what modules share is reached from nowhere else anyway")]

mod book;
mod cli;
#[path = "../../../tests/it/cmd.rs"]
mod cmd;
mod engines;
mod multi_path;
mod network;
mod pixels;
mod plain;
mod reference;
mod resume;
mod retrain;
mod runs;
mod scores;
mod sweep;
mod synthetic;
mod training;

/// The command that is tested.
const COMMAND: &str = env!("CARGO_BIN_EXE_pathscope-torch");
