//! `pathscope sweep collect`

use crate::cli::Outcome;
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope::sweep::{SweepFolder, collect};
use std::path::PathBuf;

/// Make the table of results of a sweep: one row a model
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope sweep collect sweeps/ns2250 --out results.parquet")]
pub struct CollectArgs {
    /// Folder of the sweep
    folder: PathBuf,

    /// File of the table, .parquet or .csv
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(args: &CollectArgs, printer: &Printer) -> Result<Outcome> {
    let folder = SweepFolder::open(&args.folder)?;
    let plan = folder.plan()?;
    let progress = printer.progress(plan.models.len() as u64, "reading results");
    let collected = collect(&folder, &plan, &|| progress.inc(1))?;
    progress.finish_and_clear();
    collected.warnings.iter().for_each(|warning| printer.warning(warning));
    printer.note(format_args!("{} rows", collected.rows.len()));
    Ok(Outcome::Success)
}
