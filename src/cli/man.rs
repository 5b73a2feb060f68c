//! `pathscope man`

use super::{Cli, Outcome};
use anyhow::Result;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;
use pathscope::output::Printer;
use pathscope_core::files::output::{prepare_folder, write_file};
use std::path::PathBuf;

/// Print the manual page
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pathscope man | man -l -\n  pathscope man --out ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write the pages of all subcommands into this folder and print nothing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn run(args: &ManArgs, printer: &Printer) -> Result<Outcome> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.out else {
        printer.result(&page(command)?)?;
        return Ok(Outcome::Success);
    };
    prepare_folder(folder)?;
    for (name, page) in pages(&command)? {
        write_file(&folder.join(format!("{name}.1")), &page)?;
    }
    Ok(Outcome::Success)
}

/// The names and pages of a command and of all below it.
fn pages(command: &Command) -> Result<Vec<(String, String)>> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut all = vec![(name, page(command.clone())?)];
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        all.extend(pages(below)?);
    }
    Ok(all)
}

fn page(command: Command) -> Result<String> {
    let mut bytes = Vec::new();
    Man::new(command).render(&mut bytes)?;
    Ok(String::from_utf8(bytes)?)
}
