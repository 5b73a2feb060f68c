//! `pathscope completions`

use super::{Cli, Outcome};
use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use pathscope::output::Printer;

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
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "pathscope", &mut bytes);
    printer.result(&String::from_utf8(bytes)?)?;
    Ok(Outcome::Success)
}
