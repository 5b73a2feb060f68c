//! `pathscope notebook`

mod model;
mod study;

use super::Outcome;
use anyhow::Result;
use clap::Subcommand;
use pathscope::export::notebook::Notebook;
use pathscope::output::Printer;
use pathscope_core::files::output::PendingFile;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Write a Jupyter notebook on a study or a model
#[derive(Debug, Subcommand)]
pub(super) enum NotebookCommand {
    Study(study::StudyArgs),
    Model(Box<model::ModelArgs>),
}

pub(super) fn run(command: &NotebookCommand, printer: &Printer) -> Result<Outcome> {
    match command {
        NotebookCommand::Study(args) => study::run(args, printer),
        NotebookCommand::Model(args) => model::run(args, printer),
    }
}

/// Parses `--out`.
fn parse_out(text: &str) -> Result<PathBuf, &'static str> {
    let path = PathBuf::from(text);
    if path.extension() == Some(OsStr::new("ipynb")) {
        Ok(path)
    } else {
        Err("the name of a notebook must end in .ipynb")
    }
}

/// Makes a notebook and writes it, after checking the output place.
fn write(out: &Path, make: impl FnOnce() -> Result<Notebook>, printer: &Printer) -> Result<Outcome> {
    let file = PendingFile::create(out)?;
    file.finish_with(make()?.to_json()?)?;
    printer.note(format_args!("the notebook is in {}", out.display()));
    Ok(Outcome::Success)
}
