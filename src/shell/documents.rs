//! Completions and manual pages of a command.

use super::Outcome;
use crate::output::Printer;
use anyhow::Result;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use pathscope_core::files::output::{prepare_folder, write_file};
use std::path::Path;

/// Prints completions for a shell.
pub fn completions<C: CommandFactory>(shell: Shell, printer: &Printer) -> Result<Outcome> {
    let mut command = C::command();
    let name = command.get_name().to_owned();
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut bytes);
    printer.result(&String::from_utf8(bytes)?)?;
    Ok(Outcome::Success)
}

/// Prints the manual page of a command.
pub fn manual_page<C: CommandFactory>(printer: &Printer) -> Result<Outcome> {
    printer.result(&page(built::<C>())?)?;
    Ok(Outcome::Success)
}

/// Writes the manual pages of a command and all its subcommands into a folder.
pub fn manual_pages<C: CommandFactory>(folder: &Path) -> Result<Outcome> {
    prepare_folder(folder)?;
    for (name, page) in pages(&built::<C>())? {
        write_file(&folder.join(format!("{name}.1")), &page)?;
    }
    Ok(Outcome::Success)
}

fn built<C: CommandFactory>() -> Command {
    let mut command = C::command().disable_help_subcommand(true);
    command.build();
    command
}

/// Returns the names and manual pages of a command and all its subcommands.
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
