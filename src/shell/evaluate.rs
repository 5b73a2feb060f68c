//! `pathscope evaluate`, whatever computes the network.

use super::{ModelArgs, split};
use crate::output::Printer;
use crate::prediction::{
    EvaluationOptions, ModelFile, OpenedData, PredictionError, Predictor, Problem, evaluation_text,
    scores_csv, write_evaluation,
};
use anyhow::Result;
use clap::{Args, ValueEnum};
use pathscope_core::data::PixelScale;
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::files::output::prepare_folder;
use pathscope_core::files::text::shown;
use std::path::PathBuf;

const PREPARATION: &str = "What a checkpoint does not say (a run's folder does)";

/// Measure how well a network predicts recordings: CC_raw, CC_max and CC_norm² of every neuron
///
/// The folder of a run holds the preparation and split of its images, so that the test images are those
/// that the network has never seen.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope evaluate run/ --data demo-data
  pathscope evaluate run/ --data demo-data --iterations 2 --format csv")]
pub struct EvaluateArgs<Machine: Args> {
    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub model: ModelArgs,

    /// Folder of the data set [default: the one that the run was trained on]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Subset of the data set's images
    #[arg(long, default_value_t, value_name = "PART", value_parser = split())]
    split: EvaluatedPart,

    /// Use only the first K trials of every image, for scores and ceilings alike [default: that of the run]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    trials: Option<u32>,

    /// Read the network out at an earlier iteration
    #[arg(long, value_name = "T")]
    iterations: Option<usize>,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,

    /// Also write evaluation.json and neurons.csv into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Seed of the split
    #[arg(long, value_name = "SEED", help_heading = PREPARATION)]
    split_seed: Option<u64>,

    /// Width of the central square to crop from each image, in pixels
    #[arg(long, value_name = "PIXELS", help_heading = PREPARATION)]
    crop: Option<usize>,

    /// Downsampling factor: squares of this many pixels on a side are averaged into one
    #[arg(long, value_name = "N", help_heading = PREPARATION)]
    downsample: Option<usize>,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
    #[arg(long, value_name = "NUMBER", help_heading = PREPARATION)]
    images_scale: Option<PixelScale>,

    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub machine: Machine,
}

/// The value of `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// Text for people
    #[default]
    Table,
    /// All results, in full precision
    Json,
    /// One row per neuron
    Csv,
}

impl<Machine: Args> EvaluateArgs<Machine> {
    fn options(&self) -> EvaluationOptions {
        EvaluationOptions {
            data: self.data.clone(),
            part: self.split,
            trials: self.trials.map(|trials| trials as usize),
            split_seed: self.split_seed,
            crop: self.crop,
            downsample: self.downsample,
            images_scale: self.images_scale,
        }
    }
}

/// Scores a network on a data set, prints the scores, and writes them into a folder if one is given.
///
/// # Arguments
///
/// * `generator` - the name and version of the command
/// * `open` - opens a file as a network, read out at the given iteration if there is one
///
/// # Errors
///
/// Returns a [`PredictionError`] or an error of the output.
pub fn evaluate<Machine: Args, P: Predictor>(
    args: &EvaluateArgs<Machine>,
    generator: &str,
    printer: &Printer,
    open: impl FnOnce(&ModelFile, Option<usize>) -> Result<P, Problem>,
) -> Result<()> {
    if let Some(folder) = &args.out {
        prepare_folder(folder)?;
    }
    let file = args.model.find()?;
    let predictor = open(&file, args.iterations).map_err(PredictionError::Predictor)?;
    let data = OpenedData::open(&file, &predictor, &args.options())?;
    data.warnings.iter().for_each(|warning| printer.warning(warning));
    let progress = printer.progress(data.images() as u64, "predicting");
    let done = |images: usize| progress.set_position(images as u64);
    let evaluation = data.evaluate(&file, &predictor, generator, &done);
    progress.finish_and_clear();
    let evaluation = evaluation?;
    if let Some(folder) = &args.out {
        write_evaluation(&evaluation, folder)?;
    }
    printer.result(&match args.format {
        FormatArg::Table => shown(&evaluation_text(&evaluation)),
        FormatArg::Json => serde_json::to_string_pretty(&evaluation)? + "\n",
        FormatArg::Csv => scores_csv(&evaluation.scores)?,
    })?;
    evaluation.warnings().iter().for_each(|warning| printer.warning(warning));
    Ok(())
}
