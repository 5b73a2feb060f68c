//! `pathscope train`

use super::progress::{Bar, stop_with_input};
use super::run_inputs::moved;
use super::{Outcome, TrainingMachineArgs};
use anyhow::{Result, bail};
use clap::Args;
use pathscope::output::Printer;
use pathscope::output::interrupt::stop_on_interrupt;
use pathscope::prediction::{Evaluated, measure, write_evaluation};
use pathscope::shell::SettingsArgs;
use pathscope::study::run::{MODEL, RECORD, Record, SETTINGS, Settings, read_record, read_settings};
use pathscope_core::data::SplitData;
use pathscope_core::data::evaluation::{EVALUATION, EvaluatedPart, Evaluation};
use pathscope_core::files::text::{number, optional};
use pathscope_core::model::layout::Given;
use pathscope_torch::checkpoint::{self, Opened};
use pathscope_torch::device::DeviceName;
use pathscope_torch::evaluation::{GENERATOR, OnDevice};
use pathscope_torch::training::folder::RunFolder;
use pathscope_torch::training::{self, Ending, Start};
use std::path::{Path, PathBuf};

/// Train a feed-forward, recurrent or multi-path network on recordings
///
/// All settings can also be given in a TOML file (--config), under the names of their flags. Flags override
/// the file. The folder of a run holds its settings, the trained network, a log of every validation and the
/// learning curve.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope train --data demo-data --recurrent-blocks 1 --iterations 5 --readout 2-avg --out run/
  pathscope train --data demo-data --recurrent-blocks 2 --iterations 1 --evaluate --out feed-forward/
  pathscope train --resume --out run/")]
pub(super) struct TrainArgs {
    /// Folder of the run
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Resume the run in that folder, with its own settings
    #[arg(long)]
    resume: bool,

    /// Settings file
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    config: Option<PathBuf>,

    /// Also evaluate the network on the test images at the end: evaluation.json and neurons.csv
    #[arg(long)]
    evaluate: bool,

    /// Stop when the standard input ends, so that no training outlives the program that started it; the
    /// folder then holds a state to resume from
    #[arg(long)]
    stop_with_input: bool,

    #[command(flatten)]
    machine: TrainingMachineArgs,

    #[command(flatten)]
    settings: SettingsArgs,
}

impl TrainArgs {
    fn settings(&self) -> Result<Settings> {
        let begun = if self.resume {
            let path = self.out.join(SETTINGS);
            if !path.is_file() {
                bail!("{}: has no run to resume: leave --resume out", self.out.display());
            }
            Some(read_settings(&path)?)
        } else {
            None
        };
        let mut settings = match (&begun, &self.config) {
            (Some(begun), _) => begun.clone(),
            (None, Some(path)) => read_settings(path)?,
            (None, None) => Settings::default(),
        };
        self.settings.apply(&mut settings);
        if let Some(mut begun) = begun {
            // The folder of the data may have moved; its hashes are compared.
            begun.data.clone_from(&settings.data);
            if begun != settings {
                bail!(
                    "{}: the run was begun with other settings: leave the flags out with --resume, or begin another run",
                    self.out.join(SETTINGS).display()
                );
            }
        }
        if settings.data.as_os_str().is_empty() {
            bail!("no data set is given: name its folder with --data (`pathscope dataset synth` makes one)");
        }
        settings.check()?;
        Ok(settings)
    }
}

pub(super) fn run(args: &TrainArgs, printer: &Printer) -> Result<Outcome> {
    let settings = args.settings()?;
    let folder = RunFolder::open(&args.out, args.resume)?;
    let machine = args.machine.prepare();
    let record = args.resume.then(|| read_record(&folder.file(RECORD)).ok()).flatten();
    let finished = record.as_ref().is_some_and(|record| record.finished);
    if let Some(record) = record.filter(|record| record.finished) {
        training::same_settings(&record, &settings, &folder.file(SETTINGS))?;
        printer.note(format_args!("{}: this run is finished already", args.out.display()));
        if !args.evaluate || folder.file(EVALUATION).is_file() {
            return Ok(Outcome::Success);
        }
    }
    let data = settings.open_data()?;
    data.dataset.warnings.iter().for_each(|warning| printer.warning(warning));
    if !finished {
        let stop = stop_on_interrupt();
        if args.stop_with_input {
            stop_with_input(&stop);
        }
        note_data(&data, &settings, printer);
        let start = Start { resume: args.resume, initial: None };
        let mut progress = Bar::new(printer, &settings, machine.memory_limit.is_some());
        let outcome = training::run(&folder, &settings, &data, machine, start, &mut progress, &stop);
        drop(progress);
        let outcome = outcome?;
        let record = &outcome.record;
        if outcome.ending == Ending::Stopped {
            printer.stopped(format_args!("`pathscope train --resume --out {}`", args.out.display()));
            return Ok(Outcome::Stopped);
        }
        printer.result(&pathscope_core::files::text::shown(&summary(&args.out, record)))?;
    }
    if args.evaluate {
        let evaluation = evaluate(&folder.file(MODEL), &data, &settings, machine.device, printer)?;
        write_evaluation(&evaluation, &args.out)?;
        let scores = &evaluation.scores;
        printer.result(&format!(
            "  test images: mean CC_raw {}, CC_raw² {}, CC_norm² {} (median {})\n",
            number(scores.mean_cc_raw),
            number(scores.mean_cc_raw2),
            optional(scores.mean_cc_norm2),
            optional(scores.median_cc_norm2)
        ))?;
        evaluation.warnings().iter().for_each(|warning| printer.warning(warning));
    }
    Ok(Outcome::Success)
}

/// Evaluates the network in a file on the test images.
fn evaluate(
    path: &Path,
    data: &SplitData,
    settings: &Settings,
    device: DeviceName,
    printer: &Printer,
) -> Result<Evaluation> {
    let Opened { network, sha256 } = checkpoint::open(path, None, &Given::default())?;
    let network = moved(network, device, path)?;
    let evaluated = Evaluated { path, sha256: &sha256, generator: GENERATOR };
    let part = EvaluatedPart::Test;
    let progress = printer.progress(data.images_of(part).len() as u64, "predicting");
    let network = OnDevice::new(network, device);
    let evaluation = measure(&network, evaluated, data, part, settings, &|done| {
        progress.set_position(done as u64);
    });
    progress.finish_and_clear();
    Ok(evaluation?)
}

fn summary(folder: &Path, record: &Record) -> String {
    format!(
        "{}\n  {} parameters, {} steps in {} s\n  best validation loss {} at step {}\n",
        folder.join(MODEL).display(),
        record.parameters,
        record.steps,
        number(record.seconds.round()),
        record.best_validation_loss.map_or("-".to_owned(), number),
        record.best_step,
    )
}

/// Prints the sizes of the data set, with a warning if its training images do not fill a minibatch.
fn note_data(data: &SplitData, settings: &Settings, printer: &Printer) {
    let [channels, height, width] = data.image_size();
    let split = &data.split;
    let channels = if channels == 1 { String::new() } else { format!("{channels} × ") };
    printer.note(format_args!(
        "{}: {} training, {} validation and {} test images of {channels}{height} × {width}, {} neurons",
        data.dataset.name(),
        split.train.len(),
        split.validation.len(),
        split.test.len(),
        data.prepared.targets.ncols()
    ));
    if split.train.len() < settings.batch {
        printer.warning(format_args!(
            "there are fewer training images than the {} of a minibatch, so every step uses all of them: give --batch {} or less for several steps per epoch",
            settings.batch,
            split.train.len() / 2
        ));
    }
}
