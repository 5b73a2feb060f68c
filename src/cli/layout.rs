//! `pathscope layout`

use super::{Outcome, inputs};
use anyhow::Result;
use clap::{Args, Subcommand};
use pathscope::output::Printer;
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::files::output::write_file;
use pathscope_core::model::layout::template::template;
use std::path::PathBuf;

/// Describe models that are not recognized
#[derive(Debug, Subcommand)]
pub(super) enum LayoutCommand {
    Template(TemplateArgs),
}

/// Write a commented template of a layout file from a checkpoint's names and shapes
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  pathscope layout template my-model.pt --out my-model.toml\n  pathscope analyze my-model.pt --layout my-model.toml"
)]
pub(super) struct TemplateArgs {
    /// Checkpoint (.pt, .pth, .safetensors)
    file: PathBuf,

    /// Location of the weights: a key of the saved dictionary, or the prefix of their names up to a dot
    /// ('.' for the dictionary itself) [default: model, state_dict or another common key if present, else
    /// the dictionary itself]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// Write the template to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(command: &LayoutCommand, printer: &Printer) -> Result<Outcome> {
    let LayoutCommand::Template(args) = command;
    let file = inputs::model_file(&args.file)?;
    let checkpoint = Checkpoint::open(&file, args.key.as_deref())?;
    printer.other_weights(&file, checkpoint.other_weights());
    let text = heading(&checkpoint) + &template(&checkpoint);
    match &args.out {
        Some(path) => write_file(path, &text)?,
        None => printer.result(&text)?,
    }
    Ok(Outcome::Success)
}

/// Returns comments that state how the tensors were read.
fn heading(checkpoint: &Checkpoint) -> String {
    let key =
        checkpoint.key().map(|key| format!("weights under '{key}': give --key {key} to read the same ones"));
    key.into_iter().chain(checkpoint.remarks()).map(|line| format!("# {line}\n")).collect()
}
