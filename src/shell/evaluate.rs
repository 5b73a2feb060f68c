//! `pathscope evaluate`, whatever computes the network.

use super::{ModelArgs, split, words};
use crate::output::Printer;
use crate::prediction::{
    EvaluationOptions, GivenPredictions, ModelFile, OpenedData, PredictionError, Predictor, Problem,
    ScoreOptions, evaluation_text, scores_csv, write_evaluation,
};
use anyhow::Result;
use clap::{Args, ValueEnum};
use pathscope_core::data::PixelScale;
use pathscope_core::data::evaluation::{EvaluatedPart, Evaluation};
use pathscope_core::data::scores::{Reliability, Score};
use pathscope_core::files::output::prepare_folder;
use pathscope_core::files::text::shown;
use pathscope_core::statistics::Bootstrap;
use std::path::{Path, PathBuf};

/// The arguments that only networks take.
const OF_NETWORKS: [&str; 9] =
    ["model", "key", "config", "readout", "activation", "iterations", "crop", "downsample", "images_scale"];

const PREPARATION: &str = "What a checkpoint does not say (a run's folder does)";

/// Measure how well a network predicts recordings: CC_raw, CC_max, CC_norm² and other scores of every
/// neuron
///
/// The folder of a run holds the preparation and split of its images, so that the test images are those
/// that the network has never seen. With --predictions, predictions that another program made are scored.
#[derive(Debug, Args)]
#[command(
    mut_arg("model", |arg| arg.required(false).required_unless_present("predictions")),
    after_help = "Examples:
  pathscope evaluate run/ --data demo-data
  pathscope evaluate run/ --data demo-data --iterations 2 --format csv
  pathscope evaluate run/ --data demo-data --score r2-er --score feve --resamples 1000
  pathscope evaluate --predictions predictions.npy --data demo-data --min-fev 0.15"
)]
pub struct EvaluateArgs<Machine: Args> {
    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub model: ModelArgs,

    /// Folder of the data set [default: the one that the run was trained on]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Score the predictions in this file instead of a network's: [images, neurons] for all images of the
    /// data set in its order, in the units of its responses
    #[arg(long, value_name = "FILE.npy", requires = "data", conflicts_with_all = OF_NETWORKS)]
    predictions: Option<PathBuf>,

    /// Subset of the data set's images [default: test; with --predictions: all]
    #[arg(long, value_name = "PART", value_parser = split())]
    split: Option<EvaluatedPart>,

    /// Score to print; repeat it for several [default: cc-raw, cc-max and cc-norm2]
    #[arg(long = "score", value_name = "SCORE", value_parser = words::<Score>())]
    scores: Vec<Score>,

    /// Leave out neurons with less FEV, the explainable fraction of the variance of single trials
    #[arg(long, value_name = "FEV", allow_negative_numbers = true)]
    min_fev: Option<f64>,

    /// Leave out neurons with less signal relative to noise (snr-corrected)
    #[arg(long, value_name = "SNR", allow_negative_numbers = true)]
    min_snr: Option<f64>,

    /// Number of bootstrap resamples over images and neurons, for confidence intervals of means; also gives
    /// the 90 % interval of r2-er for every neuron
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    resamples: u32,

    /// Seed of the intervals
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,

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
    /// Returns the scores that the text shows; none for the paper's.
    fn shown_scores(&self) -> Vec<Score> {
        if self.scores.is_empty() && self.resamples > 0 {
            return vec![Score::CcRaw, Score::CcMax, Score::CcNorm2, Score::R2Er];
        }
        self.scores.clone()
    }

    /// Returns whether a score is in the output: documents and files have all.
    fn gives(&self, score: Score) -> bool {
        self.scores.contains(&score) || self.format != FormatArg::Table || self.out.is_some()
    }

    fn options(&self) -> EvaluationOptions {
        EvaluationOptions {
            data: self.data.clone(),
            part: self.split,
            scores: ScoreOptions {
                reliability: Reliability { min_fev: self.min_fev, min_snr: self.min_snr },
                bootstrap: Bootstrap {
                    resamples: self.resamples as usize,
                    seed: self.seed,
                    ..Bootstrap::default()
                },
                ..ScoreOptions::default()
            },
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
    let evaluation = match &args.predictions {
        Some(path) => of_given(path, args, generator, printer)?,
        None => of_network(args, generator, printer, open)?,
    };
    if let Some(choice) = &evaluation.choice {
        printer.note(choice.sentence());
    }
    if args.predictions.is_some() && args.split.is_none() {
        // Nothing in the file says which images the program was fitted to.
        printer.note("all images are scored: if the program was fitted to some of them, give --split test or other data");
    }
    if let Some(folder) = &args.out {
        write_evaluation(&evaluation, folder)?;
    }
    printer.result(&match args.format {
        FormatArg::Table => shown(&evaluation_text(&evaluation, &args.shown_scores())),
        FormatArg::Json => serde_json::to_string_pretty(&evaluation)? + "\n",
        FormatArg::Csv => scores_csv(&evaluation)?,
    })?;
    evaluation.warnings().iter().for_each(|warning| printer.warning(warning));
    if let Some(all) = &evaluation.all_scores {
        // Those of CC_max and CC_norm² are among the warnings.
        let asked = args.scores.iter().filter(|score| ![Score::CcMax, Score::CcNorm2].contains(score));
        asked.flat_map(|&score| all.reasons(score)).for_each(|reason| printer.warning(reason));
        let of_units = all.other_units().filter(|_| args.gives(Score::Feve));
        of_units.iter().for_each(|warning| printer.warning(warning));
    }
    Ok(())
}

/// Scores the predictions of a network.
fn of_network<Machine: Args, P: Predictor>(
    args: &EvaluateArgs<Machine>,
    generator: &str,
    printer: &Printer,
    open: impl FnOnce(&ModelFile, Option<usize>) -> Result<P, Problem>,
) -> Result<Evaluation> {
    let file = args.model.find()?;
    let predictor = open(&file, args.iterations).map_err(PredictionError::Predictor)?;
    let data = OpenedData::open(&file, &predictor, &args.options())?;
    data.warnings.iter().for_each(|warning| printer.warning(warning));
    let progress = printer.progress(data.images() as u64, "predicting");
    let done = |images: usize| progress.set_position(images as u64);
    let evaluation = data.evaluate(&file, &predictor, generator, &done);
    progress.finish_and_clear();
    Ok(evaluation?)
}

/// Scores the predictions in a file.
fn of_given<Machine: Args>(
    path: &Path,
    args: &EvaluateArgs<Machine>,
    generator: &str,
    printer: &Printer,
) -> Result<Evaluation> {
    let given = GivenPredictions::read(path)?;
    let data = OpenedData::for_given(&given, &args.options())?;
    data.warnings.iter().for_each(|warning| printer.warning(warning));
    Ok(data.evaluate_given(&given, generator)?)
}
