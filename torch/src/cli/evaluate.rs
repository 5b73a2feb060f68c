//! `pathscope evaluate`

use super::run_inputs::{ModelArgs, TrainedModel};
use super::{FormatArg, MachineArgs, Outcome};
use anyhow::Result;
use clap::{Args, ValueEnum};
use pathscope::dataset::PixelScale;
use pathscope::documents::write_json;
use pathscope::evaluation::{EVALUATION, EvaluatedPart, Evaluation, Scores};
use pathscope::output::text::{number, optional, table};
use pathscope::output::{Printer, prepare_folder, write_file};
use pathscope::run::{RECORD, Record, Settings, read_record};
use pathscope::tables;
use pathscope_torch::data::SplitData;
use pathscope_torch::evaluation::{Evaluated, measure};
use pathscope_torch::pixels::unlike_training;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const PREPARATION: &str = "What a checkpoint does not say (a run's folder does)";

/// Measure how well a network predicts recordings: CC_raw, CC_max and CC_norm² of every neuron
///
/// A run's folder says how its images were prepared and split, so that the test images are those that
/// it has never seen.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope evaluate run/ --data demo-data
  pathscope evaluate run/ --data demo-data --iterations 2 --format csv")]
pub struct EvaluateArgs {
    #[command(flatten)]
    model: ModelArgs,

    /// Folder of the data set [default: the one that the run was trained on]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The images that are predicted
    #[arg(long, value_enum, default_value_t, value_name = "PART")]
    split: SplitArg,

    /// Use the first K trials of every image only, for scores and ceilings alike [default: as the run]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    trials: Option<u32>,

    /// Read the network out at an earlier iteration
    #[arg(long, value_name = "T")]
    iterations: Option<usize>,

    /// Format of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,

    /// Also write evaluation.json and neurons.csv into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Seed of the split
    #[arg(long, value_name = "SEED", help_heading = PREPARATION)]
    split_seed: Option<u64>,

    /// Width of the square from the middle of each image that is used
    #[arg(long, value_name = "PIXELS", help_heading = PREPARATION)]
    crop: Option<usize>,

    /// Each square of this many by this many pixels becomes one
    #[arg(long, value_name = "N", help_heading = PREPARATION)]
    downsample: Option<usize>,

    /// What pixels are divided by: 255, 1 (as they are), another number, or auto (255 for uint8, 1 for all others)
    #[arg(long, value_name = "NUMBER", help_heading = PREPARATION)]
    images_scale: Option<PixelScale>,

    #[command(flatten)]
    machine: MachineArgs,
}

/// `--split`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum SplitArg {
    Train,
    Validation,
    #[default]
    Test,
    /// Every image.
    All,
}

impl From<SplitArg> for EvaluatedPart {
    fn from(argument: SplitArg) -> Self {
        match argument {
            SplitArg::Train => Self::Train,
            SplitArg::Validation => Self::Validation,
            SplitArg::Test => Self::Test,
            SplitArg::All => Self::All,
        }
    }
}

pub fn run(args: &EvaluateArgs, printer: &Printer) -> Result<Outcome> {
    if let Some(folder) = &args.out {
        prepare_folder(folder)?;
    }
    let machine = args.machine.prepare();
    let mut model = args.model.open(machine.device)?;
    let available = model.network.architecture().circuit.iterations;
    let iterations = args.iterations.unwrap_or(available);
    model.network.read_out_at(iterations)?;
    let settings = args.settings(&model, printer);
    if settings.data.as_os_str().is_empty() {
        anyhow::bail!("no data set is given: name its folder with --data");
    }
    let data = SplitData::open(&settings)?;
    data.dataset.warnings.iter().for_each(|warning| printer.warning(warning));
    let record = read_record(&args.model.model.join(RECORD)).ok();
    args.compare_data(&data, record.as_ref(), printer);
    let (images, pixels) = (data.prepared.images.view(), &data.dataset.pixels);
    let trained_on = record.as_ref().and_then(|record| record.pixels.as_ref());
    if let Some(warning) = unlike_training(&model.network, images, pixels, trained_on)? {
        printer.warning(warning);
    }
    let part = args.split.into();
    let progress = printer.progress(data.images_of(part).len() as u64, "predicting");
    let evaluated =
        Evaluated { network: &model.network, path: &model.path, sha256: &model.sha256, iterations };
    let evaluation = measure(evaluated, &data, part, &settings, machine.device, |done| {
        progress.set_position(done as u64);
    })?;
    progress.finish_and_clear();
    let scores = &evaluation.scores;
    if let Some(folder) = &args.out {
        write_evaluation(&evaluation, folder)?;
    }
    printer.result(&match args.format {
        FormatArg::Table => pathscope::output::text::shown(&text(&evaluation)),
        FormatArg::Json => json(&evaluation)?,
        FormatArg::Csv => csv(scores)?,
    })?;
    evaluation.warnings().iter().for_each(|warning| printer.warning(warning));
    Ok(Outcome::Success)
}

