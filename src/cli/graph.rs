//! `pathscope graph`

use super::arguments::{CheckpointArgs, ProgramArgs, StrengthArgs, analysis_options};
use super::sheet::{parse_sheet, warn_of_misfit};
use super::{Outcome, usage_error};
use anyhow::{Result, anyhow};
use clap::builder::TypedValueParser;
use clap::{ArgAction, Args, ValueEnum};
use pathscope::figures::{self, ProgramOptions, Sheet, UnrolledOptions, Width};
use pathscope::output::Printer;
use pathscope::shell::described_words;
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::circuit::Readout;
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::files::output::write_file;
use pathscope_core::model::layout::{self, Model};
use pathscope_core::paths::strength::ConvolutionStrength;
use std::path::PathBuf;

/// Draw the components of a model and their connections, unrolled or rolled
///
/// Line widths show the number of paths (paper, Fig. 4a) or their strength (Fig. 5a). For a large exported
/// program, the components of a module are drawn as one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope graph best.pth --out circuit.svg
  pathscope graph model.pt2 --width 183 --out components.svg
  pathscope graph model.pt2 --rolled --depth 2 --out modules.svg
  pathscope graph best.pth --out circuit.dot
  pathscope graph best.pth --lines strength --fold 2 --width 89 --out deep.svg
  pathscope graph best.pth --rolled --format dot | dot -Tpdf > circuit.pdf")]
pub(super) struct GraphArgs {
    /// Exported program (.pt2) or checkpoint (.pt, .pth, .safetensors)
    file: PathBuf,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    /// Draw the blocks and their connections without unrolling; for a program, the modules and the number
    /// of paths between them
    #[arg(long, conflicts_with_all = ["fold", "lines", "conv_strength", "map_size", "bn_strength"])]
    rolled: bool,

    /// Draw only the first N iterations of a checkpoint's circuit and the last (SVG only)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    fold: Option<u32>,

    /// Merge the components of a program that are inside the same module at depth N, where 1 is the
    /// outermost [default: the largest N for which the figure fits on a page]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    depth: Option<u32>,

    /// Meaning of the line widths [default: paths]
    #[arg(long, value_name = "WHAT", value_parser = lines())]
    lines: Option<Width>,

    /// Figure width in mm, such as 89 or 183: type is 6 to 8 pt, and fewer iterations are drawn if they do
    /// not all fit; `paths` and `strength` mean --lines [default: the natural width]
    #[arg(long, value_name = "MM", action = ArgAction::Append, value_parser = parse_width)]
    width: Vec<WidthArg>,

    #[command(flatten)]
    strength: StrengthArgs,

    /// Output format [default: from the extension of --out, else svg]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<GraphFormat>,

    /// Write the figure to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The value of `--width`: the width of the figure or, in an earlier meaning of the option, what the widths
/// of its lines show.
#[derive(Clone, Copy, Debug)]
enum WidthArg {
    Figure(Sheet),
    Lines(Width),
}

fn parse_width(text: &str) -> Result<WidthArg, String> {
    match text.parse() {
        Ok(lines) => Ok(WidthArg::Lines(lines)),
        Err(_) => parse_sheet(text).map(WidthArg::Figure),
    }
}

/// Parses `--lines`.
fn lines() -> impl TypedValueParser<Value = Width> {
    described_words(|width: Width, word| {
        word.help(match width {
            Width::Paths => "Number of paths",
            Width::Strength => "Share of the paths' strength",
        })
    })
}

/// The value of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// SVG figure
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

    /// Returns the meaning of the line widths, if it is given.
    fn lines(&self) -> Option<Width> {
        let mut former = self.width.iter().rev().filter_map(|width| match width {
            WidthArg::Lines(lines) => Some(*lines),
            WidthArg::Figure(_) => None,
        });
        self.lines.or_else(|| former.next())
    }

    /// Returns the format given by `--format`, or else by the extension of `--out`.
    ///
    /// # Errors
    ///
    /// Returns a usage error if they contradict each other, or if the extension stands for neither format.
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
                "--format {} contradicts the extension .{ending} of --out: leave one of them out",
                format.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
            ))),
            (Some(format), ..) | (None, Some(format), _) => Ok(format),
            (None, None, None) => Ok(GraphFormat::Svg),
            (None, None, Some(ending)) => Err(usage_error(format!(
                "the extension .{ending} of --out is not a known format: use .svg for a figure, .dot or .gv for Graphviz text, or give --format"
            ))),
        }
    }
}

pub(super) fn run(args: &GraphArgs, printer: &Printer) -> Result<Outcome> {
    let format = args.format()?;
    if args.rolled && args.lines().is_some() {
        return Err(usage_error("--rolled draws all lines with the same width: leave out --lines"));
    }
    if args.sheet() != Sheet::default() && format == GraphFormat::Dot {
        printer.warning("Graphviz chooses its own layout: --width in mm applies to --format svg only");
    }
    let options = analysis_options(&args.checkpoint, &args.program, &args.strength)?;
    let figure = if Analysis::is_of_program(&args.file, &options)? {
        of_program(args, format, &options)?
    } else {
        of_checkpoint(args, format, options.convolution_strength, printer)?
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

/// Draws a program.
fn of_program(args: &GraphArgs, format: GraphFormat, options: &AnalysisOptions) -> Result<String> {
    let file = args.file.display();
    if args.fold.is_some() {
        return Err(usage_error(format!(
            "{file} is an exported program: --fold applies to checkpoints only; use --depth to merge modules"
        )));
    }
    let analysis = Analysis::of_program(&args.file, options)?;
    let program = analysis.program().ok_or_else(|| anyhow!("{file} is not an exported program"))?;
    let strengths = &analysis.strengths;
    let options = ProgramOptions {
        width: args.lines().unwrap_or_default(),
        depth: args.depth.map(|depth| depth as usize),
        sheet: args.sheet(),
    };
    Ok(match (args.rolled, format) {
        (true, GraphFormat::Svg) => figures::rolled_program(program, &options)?,
        (true, GraphFormat::Dot) => figures::rolled_program_dot(program, &options)?,
        (false, GraphFormat::Svg) => figures::unrolled_program(program, strengths, &options)?,
        (false, GraphFormat::Dot) => figures::unrolled_program_dot(program, strengths, &options)?,
    })
}

/// Draws the circuit of a checkpoint.
fn of_checkpoint(
    args: &GraphArgs,
    format: GraphFormat,
    convolution: ConvolutionStrength,
    printer: &Printer,
) -> Result<String> {
    if args.depth.is_some() {
        return Err(usage_error(format!(
            "{} is a checkpoint: --depth applies to exported programs only; use --fold to leave out iterations",
            args.file.display()
        )));
    }
    if args.fold.is_some() && format == GraphFormat::Dot {
        printer.warning("Graphviz text always has all iterations: --fold applies to --format svg only");
    }
    let checkpoint = Checkpoint::open(&args.file, args.checkpoint.key.as_deref())?;
    let model = layout::recognize(&checkpoint, &args.checkpoint.given())?;
    Ok(match (args.rolled, format) {
        (true, GraphFormat::Svg) => figures::rolled_circuit(&model.circuit, args.sheet())?,
        (true, GraphFormat::Dot) => figures::rolled_dot(&model.circuit),
        (false, _) => unrolled(args, format, &checkpoint, &model, convolution, printer)?,
    })
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
        width: args.lines().unwrap_or_default(),
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
