//! `pathscope compare`

use super::arguments::{CheckpointArgs, FormatArg, ProgramArgs, StrengthArgs, analysis_options};
use super::compare_measures::{self, MeasureArgs};
use super::compare_models::{EvaluateOn, evaluate, names, open_all};
use super::sheet::{SheetArgs, warn_of_misfit};
use super::{Outcome, inputs, text, usage_error};
use anyhow::{Result, bail};
use clap::Args;
use pathscope::figures::{self, FigureError, PairScatter, ScatterPoint, Sheet};
use pathscope::output::Printer;
use pathscope::tables;
use pathscope_core::analysis::comparison::{ComparedModel, Comparison};
use pathscope_core::files::output::{prepare_folder, write_file};
use std::path::{Path, PathBuf};

/// Compare models: average path length, path length distribution, diversity and CC_norm²
///
/// A model is a checkpoint or the folder of a training run. Its CC_norm² is that of the evaluation.json
/// in the same folder, which `pathscope evaluate RUN --data DIR --out RUN` writes. A checkpoint that
/// cannot be read is reported and does not stop the rest.
///
/// With --images or --contributions, or of documents that `pathscope contributions` wrote, strengths and contributions
/// are compared instead: what paths of each length are by the one and by the other.
#[derive(Debug, Args)]
#[command(mut_arg("width", |arg| arg.requires("out")), after_help = "Examples:
  pathscope compare run-a/ run-b/ run-c/ --out comparison/
  pathscope compare runs/ --data my-data --format csv > models.csv
  pathscope compare recurrent-*/ --with multi-path-*/ --out pairs/
  pathscope compare runs/ --contributions --data my-data --out measures/
  pathscope compare results-*/contributions.json --out measures/")]
pub struct CompareArgs {
    /// Checkpoints (.pt, .pth, .safetensors), folders of runs, folders of these, or patterns; or contributions.json of
    /// `pathscope contributions`
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    /// As many models, each to be paired with the one at its place in MODEL…
    #[arg(long, num_args = 1.., value_name = "MODEL")]
    with: Vec<PathBuf>,

    /// Evaluate the models that have no evaluation.json on the test images of this data set; needs
    /// `pathscope-torch`
    #[arg(long, value_name = "DIR", conflicts_with = "layout")]
    data: Option<PathBuf>,

    /// Use the first K trials of every image only, for scores and ceilings alike
    #[arg(long, value_name = "K", requires = "data", value_parser = clap::value_parser!(u32).range(1..))]
    trials: Option<u32>,

    #[command(flatten)]
    measures: MeasureArgs,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    #[command(flatten)]
    strength: StrengthArgs,

    /// Format of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,

    /// Also write comparison.json, comparison.csv, distributions.csv and distributions.svg into this
    /// folder, and of pairs average-path-length.svg and cc-norm2.svg; of contributions measures.json, measures.csv and
    /// strength-contribution.svg
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    sheet: SheetArgs,
}