/// Writes `evaluation.json` and `neurons.csv` into a folder.
pub fn write_evaluation(evaluation: &Evaluation, folder: &Path) -> Result<()> {
    // The table first: who finds the document finds everything.
    write_file(&folder.join("neurons.csv"), csv(&evaluation.scores)?)?;
    Ok(write_json(&folder.join(EVALUATION), evaluation)?)
}

fn json(evaluation: &Evaluation) -> Result<String> {
    Ok(serde_json::to_string_pretty(evaluation)? + "\n")
}

fn csv(scores: &Scores) -> Result<String> {
    Ok(tables::to_csv(&mut tables::scores(scores)?)?)
}

impl EvaluateArgs {
    /// The run's settings, or the defaults, with what is given in their place.
    fn settings(&self, model: &TrainedModel, printer: &Printer) -> Settings {
        let mut settings = model.settings.clone().unwrap_or_default();
        if let Some(data) = &self.data {
            settings.data.clone_from(data);
        }
        let mut differs = false;
        let mut set = |setting: &mut usize, given: Option<usize>| {
            if let Some(given) = given {
                differs |= *setting != given;
                *setting = given;
            }
        };
        set(&mut settings.crop, self.crop);
        set(&mut settings.downsample, self.downsample);
        if let Some(trials) = self.trials {
            settings.trials = trials as usize;
        }
        if let Some(scale) = self.images_scale {
            settings.images_scale = scale;
        }
        if let Some(seed) = self.split_seed {
            differs |= settings.split_seed != seed;
            settings.split_seed = seed;
        }
        if differs && model.settings.is_some() {
            printer.warning(
                "the run was trained with other --crop, --downsample or --split-seed: leave them out, or test images may be ones that it was trained on",
            );
        }
        settings
    }

    fn compare_data(&self, data: &SplitData, record: Option<&Record>, printer: &Printer) {
        if let Some(record) = record
            && record.dataset_sha256 != data.dataset.sha256
        {
            printer.warning(format_args!(
                "{}: is not the data set that the run was trained on, so its test images are not what the run left out",
                data.dataset.folder.display()
            ));
        }
    }
}

fn text(evaluation: &Evaluation) -> String {
    let Evaluation { model, dataset, settings, trials, scores, .. } = evaluation;
    let mut text = format!(
        "{}\n  {}, {} images, read out at iteration {}\n\n",
        model.path, dataset.name, settings.images, settings.iterations
    );
    let rows = scores.by_neuron.iter().map(|score| {
        vec![score.neuron.to_string(), number(score.cc_raw), optional(score.cc_max), optional(score.cc_norm2)]
    });
    text.push_str(&table(&["neuron", "CC_raw", "CC_max", "CC_norm²"], 0..4, rows));
    let with_ceiling = scores.neurons - scores.without_ceiling;
    let _ = writeln!(text, "\n  mean CC_raw {} ({} neurons)", number(scores.mean_cc_raw), scores.neurons);
    let _ = writeln!(text, "  mean CC_raw² {}", number(scores.mean_cc_raw2));
    let _ = writeln!(
        text,
        "  mean CC_max {} ({with_ceiling} neurons with a ceiling)",
        optional(scores.mean_cc_max)
    );
    let _ = writeln!(
        text,
        "  mean CC_norm² {}, median {}",
        optional(scores.mean_cc_norm2),
        optional(scores.median_cc_norm2)
    );
    if let Some(trials) = trials {
        let _ = writeln!(text, "  {trials}");
    }
    text
}
