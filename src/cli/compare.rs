//! `pathscope compare`

use super::arguments::{CheckpointArgs, FormatArg, ProgramArgs, StrengthArgs, analysis_options};
use super::compare_measures::{self, MeasureArgs};
use super::compare_models::{EvaluateOn, evaluate, names, open_all};
use super::sheet::{SheetArgs, warn_of_misfit};
use super::{Outcome, inputs, usage_error};
use anyhow::Result;
use clap::Args;
use pathscope::figures::{ComparisonFigure, Sheet, comparison_figures};
use pathscope::output::Printer;
use pathscope::shell::words;
use pathscope::tables;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::comparison::{ComparedModel, Comparison};
use pathscope_core::data::scores::Score;
use pathscope_core::files::output::{prepare_folder, write_file};
use pathscope_core::files::text::{counted, shown};
use std::path::{Path, PathBuf};

/// Compare models: average path length, path length distribution, diversity and CC_norm²
///
/// A model is a checkpoint or the folder of a training run. Its CC_norm² is read from evaluation.json in
/// the same folder, which `pathscope evaluate RUN --data DIR --out RUN` writes. A checkpoint that cannot be
/// read is reported and does not stop the rest.
///
/// With --images or --contributions, or for documents written by `pathscope contributions`, the strengths
/// and the contributions of the paths of each length are compared instead.
#[derive(Debug, Args)]
#[command(mut_arg("width", |arg| arg.requires("out")), after_help = "Examples:
  pathscope compare run-a/ run-b/ run-c/ --out comparison/
  pathscope compare runs/ --data my-data --format csv > models.csv
  pathscope compare recurrent-*/ --with multi-path-*/ --out pairs/
  pathscope compare runs/ --contributions --data my-data --out measures/
  pathscope compare results-*/contributions.json --out measures/")]
pub(super) struct CompareArgs {
    /// Checkpoints (.pt, .pth, .safetensors), folders of runs, folders of these, patterns, or
    /// contributions.json files of `pathscope contributions`
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    /// The same number of models, each to be paired with the one at its position in MODEL…
    #[arg(long, num_args = 1.., value_name = "MODEL")]
    with: Vec<PathBuf>,

    /// Evaluate models without an evaluation.json on the test images of this data set
    #[arg(long, value_name = "DIR", conflicts_with = "layout")]
    data: Option<PathBuf>,

    /// Use only the first K trials of every image, for scores and ceilings alike
    #[arg(long, value_name = "K", requires = "data", value_parser = clap::value_parser!(u32).range(1..))]
    trials: Option<u32>,

    /// Score to compare instead of CC_norm², as its mean over neurons; repeat it for several
    #[arg(long = "score", value_name = "SCORE", value_parser = words::<Score>())]
    scores: Vec<Score>,

    #[command(flatten)]
    measures: MeasureArgs,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    #[command(flatten)]
    strength: StrengthArgs,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,

    /// Also write comparison.json, comparison.csv, distributions.csv and distributions.svg into this
    /// folder, and for pairs average-path-length.svg and cc-norm2.svg (or those of --score); for contributions, write
    /// measures.json, measures.csv and strength-contribution.svg
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    sheet: SheetArgs,
}

pub(super) fn run(args: &CompareArgs, printer: &Printer) -> Result<Outcome> {
    let options = analysis_options(&args.checkpoint, &args.program, &args.strength)?;
    if let Some(folder) = &args.out {
        prepare_folder(folder)?;
    }
    let places = inputs::expand_models(&args.models)?;
    if args.measures.are_asked_for(&places) {
        if !args.scores.is_empty() {
            return Err(usage_error("--score is for comparisons of models, not of their contributions"));
        }
        let asked = compare_measures::Asked {
            args: &args.measures,
            data: args.data.as_deref(),
            options,
            format: args.format,
            out: args.out.as_deref(),
            sheet: args.sheet.sheet(),
        };
        return compare_measures::run(&places, asked, printer);
    }
    let (comparison, failed) = compared(args, places, &options, printer)?;
    if let Some(comparison) = comparison {
        report(&comparison, args.data.is_some(), printer);
        show(&comparison, args, printer)?;
    }
    Ok(if failed == 0 { Outcome::Success } else { Outcome::Partial })
}

