//! The arguments of `pathscope contributions`.

use super::images::{Images, Wanted};
use crate::cli::arguments::{CheckpointArgs, FormatArg, ProgramArgs, StrengthArgs, analysis_options};
use crate::cli::sheet::SheetArgs;
use crate::cli::usage_error;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use pathscope::prediction::arguments::{ModelArgs, SplitArg};
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::contributions::{Baseline, By, ComputeOptions, Precision};
use pathscope_core::data::{PixelScale, Pixels};
use pathscope_core::files::arrays::read_npy;
use pathscope_core::program::contributions::Gate;
use pathscope_core::statistics::Bootstrap;
use std::fmt;
use std::path::{Path, PathBuf};

const IMAGES: &str = "Images";
const MARKS: &str = "What paths are told apart by";
const COMPUTING: &str = "How contributions are computed";

/// Compute what the paths of each length bring to the outputs, exactly
///
/// With its nonlinearities fixed to what they are for an image, a network is a sum over its paths. What paths of each
/// length add to each output is computed by carrying one value for each length through the network. Checkpoints have
/// to hold a whole network; exported programs always do.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope contributions best.pth --images images.npy --out results/
  pathscope contributions run/ --data recordings/ --split test
  pathscope contributions model.pt2 --images images.npy --unit 3 --by block
  pathscope contributions best.pth --images images.npy --paths --max-paths 100

A contribution is what paths add while all gates stay as they are. `pathscope ablate` measures what removing paths
costs, which changes gates downstream.")]
pub struct ContributionsArgs {
    /// Folder of a run, checkpoint of a whole network, or exported program
    #[arg(value_name = "RUN|FILE")]
    model: PathBuf,

    /// Images [N, H, W] or [N, C, H, W], of any type of numbers
    #[arg(long, value_name = "FILE.npy", conflicts_with = "data", help_heading = IMAGES)]
    pub images: Option<PathBuf>,

    /// Folder of a data set with recordings [default, without --images: the one that the run was trained on]
    #[arg(long, value_name = "DIR", help_heading = IMAGES)]
    pub data: Option<PathBuf>,

    /// Which images of the data set
    #[arg(long, value_enum, default_value_t, value_name = "PART", conflicts_with = "images", help_heading = IMAGES)]
    pub split: SplitArg,

    /// Seed of the split [default: as the run]
    #[arg(long, value_name = "SEED", conflicts_with = "images", help_heading = IMAGES)]
    pub split_seed: Option<u64>,

    /// Width of the square from the middle of each image that is used [default: as the run]
    #[arg(long, value_name = "PIXELS", help_heading = IMAGES)]
    pub crop: Option<usize>,

    /// Each square of this many by this many pixels becomes one [default: as the run]
    #[arg(long, value_name = "N", help_heading = IMAGES)]
    pub downsample: Option<usize>,

    /// What pixels are divided by: 255, 1 (as they are), another number, or auto (255 for uint8, 1 for all others)
    /// [default: as the run, else auto]
    #[arg(long, value_name = "NUMBER", help_heading = IMAGES)]
    pub images_scale: Option<PixelScale>,

    /// Show this unit by itself too; may be given several times
    #[arg(long = "unit", value_name = "N")]
    pub units: Vec<usize>,

    /// What paths are told apart by
    #[arg(long, value_enum, default_value_t, value_name = "MARK", help_heading = MARKS)]
    pub by: ByArg,

    /// Tell single paths apart: all of them if there are no more than --max-paths, else the strongest
    #[arg(long, conflicts_with = "by", help_heading = MARKS)]
    pub paths: bool,

    /// How many single paths are taken at most
    #[arg(long, value_name = "N", default_value_t = 200, requires = "paths", value_parser = clap::value_parser!(u32).range(1..), help_heading = MARKS)]
    pub max_paths: u32,

    /// What counts with the biases of the values at which paths begin: zero (nothing), mean (their mean over the images),
    /// or an image [H, W] or [C, H, W] in a file
    #[arg(long, value_name = "zero|mean|FILE", default_value = "zero", help_heading = COMPUTING)]
    baseline: String,

    /// Precision of all numbers
    #[arg(long, value_enum, default_value_t, value_name = "PRECISION", help_heading = COMPUTING)]
    precision: PrecisionArg,

