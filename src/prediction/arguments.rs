//! The arguments of `predict` and `evaluate`, which are the same whatever computes the network.

use super::{ModelFile, PredictionError};
use clap::{Args, ValueEnum};
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::data::PixelScale;
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::model::layout::Given;
use std::path::PathBuf;

const PREPARATION: &str = "What a checkpoint does not say (a run's folder does)";

/// The arguments that name a network.
#[derive(Clone, Debug, Args)]
pub struct ModelArgs {
    /// Folder of a run, a checkpoint or an exported program
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,

    /// Key of the saved dictionary that holds the weights
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,

    /// config_extra.json of a published checkpoint [default: the one next to it]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Readout mode, if the checkpoint names none
    #[arg(long, value_name = "MODE")]
    pub readout: Option<Readout>,

    /// Activation, if the checkpoint names none
    #[arg(long, value_name = "NAME")]
    pub activation: Option<Activation>,
}

impl ModelArgs {
    /// Finds the file that is named; does not open it.
    ///
    /// # Errors
    ///
    /// The same as [`ModelFile::find`].
    pub fn find(&self) -> Result<ModelFile, PredictionError> {
        let given = Given {
            config: self.config.clone(),
            readout: self.readout,
            activation: self.activation,
            ..Given::default()
        };
        ModelFile::find(&self.model, self.key.clone(), given)
    }
}

/// Predict responses to images
///
/// The pixels of uint8 images are divided by 255 and others are used unchanged, unless --images-scale is
/// given. For the folder of a run, images are first cropped and downsampled like its training images.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope predict best.pth --images images.npy --out predictions.npy
  pathscope predict model.pt2 --images images.npy --out outputs.npy")]
pub struct PredictArgs<Machine: Args> {
    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub model: ModelArgs,

    /// Images [N, H, W] or [N, C, H, W], of any numeric type
    #[arg(long, value_name = "FILE.npy")]
    pub images: PathBuf,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
    /// [default: that of the run, else auto]
    #[arg(long, value_name = "NUMBER")]
    pub images_scale: Option<PixelScale>,

    /// Output file for the predictions, float32 [N, neurons]
    #[arg(long, value_name = "FILE.npy")]
    pub out: PathBuf,

    /// Read the network out at an earlier iteration
    #[arg(long, value_name = "T")]
    pub iterations: Option<usize>,

    /// Batch size in images
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: u32,

    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub machine: Machine,
}

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
    pub data: Option<PathBuf>,

    /// Subset of the data set's images
    #[arg(long, value_enum, default_value_t, value_name = "PART")]
    pub split: SplitArg,

    /// Use only the first K trials of every image, for scores and ceilings alike [default: that of the run]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub trials: Option<u32>,

    /// Read the network out at an earlier iteration
    #[arg(long, value_name = "T")]
    pub iterations: Option<usize>,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FormatArg,

    /// Also write evaluation.json and neurons.csv into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Seed of the split
    #[arg(long, value_name = "SEED", help_heading = PREPARATION)]
    pub split_seed: Option<u64>,

    /// Width of the central square to crop from each image, in pixels
    #[arg(long, value_name = "PIXELS", help_heading = PREPARATION)]
    pub crop: Option<usize>,

    /// Downsampling factor: squares of this many pixels on a side are averaged into one
    #[arg(long, value_name = "N", help_heading = PREPARATION)]
    pub downsample: Option<usize>,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
    #[arg(long, value_name = "NUMBER", help_heading = PREPARATION)]
    pub images_scale: Option<PixelScale>,

    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub machine: Machine,
}

/// Returns the part of a data set that `--split` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SplitArg {
    #[allow(missing_docs, reason = "the name says it")]
    Train,
    #[allow(missing_docs, reason = "the name says it")]
    Validation,
    #[allow(missing_docs, reason = "the name says it")]
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

/// The output format that `--format` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Text for people
    #[default]
    Table,
    /// All results, in full precision
    Json,
    /// One row per neuron
    Csv,
}
