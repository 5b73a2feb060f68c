//! The shared part of the commands `pathscope` and `pathscope-torch`: the exit status, arguments, and subcommands that
//! are the same for every engine.
//!
//! A command line comes in, an exit status comes out. Read [`main`] first.

mod arguments;
mod documents;
mod evaluate;
mod predict;
mod protection;
mod settings;
mod words;

pub use arguments::{ModelArgs, split};
pub use documents::{completions, manual_page, manual_pages};
pub use evaluate::{EvaluateArgs, evaluate};
pub use predict::{PredictArgs, predict};
pub use settings::SettingsArgs;
pub use words::{described_words, words};

use crate::output::{Printer, interrupt};
use anyhow::Result;
use clap::{CommandFactory, FromArgMatches};
use pathscope_core::files::output::{is_closed_pipe, overwrites_input};
use protection::protect_arguments;
use std::process::ExitCode;
use thiserror::Error;

/// The command line of a command.
pub trait CommandLine: CommandFactory + FromArgMatches {
    /// Returns whether the command prints results and errors only.
    fn is_quiet(&self) -> bool;

    /// Runs the subcommand.
    ///
    /// # Errors
    ///
    /// [`UsageError`] if the command line is wrong, and any error that stops the subcommand.
    fn run(self, printer: &Printer) -> Result<Outcome>;
}

/// The outcome of a command that was not stopped by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The command did everything.
    Success,
    /// The command was interrupted and has printed how to resume it.
    Stopped,
    /// The command did a part of its work and has printed what it could not do.
    Partial,
}

/// A mistake in the command line that clap cannot detect.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct UsageError(String);

/// Returns a [`UsageError`].
pub fn usage_error(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// Reads the command line of this process, runs it, and returns the exit status.
pub fn main<C: CommandLine>() -> ExitCode {
    let arguments = C::command().get_matches();
    protect_arguments(&arguments);
    let line = C::from_arg_matches(&arguments).unwrap_or_else(|error| error.exit());
    let printer = Printer::new(line.is_quiet());
    if let Err(error) = interrupt::clean_up_on_interrupt() {
        printer.warning(error);
    }
    exit_code(line.run(&printer), &printer)
}

/// Returns the exit status of a command: 0 for success, 1 for failure and 2 for wrong usage. Prints its error.
pub fn exit_code(outcome: Result<Outcome>, printer: &Printer) -> ExitCode {
    let error = match outcome {
        Ok(Outcome::Success) => return ExitCode::SUCCESS,
        Ok(Outcome::Stopped | Outcome::Partial) => return ExitCode::FAILURE,
        Err(error) if is_closed_pipe(error.as_ref()) => return ExitCode::SUCCESS,
        Err(error) => error,
    };
    printer.error(error.as_ref());
    if error.is::<UsageError>() || overwrites_input(error.as_ref()) {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}
