//! `pathscope retrain`

use super::progress::Bar;
use super::{FormatArg, Outcome, TrainingMachineArgs};
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope::output::interrupt::stop_on_interrupt;
use pathscope::study::run::Settings;
use pathscope_torch::retraining::{self, Listener, RetrainingError};
use pathscope_torch::training::Progress;
use std::path::{Path, PathBuf};

/// Train the networks in a folder of ablations, and compare them with the original
///
/// `pathscope ablate --retrain` makes such a folder and starts this command. Finished networks are kept,
/// and interrupted ones are resumed. The folder then holds report.json, report.csv, ablation.svg (Fig.
/// 6g-i) and distributions.svg, and a folder for each network with its evaluation.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope ablate run/ --remove 1-3 --retrain --data demo-data --out ablated/
  pathscope retrain ablated/")]
pub(super) struct RetrainArgs {
    /// Folder of ablations
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Folder of the data set, if it has moved [default: the one given to `ablate`]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,

    #[command(flatten)]
    machine: TrainingMachineArgs,
}

pub(super) fn run(args: &RetrainArgs, printer: &Printer) -> Result<Outcome> {
    let machine = args.machine.prepare();
    let stop = stop_on_interrupt();
    let mut display = Display { printer, limited: machine.memory_limit.is_some() };
    let outcome = retraining::retrain(&args.folder, args.data.as_deref(), machine, &mut display, &stop)?;
    let (report, failed) = match outcome {
        retraining::Outcome::Finished { report, failed } => (report, failed),
        retraining::Outcome::Stopped => {
            printer.stopped(format_args!("`pathscope retrain {}`", args.folder.display()));
            return Ok(Outcome::Stopped);
        }
    };
    for warning in &report.comparison.warnings {
        printer.warning(warning);
    }
    printer.result(&match args.format {
        FormatArg::Table => pathscope_core::files::text::shown(&report.text()),
        FormatArg::Json => report.to_json(),
        FormatArg::Csv => report.to_csv()?,
    })?;
    printer.note(format_args!("report and figures are in {}", args.folder.display()));
    if failed > 0 {
        printer.warning(format_args!(
            "{failed} of the networks failed, for the reasons above: fix them and run `pathscope retrain {}` again",
            args.folder.display()
        ));
        return Ok(Outcome::Partial);
    }
    Ok(Outcome::Success)
}

/// The messages and progress display while networks are trained.
struct Display<'a> {
    printer: &'a Printer,
    /// Whether memory is limited.
    limited: bool,
}

impl Listener for Display<'_> {
    fn begins(&mut self, place: &Path, done: usize, all: usize) {
        self.printer.note(format_args!("network {} of {all}: {}", done + 1, place.display()));
    }

    fn training(&mut self, settings: &Settings) -> Box<dyn Progress + '_> {
        Box::new(Bar::new(self.printer, settings, self.limited))
    }

    fn warned(&mut self, warning: &str) {
        self.printer.warning(warning);
    }

    fn failed(&mut self, place: &Path, error: &RetrainingError) {
        self.printer
            .warning(format_args!("{}: {error}: continuing with the other networks", place.display()));
    }
}
