//! `pathscope figure`

use super::arguments::{CheckpointArgs, metric};
use super::sheet::{SheetArgs, warn_of_misfit};
use super::{Outcome, inputs, model_figure, usage_error};
use anyhow::{Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use pathscope::figures::Sheet;
use pathscope::figures::study::{FigureNumber, Study, StudyFigureError, StudyOptions, UnknownNumber};
use pathscope::output::{PendingFile, Printer, prepare_folder, write_file};
use pathscope::results::{Input, Metric, Status, read_results};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

const READOUT: &str = "Readout mode of figures 3b and 3c, or of the network where it names none [default: that of the largest gain, and no-avg]";
const ITERATIONS: &str = "Number of iterations of figures 3b and 3c, or of the network where it says none [default: that of the largest gain, and the highest]";

/// The schema of `figures.json`.
const SCHEMA: &str = "pathscope/figures/1";

/// Draw a figure of the paper from the results of a study, or of one network
///
/// The results are what `pathscope sweep collect` writes. Only finished models are drawn, as means over
/// the seeds of their initial weights. Figures 1, 2, 5 and 8 are diagrams of one network.
#[derive(Debug, Args)]
#[command(
    mut_arg("readout", |arg| arg.help(READOUT)),
    mut_arg("iterations", |arg| arg.help(ITERATIONS)),
    after_help = "Examples:
  pathscope figure 3a --results results.parquet --out figure-3a.svg
  pathscope figure 9 --results results.csv --dataset my-data > my-data.svg
  pathscope figure all --results results.parquet --out figures/
  pathscope figure 5 --model run/ --out figure-5.svg
  pathscope figure 6 --results results.csv --width 183 --out figure-6.svg")]
pub struct FigureArgs {
    /// Number of the figure in the paper, such as 3a, 9 or 16, or all
    #[arg(value_name = "NUMBER")]
    figure: Which,

    /// Tables of results (.csv, .parquet)
    #[arg(long, num_args = 1.., value_name = "FILE")]
    results: Vec<PathBuf>,

    /// Checkpoint (.pt, .pth, .safetensors) or folder of a run of the network that figures 1, 2, 5 and 8 show
    #[arg(long, conflicts_with_all = ["results", "metric", "dataset"], value_name = "RUN|FILE")]
    model: Option<PathBuf>,

    /// Write the figure to this file and not to stdout; of all figures, the folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,

    /// Measure of performance [default: cc-norm2]
    #[arg(long, value_name = "METRIC", value_parser = metric())]
    metric: Option<Metric>,

    /// Draw this data set's models, whichever data set the paper shows [default: ns2250 and imagenet8k,
    /// or the first and second by name]
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,

    #[command(flatten)]
    sheet: SheetArgs,

    #[command(flatten)]
    checkpoint: CheckpointArgs,
}

/// `NUMBER`
#[derive(Clone, Copy, Debug)]
enum Which {
    One(FigureNumber),
    All,
}

impl FromStr for Which {
    type Err = UnknownNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" { Ok(Self::All) } else { text.parse().map(Self::One) }
    }
}

impl FigureArgs {
    fn options(&self) -> StudyOptions {
        StudyOptions {
            metric: self.metric,
            dataset: self.dataset.clone(),
            readout: self.checkpoint.given().readout,
            iterations: self.checkpoint.given().iterations,
            sheet: self.sheet.sheet(),
        }
    }
}

pub fn run(args: &FigureArgs, printer: &Printer) -> Result<Outcome> {
    match (args.figure, &args.model) {
        (Which::One(number), Some(model)) if number.is_of_a_model() => {
            return of_a_model(args, number, model, printer);
        }
        (Which::One(number), None) if number.is_of_a_model() => {
            let message =
                format!("figure {number} is a diagram of one network: give it with --model RUN|FILE");
            return Err(usage_error(message));
        }
        (_, None) if !args.results.is_empty() => {}
        (Which::One(number), _) => {
            let message =
                format!("figure {number} is drawn from the results of a study: give --results FILE");
            return Err(usage_error(message));
        }
        (Which::All, _) => {
            return Err(usage_error(
                "all figures are drawn from the results of a study: give --results FILE",
            ));
        }
    }
    let given = args.checkpoint.given();
    if given.layout.is_some()
        || given.config.is_some()
        || given.activation.is_some()
        || args.checkpoint.key.is_some()
    {
        return Err(usage_error(
            "--key, --layout, --config and --activation describe the network of --model",
        ));
    }
    if given.readout.is_some() || given.iterations.is_some() {
        match args.figure {
            Which::One(number) if number.has_a_chosen_panel() => {}
            _ => return Err(usage_error("--readout and --iterations choose a panel, for figures 3b and 3c")),
        }
    }
    match args.figure {
        Which::One(number) => one(args, number, printer),
        Which::All => all(args, printer),
    }
}

