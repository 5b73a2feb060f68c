//! The terminal: printing and interrupts.
//!
//! Text comes in and goes out to stdout or stderr. Read [`Printer`] first.

pub mod interrupt;
mod printer;

pub use printer::Printer;
