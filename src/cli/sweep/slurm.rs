//! `pathscope sweep run --slurm`

use super::machine::MachineArgs;
use crate::cli::{Outcome, usage_error};
use anyhow::{Context, Result};
use clap::Args;
use pathscope::output::Printer;
use pathscope::results::Status;
use pathscope::study::{ModelId, PlannedModel};
use pathscope::sweep::SweepFolder;
use pathscope::sweep::slurm::{SlurmOptions, Submitter};
use std::path::Path;

/// Whether models are trained on a cluster.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Slurm")]
pub struct SlurmArgs {
    /// Submit the models to a cluster as Slurm job arrays, and end. The sweep, the data set and pathscope
    /// must be where all nodes see them under the same path
    #[arg(long)]
    pub slurm: bool,

    #[command(flatten)]
    pub options: SlurmOptions,

    /// Print the batch scripts, and submit nothing
    #[arg(long, requires = "slurm")]
    pub dry_run: bool,
}

/// What is submitted.
pub struct Models<'a> {
    /// The sweep; none where it is not begun.
    pub folder: Option<&'a SweepFolder>,
    /// All models of its study.
    pub models: &'a [PlannedModel],
    /// Whether those that failed are tried again.
    pub retry_failed: bool,
}

impl Models<'_> {
    fn unfinished(&self) -> Vec<ModelId> {
        let status = |model: &PlannedModel| {
            self.folder.map_or(Status::Missing, |folder| folder.model(&model.id).status())
        };
        let is_wanted = |model: &&PlannedModel| match status(model) {
            Status::Finished => false,
            Status::Failed => self.retry_failed,
            _ => true,
        };
        self.models.iter().filter(is_wanted).map(|model| model.id.clone()).collect()
    }
}

/// Submits the models of a study that are not finished.
///
/// # Arguments
///
/// * `place` - folder of the sweep
pub fn run(
    args: &SlurmArgs,
    machine: &MachineArgs,
    place: &Path,
    study: &str,
    models: &Models<'_>,
    printer: &Printer,
) -> Result<Outcome> {
    if args.options.gpus.is_some() && machine.device == "cpu" {
        return Err(usage_error("--gpus goes with --device cuda: without it the GPUs would be idle"));
    }
    let place = std::path::absolute(place).context("--out")?;
    let program = std::env::current_exe().context("the place of pathscope cannot be found")?;
    let mut arguments = machine.of_task(args.options.cpus_per_task.map_or(1, |cores| cores.get().into()));
    arguments.extend(models.retry_failed.then(|| "--retry-failed".to_owned()));
    let submitter = Submitter {
        folder: &place,
        program: &program,
        arguments: &arguments,
        name: &format!("pathscope-{study}"),
        options: &args.options,
    };
    let unfinished = models.unfinished();
    let left_out = |alive: usize| {
        if alive > 0 {
            printer.note(format_args!("{alive} models are queued or running already"));
        }
    };
    if args.dry_run {
        let preview = submitter.preview(&unfinished)?;
        for ((path, script), tasks) in preview.scripts.iter().zip(&preview.arrays) {
            printer.note(format_args!("{}: {} tasks", path.display(), tasks.len()));
            printer.result(script)?;
        }
        left_out(preview.alive);
        return Ok(Outcome::Success);
    }
    let submitted = submitter.submit(&unfinished)?;
    left_out(submitted.alive);
    let jobs: Vec<String> = submitted.jobs.iter().map(u64::to_string).collect();
    if jobs.is_empty() {
        printer.note("no model is left to submit");
        return Ok(Outcome::Success);
    }
    printer.result(&(jobs.join("\n") + "\n"))?;
    printer.note(format_args!(
        "{} models submitted as {} tasks; `pathscope sweep status {}` says how they go, `scancel {}` cancels them",
        unfinished.len() - submitted.alive,
        submitted.tasks,
        place.display(),
        jobs.join(" ")
    ));
    Ok(Outcome::Success)
}
