//! `pathscope figure`

use super::arguments::parse_iterations;
use super::sheet::{SheetArgs, warn_of_misfit};
use super::{Outcome, usage_error};
use anyhow::Result;
use clap::Args;
use pathscope::figures::Sheet;
use pathscope::figures::study::{
    FigureFolder, FigureNumber, Study, StudyFigure, StudyFigureError, StudyFigureProblem, StudyOptions,
    UnknownNumber,
};
use pathscope::output::Printer;
use pathscope::shell::words;
use pathscope::study::results::{PathMeasure, SelectionError, Status, read_results};
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use pathscope_core::files::output::PendingFile;
use std::path::PathBuf;
use std::str::FromStr;

/// Draw a figure of the paper from the results of a study
///
/// The results come from `pathscope sweep collect`. Only finished models are drawn, as means over the seeds
/// of their initial weights. `pathscope diagram` draws the paper's diagrams of a single network.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope figure 3a --results results.parquet --out figure-3a.svg
  pathscope figure 9 --results results.csv --dataset my-data > my-data.svg
  pathscope figure all --results results.parquet --out figures/
  pathscope figure 6 --results results.csv --width 183 --out figure-6.svg
  pathscope figure 6 --results results.csv --train-fraction 0.25 > quarter.svg")]
pub(super) struct FigureArgs {
    /// Number of the figure in the paper, such as 3a, 9 or 16, or all
    #[arg(value_name = "NUMBER")]
    figure: Which,

    /// Tables of results (.csv, .parquet)
    #[arg(long, num_args = 1.., required = true, value_name = "FILE")]
    results: Vec<PathBuf>,

    /// Write the figure to this file instead of stdout; with `all`, write the figures into this folder
    #[arg(long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,

    /// Score that performance is measured with, as its mean over neurons [default: cc-norm2]
    #[arg(long, visible_alias = "metric", value_name = "SCORE", value_parser = words::<Score>())]
    score: Option<Score>,

    /// Measure of paths that the average path lengths and distributions are of; contribution needs a study
    /// with `contributions = true`
    #[arg(long, value_name = "MEASURE", default_value_t, value_parser = words::<PathMeasure>())]
    measure: PathMeasure,

    /// Draw the models of this data set, regardless of the one in the paper [default: ns2250 and
    /// imagenet8k, or the first and second by name]
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,

    /// Draw the models that were trained on this fraction of the training images, regardless of the amount
    /// of data in the paper
    #[arg(long, value_name = "PART")]
    train_fraction: Option<f64>,

    /// Readout mode of figures 3b and 3c [default: the modes of the largest gain and no-avg]
    #[arg(long, value_name = "MODE", value_parser = words::<Readout>())]
    readout: Option<Readout>,

    /// Number of iterations of figures 3b and 3c [default: the numbers of the largest gain and the highest]
    #[arg(long, value_name = "T", value_parser = parse_iterations)]
    iterations: Option<usize>,

    #[command(flatten)]
    sheet: SheetArgs,
}

/// The value of `NUMBER`.
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
            metric: self.score,
            measure: self.measure,
            dataset: self.dataset.clone(),
            train_fraction: self.train_fraction,
            readout: self.readout,
            iterations: self.iterations,
            sheet: self.sheet.sheet(),
        }
    }
}

pub(super) fn run(args: &FigureArgs, printer: &Printer) -> Result<Outcome> {
    let has_a_chosen_panel = matches!(args.figure, Which::One(number) if number.has_a_chosen_panel());
    if (args.readout.is_some() || args.iterations.is_some()) && !has_a_chosen_panel {
        return Err(usage_error("--readout and --iterations apply to figures 3b and 3c only"));
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

/// Writes a figure to its file, or prints it.
pub(super) fn finish(file: Option<PendingFile>, svg: &str, printer: &Printer) -> Result<Outcome> {
    match file {
        Some(file) => file.finish_with(svg)?,
        None => printer.result(svg)?,
    }
    Ok(Outcome::Success)
}

fn all(args: &FigureArgs, printer: &Printer) -> Result<Outcome> {
    let Some(place) = &args.out else {
        return Err(usage_error("`all` writes several figures: give a folder with --out DIR"));
    };
    let mut folder = FigureFolder::create(place)?;
    let results = read_results(&args.results)?;
    let study = Study::new(&results.rows, args.options());
    let numbers = FigureNumber::of_results();
    let progress = printer.progress(numbers.len() as u64, "drawing");
    for number in numbers {
        let drawn = study.draw(number);
        progress.suspend(|| report(number, &drawn, args.sheet.sheet(), printer));
        folder.add(number, drawn)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let drawn = folder.finish(&study, &results.inputs)?;
    let unfinished = results.rows.iter().filter(|row| row.status != Status::Finished).count();
    if unfinished > 0 {
        printer
            .note(format_args!("{unfinished} of {} models are unfinished and left out", results.rows.len()));
    }
    printer.note(format_args!("{drawn} figures are in {}", place.display()));
    Ok(Outcome::Success)
}

/// Warns about what does not fit in a figure or is left out of it.
fn report(
    number: FigureNumber,
    drawn: &Result<StudyFigure, StudyFigureError>,
    sheet: Sheet,
    printer: &Printer,
) {
    match drawn {
        Ok(figure) => {
            warn_of_misfit(sheet, format_args!("figure {number}"), &figure.svg, printer);
            figure.left_out.iter().for_each(|reason| printer.note(format_args!("left out: {reason}")));
        }
        // The command ends with this warning.
        Err(StudyFigureError {
            problem: StudyFigureProblem::Selection(SelectionError::UnknownDataset(_)),
            ..
        }) => {}
        Err(error) => printer.note(format_args!("left out: {error}")),
    }
}
