//! The only place that prints: results to stdout, everything else to stderr.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use pathscope_core::files::output::OutputError;
use pathscope_core::files::text::shown;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

/// A printer for one run of a command.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    quiet: bool,
}

impl Printer {
    /// Returns a printer. A quiet one prints only results and errors.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Writes results to stdout unchanged. Pass text for people through
    /// [`shown`](pathscope_core::files::text::shown) first.
    ///
    /// # Errors
    ///
    /// [`OutputError::Stdout`]. If its cause is [`io::ErrorKind::BrokenPipe`], the reader has seen enough,
    /// which is not a failure.
    pub fn result(&self, text: &str) -> Result<(), OutputError> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(|source| OutputError::Stdout { source })
    }

    /// Prints a note unless the printer is quiet.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            self.to_stderr(format_args!("{text}"));
        }
    }

    /// Prints a note that the work was stopped and how to resume it, unless the printer is quiet.
    ///
    /// # Arguments
    ///
    /// * `command` - the command that resumes it
    pub fn stopped(&self, command: impl Display) {
        self.note(format_args!("stopped: run {command} to resume"));
    }

    /// Prints a warning unless the printer is quiet.
    pub fn warning(&self, text: impl Display) {
        if !self.quiet {
            self.to_stderr(format_args!("warning: {text}"));
        }
    }

    /// Warns that a checkpoint holds other weights, and how to read them.
    pub fn other_weights(&self, checkpoint: &Path, keys: &[String]) {
        if let Some(first) = keys.first() {
            self.warning(format_args!(
                "{}: there are also other weights, under {}; read them with --key {first}",
                checkpoint.display(),
                keys.iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ")
            ));
        }
    }

    /// Prints an error with all its causes.
    pub fn error(&self, error: &(dyn Error + 'static)) {
        let mut text = String::new();
        for cause in std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string) {
            // Some errors already include the text of their cause.
            if !text.contains(&cause) {
                text.push_str(if text.is_empty() { "" } else { ": " });
                text.push_str(&cause);
            }
        }
        self.to_stderr(format_args!("error: {text}"));
    }

    /// Returns a progress bar on stderr. It is hidden if the printer is quiet or stderr is not a terminal.
    pub fn progress(&self, total: u64, what: &'static str) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        bar
    }

    /// Returns a group of progress bars on stderr. It is hidden if the printer is quiet or stderr is not a
    /// terminal.
    pub fn progress_bars(&self) -> MultiProgress {
        let quiet = self.quiet;
        MultiProgress::with_draw_target(if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        })
    }

    /// Prints a line to stderr. If stderr itself fails, nothing can be done.
    fn to_stderr(self, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(io::stderr().lock(), "{}", shown(&text.to_string()));
    }
}
