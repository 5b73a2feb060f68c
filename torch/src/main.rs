//! The `pathscope-torch` command.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    pathscope_torch::allocator::keep_large_blocks();
    cli::run(cli::Cli::parse())
}
