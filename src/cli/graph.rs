//! `pathscope graph`

use super::Outcome;
use super::arguments::{CheckpointArgs, StrengthArgs};
use anyhow::Result;
use clap::{Args, ValueEnum};
use pathscope::checkpoint::Checkpoint;
use pathscope::circuit::Readout;
use pathscope::figures::{self, UnrolledOptions, Width};
use pathscope::layout::{self, Model};
use pathscope::output::{Printer, write_file};
use pathscope::strength::ConvolutionStrength;
use std::path::PathBuf;

/// Draw the circuit of a model, unrolled or not
///
/// The widths of lines say how many paths pass (paper, Fig. 4a) or how strong these are (Fig. 5a).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope graph best.pth --out circuit.svg
  pathscope graph best.pth --width strength --fold 2 --out deep.svg
  pathscope graph best.pth --rolled --format dot | dot -Tpdf > circuit.pdf")]
pub struct GraphArgs {
    /// Checkpoint (.pt, .pth, .safetensors)
    file: PathBuf,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    /// Draw the blocks and their connections, not unrolled
    #[arg(long, conflicts_with_all = ["fold", "width", "conv_strength", "map_size", "bn_strength"])]
    rolled: bool,

    /// Draw only the first N iterations and the last (SVG only)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    fold: Option<u32>,

    /// What the widths of lines say
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    width: WidthArg,

    #[command(flatten)]
    strength: StrengthArgs,

    /// Format of the figure
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: GraphFormat,

    /// Write it to this file and not to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// `--width`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum WidthArg {
    /// The number of paths
    #[default]
    Paths,
    /// The share of the paths' strengths
    Strength,
}

impl From<WidthArg> for Width {
    fn from(argument: WidthArg) -> Self {
        match argument {
            WidthArg::Paths => Self::Paths,
            WidthArg::Strength => Self::Strength,
        }
    }
}

/// `--format`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// A figure
    #[default]
    Svg,
    /// Graphviz text
    Dot,
}

pub fn run(args: &GraphArgs, printer: &Printer) -> Result<Outcome> {
    if args.fold.is_some() && args.format == GraphFormat::Dot {
        printer.warning("Graphviz text always has all iterations: --fold is for --format svg");
    }
    let convolution = args.strength.convolution()?;
    let checkpoint = Checkpoint::open(&args.file, args.checkpoint.key.as_deref())?;
    let model = layout::recognize(&checkpoint, &args.checkpoint.given())?;
    let figure = if args.rolled {
        match args.format {
            GraphFormat::Svg => figures::rolled_circuit(&model.circuit)?,
            GraphFormat::Dot => figures::rolled_dot(&model.circuit),
        }
    } else {
        unrolled(args, &checkpoint, &model, convolution, printer)?
    };
    match &args.out {
        Some(path) => write_file(path, &figure)?,
        None => printer.result(&figure)?,
    }
    Ok(Outcome::Success)
}

fn unrolled(
    args: &GraphArgs,
    checkpoint: &Checkpoint,
    model: &Model,
    convolution: ConvolutionStrength,
    printer: &Printer,
) -> Result<String> {
    let strengths = model.strengths(checkpoint, convolution, args.strength.batch_norm())?;
    let readout = model.circuit.readout.unwrap_or(Readout::LateAvg);
    if model.circuit.readout.is_none() {
        printer.warning(format_args!(
            "{} names no readout mode, so {readout} is drawn: choose one with --readout",
            args.file.display()
        ));
    }
    let options = UnrolledOptions {
        width: args.width.into(),
        readout,
        fold: args.fold.map(|iterations| iterations as usize),
        ..UnrolledOptions::default()
    };
    Ok(match args.format {
        GraphFormat::Svg => figures::unrolled_circuit(&model.circuit, &model.unrolled, &strengths, &options)?,
        GraphFormat::Dot => figures::unrolled_dot(&model.circuit, &model.unrolled, &strengths, &options),
    })
}
