//! Exported programs through the command line.

mod bad;
mod commands;
mod inspect;
mod names;
mod secrets;
mod support;
