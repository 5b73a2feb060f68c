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
use std::num::NonZero;
use std::path::Path;

/// The options for training on a cluster.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Slurm")]
pub(super) struct SlurmArgs {
    /// Submit the models to a cluster as Slurm job arrays, then exit. All nodes must see the sweep, the
    /// data set and pathscope under the same paths
    #[arg(long)]
    pub slurm: bool,

    /// Partition
    #[arg(long, value_name = "NAME", requires = "slurm")]
    partition: Option<String>,

    /// Time limit per task, such as 08:00:00 or 2-00:00:00. Two minutes before the limit, a task saves its
    /// state and requeues itself
    #[arg(long, value_name = "TIME", requires = "slurm")]
    time: Option<String>,

    /// GPUs per task, such as 1 or a100:1; needs --device cuda
    #[arg(long, value_name = "N", requires = "slurm")]
    gpus: Option<String>,

    /// Cores per task
    #[arg(long, value_name = "N", requires = "slurm")]
    cpus_per_task: Option<NonZero<u16>>,

    /// Memory per task, such as 8G
    #[arg(long, value_name = "SIZE", requires = "slurm")]
    mem: Option<String>,

    /// Account to charge
    #[arg(long, value_name = "NAME", requires = "slurm")]
    account: Option<String>,

    /// Quality of service
    #[arg(long, value_name = "NAME", requires = "slurm")]
    qos: Option<String>,

    /// Number of models per task, which are worked on one after the other
    #[arg(long, value_name = "MODELS", default_value = "1", requires = "slurm")]
    chunk: NonZero<usize>,

    /// Largest number of tasks that run at the same time [default: the limit of the cluster]
    #[arg(long, value_name = "N", requires = "slurm")]
    most_at_once: Option<NonZero<usize>>,

    /// Another option of sbatch, as in an #SBATCH line, such as --constraint=a100. Repeatable
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true, requires = "slurm")]
    sbatch_option: Vec<String>,

    /// Print the batch scripts without submitting them
    #[arg(long, requires = "slurm")]
    pub dry_run: bool,
}

impl SlurmArgs {
    fn options(&self) -> SlurmOptions {
        SlurmOptions {
            partition: self.partition.clone(),
            time: self.time.clone(),
            gpus: self.gpus.clone(),
            cpus_per_task: self.cpus_per_task,
            mem: self.mem.clone(),
            account: self.account.clone(),
            qos: self.qos.clone(),
            chunk: self.chunk,
            most_at_once: self.most_at_once,
            sbatch_option: self.sbatch_option.clone(),
        }
    }
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
    let options = args.options();
    if let Some(option) = options.gpu_option()
        && machine.device == "cpu"
    {
        return Err(usage_error(format!("{option} needs --device cuda: otherwise the GPUs would be idle")));
    }
    let place = std::path::absolute(place).context("--out")?;
    let program =
        std::env::current_exe().context("the path of the pathscope command cannot be determined")?;
    let mut arguments = machine.of_task(options.cpus_per_task.map_or(1, |cores| cores.get().into()));
    arguments.extend(models.retry_failed.then(|| "--retry-failed".to_owned()));
    let submitter = Submitter {
        folder: &place,
        program: &program,
        arguments: &arguments,
        name: &format!("pathscope-{study}"),
        options: &options,
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
