//! `pathscope completions`

use super::{Cli, Outcome};
use anyhow::Result;
use clap::Args;
use clap_complete::Shell;
use pathscope::output::{Printer, shell};

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  pathscope completions bash > ~/.local/share/bash-completion/completions/pathscope"
)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, printer: &Printer) -> Result<Outcome> {
    shell::completions::<Cli>(args.shell, printer)
}
