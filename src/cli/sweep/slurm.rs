//! `pathscope sweep run --slurm`

use super::machine::MachineArgs;
use crate::cli::{Outcome, usage_error};
use anyhow::{Context, Result};
use clap::Args;
use pathscope::output::Printer;
use pathscope::study::results::Status;
use pathscope::study::sweep::slurm::{ModelTask, SlurmOptions, Submitter, blocked};
use pathscope::study::sweep::{ModelFolder, SweepFolder};
use pathscope::study::{ModelId, PlannedModel};
use pathscope_core::files::text::counted;
use std::path::Path;

/// The options for training on a cluster.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Slurm")]
pub(super) struct SlurmArgs {
    /// Submit the models to a cluster as Slurm job arrays, then exit. All nodes must see the sweep, the
    /// data set and pathscope under the same paths
    #[arg(long)]
    pub slurm: bool,

    #[command(flatten)]
    pub options: SlurmOptions,

    /// Print the batch scripts without submitting them
    #[arg(long, requires = "slurm")]
    pub dry_run: bool,
}

/// The models to submit.
pub(super) struct Models<'a> {
    /// The sweep, or `None` if it has not begun.
    pub folder: Option<&'a SweepFolder>,
    /// All models of the study.
    pub models: &'a [PlannedModel],
    /// Whether to retry failed models.
    pub retry_failed: bool,
}

impl Models<'_> {
    /// Returns the models to submit and the number of models that are left out because a process works on
    /// them, whatever Slurm knows of it.
    fn unfinished(&self) -> (Vec<ModelId>, usize) {
        let (mut wanted, mut claimed) = (Vec::new(), 0);
        for model in self.models {
            let folder = self.folder.map(|folder| folder.model(&model.id));
            let is_wanted = match folder.as_ref().map_or(Status::Missing, ModelFolder::status) {
                Status::Finished => false,
                Status::Failed => self.retry_failed,
                _ => true,
            };
            if is_wanted && folder.is_some_and(|folder| folder.is_claimed()) {
                claimed += 1;
            } else if is_wanted {
                wanted.push(model.id.clone());
            }
        }
        (wanted, claimed)
    }
}

/// Prints notes on the models that are left out.
fn left_out(alive: usize, claimed: usize, waiting: &[ModelTask], printer: &Printer) {
    let say = |count: usize, what: &str| {
        if count > 0 {
            let verb = if count == 1 { "is" } else { "are" };
            printer.note(format_args!("{} {verb} {what}", counted(count, "model")));
        }
    };
    say(alive, "already queued or running");
    say(claimed, "already being worked on by another process");
    blocked(waiting.iter()).iter().for_each(|line| printer.warning(line));
}

/// Submits the unfinished models of a study.
///
/// # Arguments
///
/// * `place` - folder of the sweep
pub(super) fn run(
    args: &SlurmArgs,
    machine: &MachineArgs,
    place: &Path,
    study: &str,
    models: &Models<'_>,
    printer: &Printer,
) -> Result<Outcome> {
    if let Some(option) = args.options.gpu_option()
        && machine.device == "cpu"
    {
        return Err(usage_error(format!("{option} needs --device cuda: otherwise the GPUs would be idle")));
    }
    let place = std::path::absolute(place).context("--out")?;
    let program =
        std::env::current_exe().context("the path of the pathscope command cannot be determined")?;
    let mut arguments = machine.of_task(args.options.cpus_per_task.map_or(1, |cores| cores.get().into()));
    arguments.extend(models.retry_failed.then(|| "--retry-failed".to_owned()));
    let submitter = Submitter {
        folder: &place,
        program: &program,
        arguments: &arguments,
        name: &format!("pathscope-{study}"),
        options: &args.options,
    };
    let (unfinished, claimed) = models.unfinished();
    if args.dry_run {
        let preview = submitter.preview(&unfinished)?;
        for ((path, script), tasks) in preview.scripts.iter().zip(&preview.arrays) {
            printer.note(format_args!("{}: {}", path.display(), counted(tasks.len(), "task")));
            printer.result(script)?;
        }
        left_out(preview.alive, claimed, &preview.waiting, printer);
        return Ok(Outcome::Success);
    }
    let submitted = submitter.submit(&unfinished)?;
    for job in &submitted.found {
        printer.warning(format_args!(
            "job {job} was accepted although sbatch reported an error: it is recorded and not submitted again"
        ));
    }
    left_out(submitted.alive, claimed, &submitted.waiting, printer);
    let jobs: Vec<String> = submitted.jobs.iter().map(u64::to_string).collect();
    if jobs.is_empty() {
        printer.note("there are no models to submit");
        return Ok(Outcome::Success);
    }
    printer.result(&(jobs.join("\n") + "\n"))?;
    printer.note(format_args!(
        "{} submitted as {}; `pathscope sweep status {}` shows their status, `scancel {}` cancels them",
        counted(unfinished.len() - submitted.alive, "model"),
        counted(submitted.tasks, "task"),
        place.display(),
        jobs.join(" ")
    ));
    Ok(Outcome::Success)
}
