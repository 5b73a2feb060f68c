//! `pathscope inspect`

mod checkpoint;
mod program;

use super::arguments::{CheckpointArgs, FormatArg, ProgramArgs};
use super::{Outcome, inputs};
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use std::path::PathBuf;

/// The schema of the JSON that `inspect` writes.
const SCHEMA: &str = "pathscope/inspection/1";

/// List the tensors of a checkpoint by role, or the modules of an exported program by their effect on
/// paths, and explain how they were recognized
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope inspect best.pth
  pathscope inspect model.pt2 --from layer1.0")]
pub(super) struct InspectArgs {
    /// Checkpoint (.pt, .pth, .bin, .safetensors, or the .index.json of a sharded one), exported program
    /// (.pt2), or folder of a run
    file: PathBuf,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,
}

pub(super) fn run(args: &InspectArgs, printer: &Printer) -> Result<Outcome> {
    let file = inputs::model_file(&args.file)?;
    let options = AnalysisOptions {
        key: args.checkpoint.key.clone(),
        given: args.checkpoint.given(),
        paths: args.program.settings(),
        ..AnalysisOptions::default()
    };
    if Analysis::is_of_program(&file, &options)? {
        program::run(&file, &options.paths, args.format, printer)
    } else {
        checkpoint::run(&file, &args.checkpoint, args.format, printer)
    }
}
