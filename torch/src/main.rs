//! The `pathscope-torch` command.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    pathscope_torch::allocator::keep_large_blocks();
    cli::main()
}