fn one(args: &FigureArgs, number: FigureNumber, printer: &Printer) -> Result<Outcome> {
    let file = args.out.as_deref().map(PendingFile::create).transpose()?;
    let results = read_results(&args.results)?;
    let figure = Study::new(&results.rows, args.options()).draw(number)?;
    figure.left_out.iter().for_each(|reason| printer.warning(reason));
    figure.notes.iter().for_each(|note| printer.note(note));
    warn_of_misfit(args.sheet.sheet(), format_args!("figure {number}"), &figure.svg, printer);
    finish(file, &figure.svg, printer)
}

fn of_a_model(args: &FigureArgs, number: FigureNumber, model: &Path, printer: &Printer) -> Result<Outcome> {
    let file = args.out.as_deref().map(PendingFile::create).transpose()?;
    let (sheet, model) = (args.sheet.sheet(), inputs::model_file(model)?);
    let figure = model_figure::draw(number, &args.checkpoint, &model, sheet, printer)?;
    warn_of_misfit(sheet, format_args!("figure {number}"), &figure, printer);
    finish(file, &figure, printer)
}

fn finish(file: Option<PendingFile>, svg: &str, printer: &Printer) -> Result<Outcome> {
    match file {
        Some(file) => file.finish_with(svg)?,
        None => printer.result(svg)?,
    }
    Ok(Outcome::Success)
}

/// What `figures.json` holds: what the figures beside it were drawn from.
#[derive(Debug, Serialize)]
struct Record<'a> {
    schema: &'static str,
    version: &'static str,
    results: &'a [Input],
    settings: Settings<'a>,
    figures: Vec<RecordedFigure>,
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize)]
struct Settings<'a> {
    metric: &'a str,
    dataset: Option<&'a str>,
    /// In mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<f64>,
}

#[derive(Debug, Serialize)]
struct RecordedFigure {
    figure: String,
    file: String,
    /// Panels.
    left_out: Vec<String>,
    /// On models.
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    figure: String,
    reason: String,
}

fn all(args: &FigureArgs, printer: &Printer) -> Result<Outcome> {
    let Some(folder) = &args.out else {
        return Err(usage_error("all figures need a folder to be put in: give one with --out DIR"));
    };
    prepare_folder(folder)?;
    let results = read_results(&args.results)?;
    let options = args.options();
    let metric = options.metric.unwrap_or_default();
    let sheet = options.sheet;
    let study = Study::new(&results.rows, options);
    let numbers = FigureNumber::of_results();
    let progress = printer.progress(numbers.len() as u64, "drawing");
    let (mut figures, mut left_out) = (Vec::new(), Vec::new());
    for number in numbers {
        match draw(&study, number, folder, sheet, printer, &progress)? {
            Ok(figure) => figures.push(figure),
            Err(reason) => left_out.push(LeftOut { figure: number.to_string(), reason }),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    let drawn = figures.len();
    let record = Record {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        results: &results.inputs,
        settings: Settings {
            metric: metric.as_str(),
            dataset: args.dataset.as_deref(),
            width: sheet.millimetres(),
        },
        figures,
        left_out,
    };
    if drawn == 0 {
        bail!("no figure can be drawn from these results");
    }
    write_file(&folder.join("figures.json"), serde_json::to_string_pretty(&record)? + "\n")?;
    let unfinished = results.rows.iter().filter(|row| row.status != Status::Finished).count();
    if unfinished > 0 {
        printer.note(format_args!(
            "{unfinished} of {} models are not finished and not drawn",
            results.rows.len()
        ));
    }
    printer.note(format_args!("{drawn} figures are in {}", folder.display()));
    Ok(Outcome::Success)
}

/// Draws a figure into the folder, or says why it is left out.
fn draw(
    study: &Study<'_>,
    number: FigureNumber,
    folder: &Path,
    sheet: Sheet,
    printer: &Printer,
    progress: &ProgressBar,
) -> Result<Result<RecordedFigure, String>> {
    match study.draw(number) {
        Ok(figure) => {
            let file = format!("figure-{number}.svg");
            write_file(&folder.join(&file), &figure.svg)?;
            progress.suspend(|| warn_of_misfit(sheet, format_args!("figure {number}"), &figure.svg, printer));
            for reason in &figure.left_out {
                progress.suspend(|| printer.note(format_args!("left out: {reason}")));
            }
            let (left_out, notes) = (figure.left_out, figure.notes);
            Ok(Ok(RecordedFigure { figure: number.to_string(), file, left_out, notes }))
        }
        // What is wrong with the command line is wrong for every figure.
        Err(error @ StudyFigureError::UnknownDataset(_)) => Err(error.into()),
        Err(error) => {
            progress.suspend(|| printer.note(format_args!("left out: {error}")));
            Ok(Err(error.to_string()))
        }
    }
}
