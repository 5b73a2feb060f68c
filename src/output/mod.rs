//! The terminal: the one place that prints, and what happens on an interrupt.

mod arguments;
pub mod interrupt;
mod printer;

pub use arguments::protect_arguments;
pub use printer::Printer;
