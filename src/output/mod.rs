//! The terminal: printing, interrupts, and what both commands do around their subcommands.
//!
//! Text comes in and goes out to stdout or stderr. Read [`Printer`] first.

mod arguments;
pub mod interrupt;
mod printer;
pub mod shell;

pub use arguments::protect_arguments;
pub use printer::Printer;
