//! `pathscope layout`

use super::Outcome;
use anyhow::Result;
use clap::{Args, Subcommand};
use pathscope::checkpoint::Checkpoint;
use pathscope::layout::template::template;
use pathscope::output::{Printer, write_file};
use std::path::PathBuf;

/// Describe models that are not recognized
#[derive(Debug, Subcommand)]
pub enum LayoutCommand {
    Template(TemplateArgs),
}

/// Write a commented start of a layout file from a checkpoint's names and shapes
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  pathscope layout template my-model.pt --out my-model.toml\n  pathscope analyze my-model.pt --layout my-model.toml"
)]
pub struct TemplateArgs {
    /// Checkpoint (.pt, .pth, .safetensors)
    file: PathBuf,

    /// Entry of the saved dictionary that holds the weights [default: model, state_dict or
    /// model_state_dict if there is one, else the dictionary itself]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// Write it to this file and not to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(command: &LayoutCommand, printer: &Printer) -> Result<Outcome> {
    let LayoutCommand::Template(args) = command;
    let checkpoint = Checkpoint::open(&args.file, args.key.as_deref())?;
    let text = template(&checkpoint);
    match &args.out {
        Some(path) => write_file(path, &text)?,
        None => printer.result(&text)?,
    }
    Ok(Outcome::Success)
}
