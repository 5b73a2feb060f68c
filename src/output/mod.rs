//! The terminal: the one place that prints, and what happens on an interrupt.
//!
//! In comes text, out it goes to stdout or stderr. Read [`Printer`] first.

mod arguments;
pub mod interrupt;
mod printer;

pub use arguments::protect_arguments;
pub use printer::Printer;
