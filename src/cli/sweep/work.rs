//! `pathscope sweep work`

use super::machine::MachineArgs;
use super::run::work_on;
use crate::cli::Outcome;
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope::study::sweep::{SweepError, SweepFolder};
use pathscope::study::{ModelId, PlannedModel};
use pathscope_core::files::documents::Kind;
use std::collections::HashMap;
use std::path::PathBuf;

/// Work on some models of a sweep (run by the tasks of a cluster)
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// Folder of the sweep
    folder: PathBuf,

    /// File that lists the models to work on, one identity per line
    #[arg(long, value_name = "FILE")]
    chunk: PathBuf,

    /// Retry failed models
    #[arg(long)]
    retry_failed: bool,

    #[command(flatten)]
    machine: MachineArgs,
}

const CHUNK: Kind = Kind { what: "a list of models", most_bytes: 64 << 20, ..Kind::PLAIN };

pub(super) fn run(args: &WorkArgs, printer: &Printer) -> Result<Outcome> {
    let folder = SweepFolder::open(&args.folder)?;
    let plan = folder.plan()?;
    let text = CHUNK.text(&args.chunk)?;
    let study = plan.study.name;
    let mut by_id: HashMap<ModelId, PlannedModel> =
        plan.models.into_iter().map(|model| (model.id.clone(), model)).collect();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let models: Vec<PlannedModel> = lines
        .map(|id| {
            let model = id.parse::<ModelId>().ok().and_then(|id| by_id.remove(&id));
            model.ok_or_else(|| SweepError::UnknownModel { id: id.to_owned(), study: study.clone() })
        })
        .collect::<Result<_, _>>()?;
    let companion = args.machine.companion(folder.record().data.clone())?;
    work_on(&folder, &models, &companion, args.machine.jobs(), args.retry_failed, printer)
}
