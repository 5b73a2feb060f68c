//! `pathscope man`

use super::{Cli, Outcome};
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope::shell;
use std::path::PathBuf;

/// Print the manual page
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pathscope man | man -l -\n  pathscope man --out ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write the pages of all subcommands into this folder instead of printing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ManArgs, printer: &Printer) -> Result<Outcome> {
    match &args.out {
        Some(folder) => shell::manual_pages::<Cli>(folder),
        None => shell::manual_page::<Cli>(printer),
    }
}
