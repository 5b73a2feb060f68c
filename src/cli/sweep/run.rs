//! `pathscope sweep run`

use super::display::Display;
use super::machine::{MachineArgs, WHAT_FOR};
use super::slurm::{self, SlurmArgs};
use crate::cli::{Outcome, companion, usage_error};
use anyhow::{Result, bail};
use clap::Args;
use pathscope::output::Printer;
use pathscope::output::interrupt::stop_on_interrupt;
use pathscope::study::sweep::{Companion, Runner, RunnerSummary, SweepFolder};
use pathscope::study::{PlannedModel, Study};
use pathscope_core::data::About;
use pathscope_core::files::text::counted;
use std::num::NonZero;
use std::path::{Path, PathBuf};

/// Train, evaluate and analyze every unfinished model of a study
///
/// The folder of the sweep holds its complete state, so you can stop, kill and restart the command at any
/// time. Failed models are skipped unless --retry-failed is given.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope sweep run analysis/ns2250.toml --data ns2250 --out sweeps/ns2250
  pathscope sweep run analysis/ns2250.toml --data ns2250 --jobs 8 --retry-failed
  pathscope sweep run analysis/ns2250.toml --data ns2250 --slurm --partition gpu --gpus 1 \\
      --device cuda --time 08:00:00 --chunk 20")]
pub(crate) struct RunArgs {
    /// Study file
    study: PathBuf,

    /// Folder of the sweep [default: sweeps/ and the name of the study]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Folder of the data set [default: the one named in the study]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Retry failed models
    #[arg(long)]
    retry_failed: bool,

    #[command(flatten)]
    machine: MachineArgs,

    #[command(flatten)]
    slurm: SlurmArgs,
}

pub(super) fn run(args: &RunArgs, printer: &Printer) -> Result<Outcome> {
    let study = Study::read(&args.study)?;
    let plan = study.plan()?;
    let data = args.data.clone().or_else(|| study.data()).ok_or_else(|| {
        usage_error("the study does not name the folder of its data set: give it with --data")
    })?;
    check_dataset(&study, &data)?;
    companion::check(WHAT_FOR)?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("sweeps").join(&study.name));
    if args.slurm.slurm {
        let folder = if args.slurm.dry_run {
            SweepFolder::open(&out).ok()
        } else {
            Some(SweepFolder::begin(&out, &study, &data)?)
        };
        let models =
            slurm::Models { folder: folder.as_ref(), models: &plan.models, retry_failed: args.retry_failed };
        return slurm::run(&args.slurm, &args.machine, &out, &study.name, &models, printer);
    }
    let folder = SweepFolder::begin(&out, &study, &data)?;
    let companion = args.machine.companion(folder.record().data.clone())?;
    work_on(&folder, &plan.models, &companion, args.machine.jobs(), args.retry_failed, printer)
}

/// Checks that the data set is the one of the study.
fn check_dataset(study: &Study, data: &Path) -> Result<()> {
    let about = About::read(data)?;
    if about.name != study.dataset.name {
        bail!(
            "{}: this folder holds the data set '{}', but the study uses '{}': give the right folder with --data",
            data.display(),
            about.name,
            study.dataset.name
        );
    }
    Ok(())
}

/// Works on some models of a sweep and reports the outcome.
pub(super) fn work_on(
    folder: &SweepFolder,
    models: &[PlannedModel],
    companion: &Companion,
    jobs: NonZero<usize>,
    retry_failed: bool,
    printer: &Printer,
) -> Result<Outcome> {
    let stop = stop_on_interrupt();
    let runner = Runner { folder, companion, jobs, retry_failed };
    let display = Display::new(printer, models);
    let summary = runner.run(models, &stop, &|index, event| display.hear(index, &event));
    drop(display);
    Ok(report(&summary?, folder, printer))
}

fn report(summary: &RunnerSummary, folder: &SweepFolder, printer: &Printer) -> Outcome {
    let RunnerSummary { passed, finished, failed, failed_before, stopped } = *summary;
    printer.note(format_args!(
        "{} finished now, {passed} before, {} failed",
        counted(finished, "model"),
        failed + failed_before
    ));
    if failed + failed_before > 0 {
        printer.warning(format_args!(
            "`pathscope sweep status {}` shows why models failed; --retry-failed retries them",
            folder.path().display()
        ));
    }
    if stopped {
        printer.stopped("the same command again");
    } else if failed + failed_before == 0 {
        printer.note(format_args!(
            "`pathscope sweep collect {}` makes the table of results",
            folder.path().display()
        ));
    }
    if stopped || failed + failed_before > 0 { Outcome::Partial } else { Outcome::Success }
}