    /// Images that are computed at once, where the model takes any number
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..), help_heading = COMPUTING)]
    batch: u32,

    /// Seed of the resamples that intervals are of
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,

    /// Resamples of the images that intervals are of; 0 for no intervals
    #[arg(long, value_name = "N", default_value_t = 1000)]
    resamples: usize,

    /// Also compute the linear filters of the units (of those of --unit, where it is given)
    #[arg(long, requires = "out", conflicts_with = "paths")]
    pub receptive_fields: bool,

    /// Format of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FormatArg,

    /// Also write contributions.json, contributions.csv, contributions.npy and figures into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Leave the figures out of the folder
    #[arg(long, requires = "out")]
    pub no_figures: bool,

    #[command(flatten)]
    pub sheet: SheetArgs,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    #[command(flatten)]
    strength: StrengthArgs,
}

/// `--by`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ByArg {
    /// Their length: how many convolutions are on them
    #[default]
    Length,
    /// How many convolutions of a block, or module, are on them; an answer for each
    Block,
    /// How often they lead through a convolution; an answer for each
    Connection,
    /// The iteration at which they enter
    Iteration,
}

impl From<ByArg> for By {
    fn from(argument: ByArg) -> Self {
        match argument {
            ByArg::Length => Self::Length,
            ByArg::Block => Self::Block,
            ByArg::Connection => Self::Connection,
            ByArg::Iteration => Self::Iteration,
        }
    }
}

impl fmt::Display for ByArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Length => "length",
            Self::Block => "block",
            Self::Connection => "connection",
            Self::Iteration => "iteration",
        })
    }
}

/// `--precision`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PrecisionArg {
    /// 32 bits
    #[default]
    Single,
    /// 64 bits
    Double,
}

impl ContributionsArgs {
    /// The same as names of a model that `predict` takes.
    pub fn model_args(&self) -> ModelArgs {
        let given = self.checkpoint.given();
        ModelArgs {
            model: self.model.clone(),
            key: self.checkpoint.key.clone(),
            config: given.config,
            readout: given.readout,
            activation: given.activation,
        }
    }

    /// The images.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted {
            images: self.images.as_deref(),
            data: self.data.as_deref(),
            split: self.split,
            split_seed: self.split_seed,
            crop: self.crop,
            downsample: self.downsample,
            images_scale: self.images_scale,
        }
    }

    /// How the model is analysed. The values of `--gate` that say how nonlinearities are taken apart name no module.
    pub fn analysis_options(&self) -> Result<AnalysisOptions> {
        let mut options = analysis_options(&self.checkpoint, &self.program, &self.strength)?;
        options.paths.gates.retain(|name| gate(name).is_none());
        Ok(options)
    }

    /// How contributions are computed.
    pub fn compute_options(&self, images: &Images) -> Result<ComputeOptions> {
        let settings = self.program.settings();
        let gates: Vec<Gate> = settings.gates.iter().filter_map(|name| gate(name)).collect();
        if gates.len() > 1 {
            return Err(usage_error(
                "--gate is secant or tangent, not both; given again it names modules that gate",
            ));
        }
        let baseline = match self.baseline.as_str() {
            "zero" => Baseline::Zero,
            "mean" => Baseline::Mean,
            file => baseline_image(Path::new(file), images)?,
        };
        let precision = match self.precision {
            PrecisionArg::Single => Precision::Single,
            PrecisionArg::Double => Precision::Double,
        };
        let gate = gates.first().copied().unwrap_or_default();
        Ok(ComputeOptions { gate, baseline, precision, batch: self.batch as usize })
    }

    /// How intervals are made.
    pub fn bootstrap(&self) -> Bootstrap {
        Bootstrap { resamples: self.resamples, seed: self.seed, ..Bootstrap::default() }
    }
}

fn gate(name: &str) -> Option<Gate> {
    [Gate::Secant, Gate::Tangent].into_iter().find(|gate| gate.as_str() == name)
}

/// An image that is prepared as the others are.
fn baseline_image(file: &Path, images: &Images) -> Result<Baseline> {
    let (array, _) = read_npy(file).context("--baseline is zero, mean or the file of an image")?;
    let (numbers, _) = Pixels::of(&array, images.scale);
    let shape = numbers.shape().to_vec();
    let numbers = match shape.as_slice() {
        [height, width] => numbers.into_shape_with_order((1, *height, *width)),
        [channels, height, width] => numbers.into_shape_with_order((*channels, *height, *width)),
        _ => anyhow::bail!("{}: has shape {shape:?}, expected [H, W] or [C, H, W]", file.display()),
    };
    let numbers = numbers.with_context(|| file.display().to_string())?;
    Ok(Baseline::Image(images.prepared_alike(numbers, file)?, file.to_owned()))
}
