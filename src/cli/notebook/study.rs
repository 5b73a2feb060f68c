//! `pathscope notebook study`

use super::{parse_out, write};
use crate::cli::Outcome;
use anyhow::Result;
use clap::Args;
use pathscope::export::notebook::{StudyNotebookOptions, study_notebook};
use pathscope::output::Printer;
use pathscope::shell::words;
use pathscope::study::results::read_results;
use pathscope_core::data::scores::Score;
use std::path::{Path, PathBuf};

/// Write a notebook on the results of a study
///
/// It reproduces the paper's main tables and figures with pandas and Matplotlib and explains each. When
/// run, it reads the tables that `pathscope sweep collect` writes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope notebook study results.parquet --out study.ipynb
  jupyter nbconvert --execute --to html study.ipynb")]
pub(crate) struct StudyArgs {
    /// Tables of results (.csv, .parquet)
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<PathBuf>,

    /// Path of the notebook
    #[arg(long, value_name = "FILE", value_parser = parse_out)]
    out: PathBuf,

    /// Score that performance is measured with, as its mean over neurons [default: cc-norm2]
    #[arg(long, visible_alias = "metric", value_name = "SCORE", value_parser = words::<Score>())]
    score: Option<Score>,

    /// Data set [default: ns2250, or the first by name]
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
}

pub(super) fn run(args: &StudyArgs, printer: &Printer) -> Result<Outcome> {
    let make = || {
        let results = read_results(&args.results)?;
        let options = StudyNotebookOptions { metric: args.score, dataset: args.dataset.clone() };
        let folder = args.out.parent().unwrap_or(Path::new(""));
        Ok(study_notebook(&results, folder, &options)?)
    };
    write(&args.out, make, printer)
}
