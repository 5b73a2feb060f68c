//! `pathscope graph`

use super::arguments::{CheckpointArgs, StrengthArgs};
use super::sheet::{parse_sheet, warn_of_misfit};
use super::{Outcome, usage_error};
use anyhow::Result;
use clap::{ArgAction, Args, ValueEnum};
use pathscope::checkpoint::Checkpoint;
use pathscope::circuit::Readout;
use pathscope::figures::{self, Sheet, UnrolledOptions, Width};
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
  pathscope graph best.pth --out circuit.dot
  pathscope graph best.pth --lines strength --fold 2 --width 89 --out deep.svg
  pathscope graph best.pth --rolled --format dot | dot -Tpdf > circuit.pdf")]
pub struct GraphArgs {
    /// Checkpoint (.pt, .pth, .safetensors)
    file: PathBuf,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    /// Draw the blocks and their connections, not unrolled
    #[arg(long, conflicts_with_all = ["fold", "lines", "conv_strength", "map_size", "bn_strength"])]
    rolled: bool,

    /// Draw only the first N iterations and the last (SVG only)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    fold: Option<u32>,

    /// What the widths of lines say [default: paths]
    #[arg(long, value_enum, value_name = "WHAT")]
    lines: Option<LinesArg>,

    /// Width of the figure in mm, such as 89 or 183: type is then 6 to 8 pt, and fewer iterations are drawn where all of
    /// them are too wide; `paths` and `strength` are read as --lines [default: what the figure needs]
    #[arg(long, value_name = "MM", action = ArgAction::Append, value_parser = parse_width)]
    width: Vec<WidthArg>,

    #[command(flatten)]
    strength: StrengthArgs,

    /// Format of the figure [default: what the ending of --out says, svg without one]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<GraphFormat>,

    /// Write it to this file and not to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// `--width`: that of the figure or, as the option was called before figures had one, that of its lines.
#[derive(Clone, Copy, Debug)]
enum WidthArg {
    Figure(Sheet),
    Lines(LinesArg),
}

fn parse_width(text: &str) -> Result<WidthArg, String> {
    match LinesArg::from_str(text, false) {
        Ok(lines) => Ok(WidthArg::Lines(lines)),
        Err(_) => parse_sheet(text).map(WidthArg::Figure),
    }
}

/// `--lines`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LinesArg {
    /// The number of paths
    #[default]
    Paths,
    /// The share of the paths' strengths
    Strength,
}

impl From<LinesArg> for Width {
    fn from(argument: LinesArg) -> Self {
        match argument {
            LinesArg::Paths => Self::Paths,
            LinesArg::Strength => Self::Strength,
        }
    }
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// A figure
    Svg,
    /// Graphviz text
    Dot,
}

impl GraphArgs {
    fn sheet(&self) -> Sheet {
        let mut sheets = self.width.iter().rev().filter_map(|width| match width {
            WidthArg::Figure(sheet) => Some(*sheet),
            WidthArg::Lines(_) => None,
        });
        sheets.next().unwrap_or_default()
    }

    /// Returns what the widths of lines say, where that is given.
    fn lines(&self) -> Option<LinesArg> {
        let mut former = self.width.iter().rev().filter_map(|width| match width {
            WidthArg::Lines(lines) => Some(*lines),
            WidthArg::Figure(_) => None,
        });
        self.lines.or_else(|| former.next())
    }

    /// Returns what `--format` says, or else the ending of `--out`.
    ///
    /// # Errors
    ///
    /// Wrong usage, where they contradict each other or the ending is that of neither.
    fn format(&self) -> Result<GraphFormat> {
        let ending =
            self.out.as_ref().and_then(|path| path.extension()).map(|ending| ending.to_string_lossy());
        let by_ending = ending.as_ref().and_then(|ending| match ending.to_lowercase().as_str() {
            "svg" => Some(GraphFormat::Svg),
            "dot" | "gv" => Some(GraphFormat::Dot),
            _ => None,
        });
        match (self.format, by_ending, ending) {
            (Some(format), Some(other), Some(ending)) if format != other => Err(usage_error(format!(
                "--format {} contradicts the ending .{ending} of --out: leave one of them out",
                format.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
            ))),
            (Some(format), ..) | (None, Some(format), _) => Ok(format),
            (None, None, None) => Ok(GraphFormat::Svg),
            (None, None, Some(ending)) => Err(usage_error(format!(
                "the ending .{ending} of --out is no format: figures are written as .svg, and Graphviz text as .dot or .gv; --format says it for other endings"
            ))),
        }
    }
}

pub fn run(args: &GraphArgs, printer: &Printer) -> Result<Outcome> {
    let format = args.format()?;
    if args.rolled && args.lines().is_some() {
        return Err(usage_error("--rolled draws all lines alike: leave out --lines"));
    }
    if args.sheet() != Sheet::default() && format == GraphFormat::Dot {
        printer.warning("Graphviz arranges its text itself: --width in mm is for --format svg");
    }
    if args.fold.is_some() && format == GraphFormat::Dot {
        printer.warning("Graphviz text always has all iterations: --fold is for --format svg");
    }
    let convolution = args.strength.convolution()?;
    let checkpoint = Checkpoint::open(&args.file, args.checkpoint.key.as_deref())?;
    let model = layout::recognize(&checkpoint, &args.checkpoint.given())?;
    let figure = if args.rolled {
        match format {
            GraphFormat::Svg => figures::rolled_circuit(&model.circuit, args.sheet())?,
            GraphFormat::Dot => figures::rolled_dot(&model.circuit),
        }
    } else {
        unrolled(args, format, &checkpoint, &model, convolution, printer)?
    };
    if format == GraphFormat::Svg {
        warn_of_misfit(args.sheet(), "the figure", &figure, printer);
    }
    match &args.out {
        Some(path) => write_file(path, &figure)?,
        None => printer.result(&figure)?,
    }
    Ok(Outcome::Success)
}

fn unrolled(
    args: &GraphArgs,
    format: GraphFormat,
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
        width: args.lines().unwrap_or_default().into(),
        readout,
        fold: args.fold.map(|iterations| iterations as usize),
        sheet: args.sheet(),
        ..UnrolledOptions::default()
    };
    Ok(match format {
        GraphFormat::Svg => figures::unrolled_circuit(&model.circuit, &model.unrolled, &strengths, &options)?,
        GraphFormat::Dot => figures::unrolled_dot(&model.circuit, &model.unrolled, &strengths, &options),
    })
}
