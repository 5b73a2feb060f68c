//! The one place that prints: results to stdout, all else to stderr.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Display;
use std::io::{self, Write};

pub struct Printer {
    quiet: bool,
}

impl Printer {
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Writes results to stdout.
    pub fn result(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
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

    /// Says what went wrong.
    pub fn error(&self, error: &anyhow::Error) {
        self.to_stderr(format_args!("error: {error:#}"));
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

    /// Nothing can be done where stderr itself fails.
    fn to_stderr(&self, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}
