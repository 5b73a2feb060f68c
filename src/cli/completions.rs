//! `pathscope completions`

use super::{Cli, Outcome};
use anyhow::Result;
use clap::Args;
use clap_complete::Shell;
use pathscope::output::Printer;
use pathscope::shell;

/// Print shell completions
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  pathscope completions bash > ~/.local/share/bash-completion/completions/pathscope"
)]
pub(super) struct CompletionsArgs {
    /// Shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, printer: &Printer) -> Result<Outcome> {
    shell::completions::<Cli>(args.shell, printer)
}
