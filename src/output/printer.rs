//! The one place that prints: results to stdout, all else to stderr.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use pathscope_core::files::output::OutputError;
use pathscope_core::files::text::shown;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

/// Prints for one run of a command.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    quiet: bool,
}

impl Printer {
    /// A printer that says only results and errors where it is to be quiet.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Writes results to stdout, as they are: text for reading goes through [`shown`](pathscope_core::files::text::shown) before.
    ///
    /// # Errors
    ///
    /// [`OutputError::Stdout`]; where its cause is [`io::ErrorKind::BrokenPipe`] the reader has
    /// seen enough, which is no failure.
    pub fn result(&self, text: &str) -> Result<(), OutputError> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(|source| OutputError::Stdout { source })
    }

    /// Says something that is worth knowing, unless told to be quiet.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            self.to_stderr(format_args!("{text}"));
        }
    }

    /// Says what may be wrong and what to do about it, unless told to be quiet.
    pub fn warning(&self, text: impl Display) {
        if !self.quiet {
            self.to_stderr(format_args!("warning: {text}"));
        }
    }

    /// Prints which other weights a checkpoint holds, and how to ask for them.
    pub fn other_weights(&self, checkpoint: &Path, keys: &[String]) {
        if let Some(first) = keys.first() {
            self.warning(format_args!(
                "{}: other weights are there too, under {}: --key {first} reads them",
                checkpoint.display(),
                keys.iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ")
            ));
        }
    }

    /// Says what went wrong, with all its causes.
    pub fn error(&self, error: &(dyn Error + 'static)) {
        let mut text = String::new();
        for cause in std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string) {
            // Errors of the library name their cause themselves.
            if !text.contains(&cause) {
                text.push_str(if text.is_empty() { "" } else { ": " });
                text.push_str(&cause);
            }
        }
        self.to_stderr(format_args!("error: {text}"));
    }

    /// A progress bar on stderr; none where stderr is no terminal.
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

    /// Room on stderr for several progress bars; none where stderr is no terminal.
    pub fn progress_bars(&self) -> MultiProgress {
        let quiet = self.quiet;
        MultiProgress::with_draw_target(if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        })
    }

    /// Nothing can be done where stderr itself fails.
    fn to_stderr(self, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(io::stderr().lock(), "{}", shown(&text.to_string()));
    }
}
