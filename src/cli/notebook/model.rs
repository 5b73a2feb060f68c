//! `pathscope notebook model`

use super::{parse_out, write};
use crate::cli::arguments::{CheckpointArgs, ProgramArgs, StrengthArgs, analysis_options};
use crate::cli::contributions::contributions_beside;
use crate::cli::{Outcome, inputs};
use anyhow::{Context, Result};
use clap::Args;
use pathscope::export::notebook::model_notebook;
use pathscope::output::Printer;
use pathscope_core::analysis::Analysis;
use pathscope_core::analysis::contributions::ContributionsDocument;
use std::path::PathBuf;

/// The number of strongest paths that the notebook lists.
const TOP: usize = 10;

/// Write a notebook on one model
///
/// It shows how the model's average path length and diversity arise, and contains all the data that it
/// needs.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope notebook model run/ --out model.ipynb
  jupyter nbconvert --execute --to html model.ipynb")]
pub(crate) struct ModelArgs {
    /// Checkpoint (.pt, .pth, .safetensors), exported program (.pt2) or folder of a run
    #[arg(value_name = "RUN|FILE")]
    model: PathBuf,

    /// Path of the notebook
    #[arg(long, value_name = "FILE", value_parser = parse_out)]
    out: PathBuf,

    /// Contributions by path length of the same model, written by `pathscope contributions --out DIR`
    /// [default: contributions.json next to the model, if it matches the model]
    #[arg(long, value_name = "FILE.json")]
    contributions: Option<PathBuf>,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    #[command(flatten)]
    strength: StrengthArgs,
}

pub(super) fn run(args: &ModelArgs, printer: &Printer) -> Result<Outcome> {
    let options = analysis_options(&args.checkpoint, &args.program, &args.strength)?;
    let make = || {
        let file = inputs::model_file(&args.model)?;
        let analysis = Analysis::of_file(&file, &options)
            .context("expected a model: for tables of results there is `pathscope notebook study`")?;
        let contributions = contributions(args, &analysis, printer)?;
        let contributions = contributions.as_ref().map(|(document, path)| (document, path.as_path()));
        Ok(model_notebook(&analysis, TOP, contributions)?)
    };
    write(&args.out, make, printer)
}

/// Returns the given contributions, or those next to the model if they match it.
fn contributions(
    args: &ModelArgs,
    analysis: &Analysis,
    printer: &Printer,
) -> Result<Option<(ContributionsDocument, PathBuf)>> {
    match &args.contributions {
        Some(path) => Ok(Some((ContributionsDocument::read(path)?, path.clone()))),
        None => Ok(contributions_beside(analysis, printer)),
    }
}
