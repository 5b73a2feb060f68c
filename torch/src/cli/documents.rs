//! Completions and manual pages.

use super::{Cli, Outcome};
use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;
use pathscope::output::Printer;
use pathscope_core::files::output::prepare_folder;
use std::path::Path;

pub fn completions(shell: Shell, printer: &Printer) -> Result<Outcome> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pathscope-torch", &mut bytes);
    printer.result(&String::from_utf8(bytes)?)?;
    Ok(Outcome::Success)
}

pub fn manual(folder: &Path) -> Result<Outcome> {
    prepare_folder(folder)?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(|| folder.display().to_string())?;
    Ok(Outcome::Success)
}