/// Compares the given models and those of `--with`. Returns `None` if no model can be analyzed.
///
/// # Returns
///
/// The comparison, and the number of models that could not be analyzed or evaluated.
fn compared(
    args: &CompareArgs,
    mut places: Vec<PathBuf>,
    options: &AnalysisOptions,
    printer: &Printer,
) -> Result<(Option<Comparison>, usize)> {
    let first = places.len();
    places.extend(inputs::expand_models(&args.with)?);
    let paired = !args.with.is_empty();
    check_counts(first, paired.then_some(places.len() - first))?;
    let opened = open_all(&places, &names(&places), options, paired, printer)?;
    let mut failed = places.len() - opened.len();
    let (places, mut models): (Vec<PathBuf>, Vec<Vec<ComparedModel>>) = opened.into_iter().unzip();
    if failed > 0 {
        let all = counted(failed + models.len(), "model");
        printer.note(format_args!("{failed} of {all} could not be analyzed"));
    }
    if models.is_empty() {
        return Ok((None, failed));
    }
    if let Some(data) = &args.data {
        let on = EvaluateOn { data, trials: args.trials.map(|trials| trials as usize), analysis: options };
        failed += evaluate(&places, &mut models, &on, printer)?;
    }
    let comparison = if paired {
        let with = models.split_off(first);
        Comparison::of_series(models, with)?
    } else {
        Comparison::new(models.concat())
    };
    Ok((Some(comparison.by_scores(&args.scores)), failed))
}

/// Refuses a number of models that cannot be compared.
fn check_counts(models: usize, with: Option<usize>) -> Result<()> {
    match with {
        Some(with) if with != models => Err(usage_error(format!(
            "{} before --with and {} after it cannot be paired: give as many after it as before it",
            counted(models, "model"),
            counted(with, "model")
        ))),
        None if models < 2 => Err(usage_error(
            "a comparison needs at least two models: give another one, or use `pathscope analyze`",
        )),
        _ => Ok(()),
    }
}

/// Warns about differences that make models incomparable.
fn report(comparison: &Comparison, evaluated_here: bool, printer: &Printer) {
    comparison.warnings.iter().for_each(|warning| printer.warning(warning));
    comparison.without_chosen().iter().for_each(|warning| printer.warning(warning));
    let without = comparison.not_measured();
    if without > 0 && !evaluated_here {
        printer.note(format_args!(
            "{without} of {} have no CC_norm²: `--data DIR` measures it here, `pathscope evaluate RUN --data DIR --out RUN` once and for all",
            counted(comparison.models.len(), "model")
        ));
    }
}

/// Writes and prints a comparison.
fn show(comparison: &Comparison, args: &CompareArgs, printer: &Printer) -> Result<()> {
    let json = serde_json::to_string_pretty(comparison)? + "\n";
    let csv = tables::to_csv(&mut tables::compared_models(comparison)?)?;
    // Written before anything is printed, so that a closed pipe such as `head` does not cost the files.
    if let Some(folder) = &args.out {
        write_file(&folder.join("comparison.json"), &json)?;
        write_file(&folder.join("comparison.csv"), &csv)?;
        let lengths = tables::to_csv(&mut tables::compared_lengths(comparison)?)?;
        write_file(&folder.join("distributions.csv"), lengths)?;
        write_figures(comparison, folder, args.sheet.sheet(), printer)?;
    }
    printer.result(&match args.format {
        FormatArg::Table => shown(&comparison.text()),
        FormatArg::Json => json,
        FormatArg::Csv => csv,
    })?;
    if let Some(folder) = &args.out {
        printer.note(format_args!("results are in {}", folder.display()));
    }
    Ok(())
}

fn write_figures(comparison: &Comparison, folder: &Path, sheet: Sheet, printer: &Printer) -> Result<()> {
    for ComparisonFigure { name, svg } in comparison_figures(comparison, sheet) {
        match svg {
            Ok(svg) => {
                warn_of_misfit(sheet, &name, &svg, printer);
                write_file(&folder.join(name), svg)?;
            }
            Err(reason) => printer.warning(format_args!("{name} is left out: {reason}")),
        }
    }
    Ok(())
}
