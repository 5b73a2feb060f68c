//! The terminal: the one place that prints, what happens on an interrupt, and the shell of both commands.
//!
//! In comes text, out it goes to stdout or stderr. Read [`Printer`] first.

mod arguments;
pub mod interrupt;
mod printer;
pub mod shell;

pub use arguments::protect_arguments;
pub use printer::Printer;
