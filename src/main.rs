//! The `pathscope` command.

mod cli;

use pathscope::frames::is_decoding;
use std::panic;
use std::process::ExitCode;

fn main() -> ExitCode {
    // What the decoder of a damaged table asserts becomes an error of its own.
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !is_decoding() {
            report(panic);
        }
    }));
    cli::main()
}
