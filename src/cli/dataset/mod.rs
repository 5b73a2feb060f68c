//! The command `pathscope dataset`, with one file per subcommand.

mod import;
mod info;
mod synth;

use super::Outcome;
use anyhow::Result;
use clap::Subcommand;
use pathscope::output::Printer;

/// Check, import and simulate data sets
#[derive(Debug, Subcommand)]
pub(super) enum DatasetCommand {
    Info(info::InfoArgs),
    Import(Box<import::ImportArgs>),
    Synth(synth::SynthArgs),
}

pub(super) fn run(command: &DatasetCommand, printer: &Printer) -> Result<Outcome> {
    match command {
        DatasetCommand::Info(args) => info::run(args, printer),
        DatasetCommand::Synth(args) => synth::run(args, printer),
        DatasetCommand::Import(args) => import::run(args, printer),
    }
}
