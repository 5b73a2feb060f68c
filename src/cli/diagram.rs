//! `pathscope diagram`

use super::arguments::CheckpointArgs;
use super::figure::finish;
use super::sheet::{SheetArgs, warn_of_misfit};
use super::{Outcome, inputs};
use anyhow::Result;
use clap::Args;
use clap::builder::TypedValueParser;
use pathscope::figures::Diagram;
use pathscope::output::Printer;
use pathscope::shell::described_words;
use pathscope_core::circuit::Readout;
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::files::output::PendingFile;
use pathscope_core::model::layout;
use std::path::PathBuf;

/// Draw a diagram of one network, in the style of the paper
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope diagram path-lengths run/ --out path-lengths.svg
  pathscope diagram architecture best.pth --width 183 > architecture.svg")]
pub(super) struct DiagramArgs {
    /// The diagram, or the number of the figure in the paper that it follows
    #[arg(value_name = "DIAGRAM", value_parser = diagram())]
    diagram: Diagram,

    /// Checkpoint (.pt, .pth, .safetensors) or folder of a run
    #[arg(value_name = "RUN|FILE")]
    model: PathBuf,

    /// Write the diagram to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    sheet: SheetArgs,

    #[command(flatten)]
    checkpoint: CheckpointArgs,
}

/// Parses `DIAGRAM`.
fn diagram() -> impl TypedValueParser<Value = Diagram> {
    described_words(|diagram: Diagram, word| {
        let help = match diagram {
            Diagram::Architecture => {
                "The network in its two phases, and the inside of its blocks, after Fig. 1"
            }
            Diagram::ReadoutModes => "The four readout modes over the network's iterations, after Fig. 2",
            Diagram::PathLengths => {
                "The unrolled circuit, its strongest paths and their lengths, after Fig. 5"
            }
            Diagram::InformationFlow => {
                "The information that flows from iteration to iteration, after Fig. 8"
            }
        };
        word.alias(diagram.number()).help(help)
    })
}

pub(super) fn run(args: &DiagramArgs, printer: &Printer) -> Result<Outcome> {
    let file = args.out.as_deref().map(PendingFile::create).transpose()?;
    let path = inputs::model_file(&args.model)?;
    let checkpoint = Checkpoint::open(&path, args.checkpoint.key.as_deref())?;
    let model = layout::recognize(&checkpoint, &args.checkpoint.given())?;
    let readout = model.circuit.readout.unwrap_or(Readout::LateAvg);
    if args.diagram == Diagram::PathLengths && model.circuit.readout.is_none() {
        printer.warning(format_args!(
            "{} names no readout mode, so {readout} is drawn: choose one with --readout",
            path.display()
        ));
    }
    let sheet = args.sheet.sheet();
    let svg = args.diagram.draw(&model, &checkpoint, readout, sheet)?;
    warn_of_misfit(sheet, args.diagram, &svg, printer);
    finish(file, &svg, printer)
}