pub fn run(args: &CompareArgs, printer: &Printer) -> Result<Outcome> {
    let options = analysis_options(&args.checkpoint, &args.program, &args.strength)?;
    if let Some(folder) = &args.out {
        prepare_folder(folder)?;
    }
    let mut places = inputs::expand_models(&args.models)?;
    if args.measures.are_asked_for(&places) {
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
    let first = places.len();
    places.extend(inputs::expand_models(&args.with)?);
    let second = places.len() - first;
    let paired = !args.with.is_empty();
    if paired && first != second {
        return Err(usage_error(format!(
            "{} before --with and {} after it cannot be paired: give as many after it as before",
            models(first),
            models(second)
        )));
    }
    if places.len() < 2 {
        return Err(usage_error(
            "one model is nothing to compare: give another one, or use `pathscope analyze`",
        ));
    }
    let opened = open_all(&places, &names(&places), &options, paired, printer)?;
    let mut failed = places.len() - opened.len();
    let (places, mut compared): (Vec<PathBuf>, Vec<Vec<ComparedModel>>) = opened.into_iter().unzip();
    if failed > 0 {
        printer.note(format_args!("{failed} of {} could not be analysed", models(failed + compared.len())));
        if compared.is_empty() {
            return Ok(Outcome::Partial);
        }
    }
    if let Some(data) = &args.data {
        let on = EvaluateOn {
            data,
            trials: args.trials.map(|trials| trials as usize),
            more: args.checkpoint.for_evaluation(),
        };
        failed += evaluate(&places, &mut compared, &on, printer)?;
    }
    let comparison = if paired { pairs(compared, first)? } else { Comparison::new(compared.concat()) };
    comparison.warnings.iter().for_each(|warning| printer.warning(warning));
    let without = comparison.not_measured();
    if without > 0 && args.data.is_none() {
        printer.note(format_args!(
            "{without} of {} have no CC_norm²: `--data DIR` measures it here, `pathscope evaluate RUN --data DIR --out RUN` once and for all",
            models(comparison.models.len())
        ));
    }
    let json = serde_json::to_string_pretty(&comparison)? + "\n";
    let csv = tables::to_csv(&mut tables::compared_models(&comparison)?)?;
    // Before anything is printed: a reader that goes away, as `head` does, must not cost the files.
    if let Some(folder) = &args.out {
        write_file(&folder.join("comparison.json"), &json)?;
        write_file(&folder.join("comparison.csv"), &csv)?;
        let lengths = tables::to_csv(&mut tables::compared_lengths(&comparison)?)?;
        write_file(&folder.join("distributions.csv"), lengths)?;
        write_figures(&comparison, folder, args.sheet.sheet(), printer)?;
    }
    printer.result(&match args.format {
        FormatArg::Table => pathscope_core::files::text::shown(&comparison.text()),
        FormatArg::Json => json,
        FormatArg::Csv => csv,
    })?;
    if let Some(folder) = &args.out {
        printer.note(format_args!("results are in {}", folder.display()));
    }
    Ok(if failed == 0 { Outcome::Success } else { Outcome::Partial })
}

/// `1 model`, `2 models`.
fn models(count: usize) -> String {
    text::plural(&(count as u128).into(), "model")
}

/// Each of the `first` models with the one at its place among the others.
fn pairs(compared: Vec<Vec<ComparedModel>>, first: usize) -> Result<Comparison> {
    let mut single = Vec::with_capacity(compared.len());
    for mut ensembles in compared {
        match (ensembles.pop(), ensembles.last()) {
            (Some(model), None) => single.push(model),
            (Some(model), Some(_)) => bail!(
                "{}: names no readout mode, so it has several ensembles and cannot be one of a pair: name its mode with --readout",
                model.path
            ),
            (None, _) => {}
        }
    }
    let with = single.split_off(first);
    Ok(Comparison::of_pairs(single.into_iter().zip(with).collect()))
}

fn write_figures(comparison: &Comparison, folder: &Path, sheet: Sheet, printer: &Printer) -> Result<()> {
    let write = |name: &str, figure: Result<String, FigureError>| -> Result<()> {
        match figure {
            Ok(figure) => {
                warn_of_misfit(sheet, name, &figure, printer);
                write_file(&folder.join(name), figure)?;
            }
            Err(error) => printer.warning(format_args!("{name} is left out: {error}")),
        }
        Ok(())
    };
    write("distributions.svg", figures::distributions(&comparison.models, sheet))?;
    let Some(pairs) = &comparison.pairs else { return Ok(()) };
    let lengths = scatter(comparison, "average path length", |model| model.average_path_length);
    write("average-path-length.svg", figures::pair_scatter(&lengths, sheet))?;
    if pairs.cc_norm2.n == pairs.pairs {
        let scores = scatter(comparison, "CC_norm²", |model| model.cc_norm2);
        write("cc-norm2.svg", figures::pair_scatter(&scores, sheet))?;
    } else if pairs.cc_norm2.n > 0 {
        printer.warning("cc-norm2.svg is left out: not every model has a CC_norm²");
    }
    Ok(())
}

/// The pairs that have both numbers.
fn scatter(comparison: &Comparison, quantity: &str, of: fn(&ComparedModel) -> Option<f64>) -> PairScatter {
    let points = comparison.paired_models().filter_map(|(first, second)| {
        Some(ScatterPoint { x: of(first)?, y: of(second)?, readout: first.readout })
    });
    let kind = |side: usize| {
        let mut kinds = comparison.models.iter().skip(side).step_by(2).map(ComparedModel::kind);
        let first = kinds.next()?;
        kinds.all(|kind| kind == first).then_some(first)
    };
    let (x, y) = match (kind(0), kind(1)) {
        (Some(x), Some(y)) if x != y => (x, y),
        _ => ("first of the pair".to_owned(), "second of the pair".to_owned()),
    };
    PairScatter { quantity: quantity.to_owned(), x, y, points: points.collect() }
}
