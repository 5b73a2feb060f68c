//! `pathscope sweep status`

use crate::cli::Outcome;
use crate::cli::arguments::FormatArg;
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope::study::ModelId;
use pathscope::study::results::{Kind, Status};
use pathscope::study::sweep::slurm::{ModelTask, SlurmState, blocked, states_of_models};
use pathscope::study::sweep::{Counts, ModelStatus, SweepFolder, SweepStatus, unsealed_warning};
use pathscope::tables;
use pathscope_core::analysis::report::Generator;
use pathscope_core::files::text::{counted, table};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The number of failed models that the table names.
const MOST_NAMED: usize = 10;

/// Show the progress of a sweep, and why models failed
///
/// Finished models with altered or missing files count as failed. For models that were submitted to Slurm,
/// Slurm is asked for their state.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope sweep status sweeps/ns2250
  pathscope sweep status sweeps/ns2250 --format csv > status.csv")]
pub(crate) struct StatusArgs {
    /// Folder of the sweep
    folder: PathBuf,

    /// Output format: table counts the models; json and csv also list them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,
}

pub(super) fn run(args: &StatusArgs, printer: &Printer) -> Result<Outcome> {
    let folder = SweepFolder::open(&args.folder)?;
    let mut status = SweepStatus::of(&folder, folder.plan()?)?;
    note_slurm(&folder, &mut status, printer);
    printer.result(&match args.format {
        FormatArg::Table => pathscope_core::files::text::shown(&text(&folder, &status)),
        FormatArg::Json => serde_json::to_string_pretty(&Document::new(&folder, &status))? + "\n",
        FormatArg::Csv => tables::to_csv(&mut tables::model_status(&status)?)?,
    })?;
    if let Some(warning) = unsealed_warning(status.unsealed) {
        printer.warning(warning);
    }
    if !status.unknown.is_empty() {
        printer.warning(format_args!(
            "{} under {} {} of no model of the study, as of one that it had before: not counted",
            counted(status.unknown.len(), "folder"),
            folder.path().display(),
            if status.unknown.len() == 1 { "is" } else { "are" }
        ));
    }
    Ok(Outcome::Success)
}

/// Returns the states of tasks on the cluster. If Slurm cannot be asked, a warning is printed and the rest
/// is still shown.
fn note_slurm(folder: &SweepFolder, status: &mut SweepStatus, printer: &Printer) {
    match states_of_models(folder.path()) {
        Ok(mut states) => {
            let reason = states.no_accounts.take();
            status.note_slurm(states);
            let is_forgotten = |model: &ModelStatus| {
                model.slurm.as_ref().is_some_and(|task| task.state == SlurmState::Forgotten)
            };
            if let Some(reason) = reason.filter(|_| status.models.iter().any(is_forgotten)) {
                printer.note(format_args!(
                    "how older tasks ended is unknown, as this cluster keeps no job accounting (sacct: {reason})"
                ));
            }
        }
        Err(error) => {
            printer.warning(format_args!("the states of models on the cluster are unknown: {error}"));
        }
    }
}

fn text(folder: &SweepFolder, status: &SweepStatus) -> String {
    let counts = status.counts();
    let row = |name: String, counts: &Counts| {
        let Counts { models, finished, running, partial, failed, missing } = *counts;
        let mut row = vec![name];
        row.extend([finished, running, partial, failed, missing, models].map(|count| count.to_string()));
        row
    };
    let mut rows: Vec<Vec<String>> =
        counts.iter().map(|(kind, counts)| row(kind.to_string(), counts)).collect();
    rows.push(row("all".to_owned(), &counts.values().copied().sum()));
    let heads = ["kind", "finished", "running", "partial", "failed", "not begun", "models"];
    let mut text = format!("{}\n\n{}", folder.record().study, table(&heads, 1..7, rows));
    text.push_str(&listed(status, Status::Failed, "failed"));
    text.push_str(&listed(status, Status::Broken, "files altered, missing or of another model"));
    text + &cluster(status)
}

/// Lists the models in a state, each with the reason.
fn listed(status: &SweepStatus, of: Status, head: &str) -> String {
    let models: Vec<&ModelStatus> =
        status.models.iter().filter(|model| model.status == of && !model.running).collect();
    let mut text = String::new();
    if !models.is_empty() {
        let _ = writeln!(text, "\n{head}");
    }
    for model in models.iter().take(MOST_NAMED) {
        let reason = model.error().unwrap_or("its failure.json cannot be read");
        let _ = writeln!(text, "  {} {}: {reason}", model.model.id, model.model.description());
    }
    if models.len() > MOST_NAMED {
        let _ = writeln!(text, "  and {} more: list them with --format csv", models.len() - MOST_NAMED);
    }
    text
}

/// Counts the models in each state on the cluster, with the last log of a task in that state, or with the
/// command that explains why models wait.
fn cluster(status: &SweepStatus) -> String {
    let tasks = || status.models.iter().filter_map(|model| model.slurm.as_ref());
    let mut states: BTreeMap<String, (usize, &ModelTask)> = BTreeMap::new();
    for task in tasks().filter(|task| task.state.command(&[]).is_none()) {
        let (count, last) = states.entry(task.state.to_string()).or_insert((0, task));
        *count += 1;
        *last = task;
    }
    let mut lines: Vec<String> = states
        .into_iter()
        .map(|(state, (count, last))| {
            let log =
                if last.state.is_alive() { String::new() } else { format!(" ({})", last.log.display()) };
            format!("{}: {state}{log}", counted(count, "model"))
        })
        .collect();
    lines.extend(blocked(tasks()));
    let head = if lines.is_empty() { "" } else { "\nnot finished, on the cluster\n" };
    lines.iter().fold(head.to_owned(), |text, line| text + "  " + line + "\n")
}

/// The JSON document `pathscope/sweep-status/1`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    generator: Generator,
    study: &'a str,
    counts: Vec<KindCounts>,
    models: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct KindCounts {
    kind: Kind,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct Model<'a> {
    id: &'a ModelId,
    kind: Kind,
    status: Status,
    running: bool,
    error: Option<&'a str>,
    attempts: Option<usize>,
    slurm: Option<Task<'a>>,
}

#[derive(Serialize)]
struct Task<'a> {
    task: String,
    state: String,
    log: &'a Path,
}

impl<'a> Document<'a> {
    fn new(folder: &'a SweepFolder, status: &'a SweepStatus) -> Self {
        let model = |model: &'a ModelStatus| Model {
            id: &model.model.id,
            kind: model.model.kind,
            status: model.status,
            running: model.running,
            error: model.error(),
            attempts: model.failure.as_ref().map(|failure| failure.attempts),
            slurm: model.slurm.as_ref().map(|task| Task {
                task: task.task.to_string(),
                state: task.to_string(),
                log: &task.log,
            }),
        };
        Self {
            schema: "pathscope/sweep-status/1",
            generator: Generator::THIS,
            study: &folder.record().study,
            counts: status.counts().into_iter().map(|(kind, counts)| KindCounts { kind, counts }).collect(),
            models: status.models.iter().map(model).collect(),
        }
    }
}
