//! The arguments of `predict` and `evaluate`, which are the same whatever computes the network.

use clap::{Args, ValueEnum};
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::data::PixelScale;
use pathscope_core::data::evaluation::EvaluatedPart;
use std::path::PathBuf;

const PREPARATION: &str = "What a checkpoint does not say (a run's folder does)";

/// What names a network.
#[derive(Clone, Debug, Args)]
pub struct ModelArgs {
    /// Folder of a run, a checkpoint or an exported program
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,

    /// Entry of the saved dictionary that holds the weights
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,

    /// config_extra.json of a published checkpoint [default: the one beside it]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Readout mode, where the checkpoint names none
    #[arg(long, value_name = "MODE")]
    pub readout: Option<Readout>,

    /// Activation, where the checkpoint names none
    #[arg(long, value_name = "NAME")]
    pub activation: Option<Activation>,
}

/// Predict responses to images
///
/// Images are seen as they are in the file, uint8 ones divided by 255, or as --images-scale says. Those of a run's
/// folder are first cropped and downsampled as its training images were.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope predict best.pth --images images.npy --out predictions.npy
  pathscope predict model.pt2 --images images.npy --out outputs.npy")]
pub struct PredictArgs<Machine: Args> {
    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub model: ModelArgs,

    /// Images [N, H, W] or [N, C, H, W], of any type of numbers
    #[arg(long, value_name = "FILE.npy")]
    pub images: PathBuf,

    /// What pixels are divided by: 255, 1 (as they are), another number, or auto (255 for uint8, 1 for all others)
    /// [default: as the run, else auto]
    #[arg(long, value_name = "NUMBER")]
    pub images_scale: Option<PixelScale>,

    /// Where to put the predictions, float32 [N, neurons]
    #[arg(long, value_name = "FILE.npy")]
    pub out: PathBuf,

    /// Read the network out at an earlier iteration
    #[arg(long, value_name = "T")]
    pub iterations: Option<usize>,

    /// Images that are computed at once
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: u32,

    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub machine: Machine,
}

/// Measure how well a network predicts recordings: CC_raw, CC_max and CC_norm² of every neuron
///
/// A run's folder says how its images were prepared and split, so that the test images are those that
/// it has never seen.
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

    /// The images that are predicted
    #[arg(long, value_enum, default_value_t, value_name = "PART")]
    pub split: SplitArg,

    /// Use the first K trials of every image only, for scores and ceilings alike [default: as the run]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub trials: Option<u32>,

    /// Read the network out at an earlier iteration
    #[arg(long, value_name = "T")]
    pub iterations: Option<usize>,

    /// Format of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FormatArg,

    /// Also write evaluation.json and neurons.csv into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Seed of the split
    #[arg(long, value_name = "SEED", help_heading = PREPARATION)]
    pub split_seed: Option<u64>,

    /// Width of the square from the middle of each image that is used
    #[arg(long, value_name = "PIXELS", help_heading = PREPARATION)]
    pub crop: Option<usize>,

    /// Each square of this many by this many pixels becomes one
    #[arg(long, value_name = "N", help_heading = PREPARATION)]
    pub downsample: Option<usize>,

    /// What pixels are divided by: 255, 1 (as they are), another number, or auto (255 for uint8, 1 for all others)
    #[arg(long, value_name = "NUMBER", help_heading = PREPARATION)]
    pub images_scale: Option<PixelScale>,

    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub machine: Machine,
}

/// The part of a data set that `--split` names.
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

/// The format of what is printed, as `--format` names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For reading
    #[default]
    Table,
    /// Everything, in full precision
    Json,
    /// A row a neuron
    Csv,
}
