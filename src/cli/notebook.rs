//! `pathscope notebook`

use super::arguments::{CheckpointArgs, ProgramArgs, StrengthArgs, analysis_options, metric};
use super::{Outcome, inputs, usage_error};
use anyhow::{Context, Result};
use clap::Args;
use pathscope::analysis::{Analysis, AnalysisOptions};
use pathscope::contributions::{CONTRIBUTIONS, ContributionsDocument, Mark};
use pathscope::notebook::{Notebook, StudyNotebookOptions, model_notebook, study_notebook};
use pathscope::output::{PendingFile, Printer};
use pathscope::results::{Metric, read_results};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// How many of the strongest paths the notebook of a model lists.
const TOP: usize = 10;

const STUDY: &str = "Notebook of a study";
const MODEL: &str = "Notebook of a model";

/// Write a Jupyter notebook on the results of a study, or on one model
///
/// Of tables of results, as `pathscope sweep collect` writes them, it repeats the paper's main tables and
/// figures with pandas and matplotlib and explains each; it reads the tables when it is run. Of a model it
/// shows how its average path length and diversity come about, and holds all that it needs.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope notebook results.parquet --out study.ipynb
  pathscope notebook run/ --out model.ipynb
  jupyter nbconvert --execute --to html study.ipynb")]
pub struct NotebookArgs {
    /// Tables of results (.csv, .parquet), or one checkpoint or folder of a run
    #[arg(required = true, value_name = "RESULTS|MODEL")]
    inputs: Vec<PathBuf>,

    /// The notebook
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Measure of performance [default: cc-norm2]
    #[arg(long, value_name = "METRIC", help_heading = STUDY, value_parser = metric())]
    metric: Option<Metric>,

    /// Data set [default: ns2250, or the first by name]
    #[arg(long, value_name = "NAME", help_heading = STUDY)]
    dataset: Option<String>,

    /// Contributions by path length of the same model, as `pathscope contributions --out DIR` writes them [default:
    /// contributions.json beside the model, if it is of this very model]
    #[arg(long, value_name = "FILE.json", help_heading = MODEL)]
    contributions: Option<PathBuf>,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    #[command(flatten)]
    strength: StrengthArgs,
}

impl NotebookArgs {
    /// Whether it is about tables of results; what nothing can be made of is wrong usage.
    fn is_of_a_study(&self) -> Result<bool> {
        let tables = self.inputs.iter().filter(|input| is_table(input)).count();
        let study_flags = self.metric.is_some() || self.dataset.is_some();
        let (given, plain) =
            (analysis_options(&self.checkpoint, &self.program, &self.strength)?, AnalysisOptions::default());
        let model_flags = self.checkpoint.says_something()
            || self.contributions.is_some()
            || given.paths != plain.paths
            || given.convolution_strength != plain.convolution_strength
            || given.batch_norm_strength != plain.batch_norm_strength;
        match (tables, study_flags, model_flags) {
            (0, true, _) => {
                Err(usage_error("--metric and --dataset are for tables of results (.csv, .parquet)"))
            }
            (0, ..) => Ok(false),
            _ if tables < self.inputs.len() => {
                Err(usage_error("tables of results and models have notebooks of their own: give one kind"))
            }
            (_, _, true) => Err(usage_error(
                "--metric and --dataset are the flags for tables of results: all others say something about a model",
            )),
            _ => Ok(true),
        }
    }
}

fn is_table(input: &Path) -> bool {
    let ending = input.extension().and_then(OsStr::to_str).map(str::to_lowercase);
    !input.is_dir() && matches!(ending.as_deref(), Some("csv" | "parquet"))
}

pub fn run(args: &NotebookArgs, printer: &Printer) -> Result<Outcome> {
    if args.out.extension() != Some(OsStr::new("ipynb")) {
        return Err(usage_error(format!(
            "--out {}: the name of a notebook ends in .ipynb",
            args.out.display()
        )));
    }
    let is_of_a_study = args.is_of_a_study()?;
    let file = PendingFile::create(&args.out)?;
    let notebook = if is_of_a_study { of_study(args)? } else { of_model(args, printer)? };
    file.finish_with(notebook.to_json()?)?;
    printer.note(format_args!("the notebook is in {}", args.out.display()));
    Ok(Outcome::Success)
}

fn of_study(args: &NotebookArgs) -> Result<Notebook> {
    let results = read_results(&args.inputs)?;
    let options = StudyNotebookOptions { metric: args.metric, dataset: args.dataset.clone() };
    let folder = args.out.parent().unwrap_or(Path::new(""));
    Ok(study_notebook(&results, folder, &options)?)
}

fn of_model(args: &NotebookArgs, printer: &Printer) -> Result<Notebook> {
    let files = inputs::expand(&args.inputs)?;
    let [file] = files.as_slice() else {
        return Err(usage_error(format!(
            "a notebook is about one model, and these are {}: give one, or the table of results that `pathscope sweep collect` makes of many",
            files.len()
        )));
    };
    let analysis =
        Analysis::of_file(file, &analysis_options(&args.checkpoint, &args.program, &args.strength)?)
            .with_context(
                || "expected tables of results (.csv, .parquet), or one checkpoint or folder of a run",
            )?;
    let contributions = contributions(args, &analysis, printer)?;
    let contributions = contributions.as_ref().map(|(document, path)| (document, path.as_path()));
    Ok(model_notebook(&analysis, TOP, contributions)?)
}

/// The contributions that are named, or those beside the model that are of it.
fn contributions(
    args: &NotebookArgs,
    analysis: &Analysis,
    printer: &Printer,
) -> Result<Option<(ContributionsDocument, PathBuf)>> {
    if let Some(path) = &args.contributions {
        return Ok(Some((ContributionsDocument::read(path)?, path.clone())));
    }
    let path = analysis.path.with_file_name(CONTRIBUTIONS);
    let document = match ContributionsDocument::read(&path) {
        Ok(document) => document,
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => {
            printer.note(format_args!("contributions beside the model are left aside: {error}"));
            return Ok(None);
        }
    };
    if document.source.sha256 != analysis.sha256 || document.summary.mark != Mark::Length {
        printer.note(format_args!(
            "{} is not of this model by path length, so it is left aside",
            path.display()
        ));
        return Ok(None);
    }
    Ok(Some((document, path)))
}
