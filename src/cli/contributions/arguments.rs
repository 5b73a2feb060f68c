//! The arguments of `pathscope contributions`.

use super::images::{Images, Wanted};
use crate::cli::arguments::{CheckpointArgs, FormatArg, ProgramArgs, StrengthArgs, analysis_options};
use crate::cli::sheet::SheetArgs;
use crate::cli::usage_error;
use anyhow::{Context, Result};
use clap::Args;
use clap::builder::TypedValueParser;
use pathscope::prediction::ModelFile;
use pathscope::shell::{described_words, split};
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::contributions::{Baseline, By, ComputeOptions, Precision};
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::data::{PixelScale, Pixels};
use pathscope_core::files::arrays::read_npy;
use pathscope_core::files::checkpoint::sha256;
use pathscope_core::program::contributions::Gate;
use pathscope_core::statistics::Bootstrap;
use std::path::{Path, PathBuf};

const IMAGES: &str = "Images";
const MARKS: &str = "Groups of paths";
const COMPUTING: &str = "Computation";

/// Compute the exact contribution of the paths of each length to the outputs
///
/// With its nonlinearities fixed at their values for an image, a network is a sum over its paths. The
/// contribution of each path length to each output is computed by carrying one value per length through the
/// network. A checkpoint must hold a whole network; an exported program always does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope contributions best.pth --images images.npy --out results/
  pathscope contributions run/ --data recordings/ --split test
  pathscope contributions model.pt2 --images images.npy --unit 3 --by block
  pathscope contributions best.pth --images images.npy --paths --max-paths 100

A contribution is what paths add while all gates stay as they are. `pathscope ablate` measures what removing paths
costs, which changes gates downstream.")]
pub(crate) struct ContributionsArgs {
    /// Folder of a run, checkpoint of a whole network, or exported program
    #[arg(value_name = "RUN|FILE")]
    model: PathBuf,

    /// Images [N, H, W] or [N, C, H, W], of any numeric type
    #[arg(long, value_name = "FILE.npy", conflicts_with = "data", help_heading = IMAGES)]
    pub images: Option<PathBuf>,

    /// Folder of a data set with recordings [default without --images: the one that the run was trained on]
    #[arg(long, value_name = "DIR", help_heading = IMAGES)]
    pub data: Option<PathBuf>,

    /// Subset of the data set's images
    #[arg(long, default_value_t, value_name = "PART", value_parser = split(), conflicts_with = "images", help_heading = IMAGES)]
    pub split: EvaluatedPart,

    /// Seed of the split [default: that of the run]
    #[arg(long, value_name = "SEED", conflicts_with = "images", help_heading = IMAGES)]
    pub split_seed: Option<u64>,

    /// Width of the central square to crop from each image, in pixels [default: that of the run]
    #[arg(long, value_name = "PIXELS", help_heading = IMAGES)]
    pub crop: Option<usize>,

    /// Downsampling factor: squares of this many pixels on a side are averaged into one [default: that of
    /// the run]
    #[arg(long, value_name = "N", help_heading = IMAGES)]
    pub downsample: Option<usize>,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
    /// [default: that of the run, else auto]
    #[arg(long, value_name = "NUMBER", help_heading = IMAGES)]
    pub images_scale: Option<PixelScale>,

    /// Also show this unit separately; repeatable
    #[arg(long = "unit", value_name = "N")]
    pub units: Vec<usize>,

    /// Property to group the paths by
    #[arg(long, default_value_t, value_name = "MARK", value_parser = by(), help_heading = MARKS)]
    pub by: By,

    /// Compute each path separately: all paths if there are at most --max-paths, else the strongest
    #[arg(long, conflicts_with = "by", help_heading = MARKS)]
    pub paths: bool,

    /// Largest number of separate paths
    #[arg(long, value_name = "N", default_value_t = 200, requires = "paths", value_parser = clap::value_parser!(u32).range(1..), help_heading = MARKS)]
    pub max_paths: u32,

    /// Baseline for the values that the paths start from; its effect counts with the biases: zero, mean
    /// (over the images), or the file of an image [H, W] or [C, H, W]
    #[arg(long, value_name = "zero|mean|FILE", default_value = "zero", help_heading = COMPUTING)]
    baseline: String,

    /// Floating-point precision
    #[arg(long, default_value_t, value_name = "PRECISION", value_parser = precision(), help_heading = COMPUTING)]
    precision: Precision,

    /// Batch size in images, for models that accept any
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..), help_heading = COMPUTING)]
    batch: u32,

    /// Seed of the bootstrap
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,

    /// Number of bootstrap resamples of the images, for confidence intervals; 0 for no intervals
    #[arg(long, value_name = "N", default_value_t = 1000)]
    resamples: usize,

    /// Also compute the linear filters of the units (only those of --unit, if given)
    #[arg(long, requires = "out", conflicts_with = "paths")]
    pub receptive_fields: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FormatArg,

    /// Also write contributions.json, contributions.csv, contributions.npy and figures into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Write no figures into the folder
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

/// Parses `--by`.
fn by() -> impl TypedValueParser<Value = By> {
    described_words(|by: By, word| {
        word.help(match by {
            By::Length => "Length: the number of convolutions on the path",
            By::Block => {
                "Number of convolutions of one block or module on the path; one result for each block"
            }
            By::Connection => {
                "Number of times the path passes through one convolution; one result for each convolution"
            }
            By::Iteration => "Iteration at which the path enters the recurrent stage",
        })
    })
}

/// Parses `--precision`.
fn precision() -> impl TypedValueParser<Value = Precision> {
    described_words(|precision: Precision, word| {
        word.help(match precision {
            Precision::Single => "32 bits",
            Precision::Double => "64 bits",
        })
    })
}

impl ContributionsArgs {
    /// Finds the file of the model, without opening it.
    pub(crate) fn file(&self) -> Result<ModelFile> {
        Ok(ModelFile::find(&self.model, self.checkpoint.key.clone(), self.checkpoint.given())?)
    }

    /// Returns the images.
    pub(crate) fn wanted(&self) -> Wanted<'_> {
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

    /// Returns the settings of the analysis. The values of `--gate` that choose how nonlinearities are
    /// decomposed are not module names.
    pub(crate) fn analysis_options(&self) -> Result<AnalysisOptions> {
        let mut options = analysis_options(&self.checkpoint, &self.program, &self.strength)?;
        options.paths.gates.retain(|name| name.parse::<Gate>().is_err());
        Ok(options)
    }

    /// Returns the settings of the computation.
    pub(crate) fn compute_options(&self, images: &Images) -> Result<ComputeOptions> {
        let settings = self.program.settings();
        let gates: Vec<Gate> = settings.gates.iter().filter_map(|name| name.parse().ok()).collect();
        if gates.len() > 1 {
            return Err(usage_error(
                "--gate takes one of secant and tangent: repeat it only for the names of gating modules",
            ));
        }
        let baseline = match self.baseline.as_str() {
            "zero" => Baseline::Zero,
            "mean" => Baseline::Mean,
            file => baseline_image(Path::new(file), images)?,
        };
        let gate = gates.first().copied().unwrap_or_default();
        Ok(ComputeOptions {
            gate,
            baseline,
            precision: self.precision,
            batch: self.batch as usize,
            stop: None,
        })
    }

    /// Returns the settings of the confidence intervals.
    pub(crate) fn bootstrap(&self) -> Bootstrap {
        Bootstrap { resamples: self.resamples, seed: self.seed, ..Bootstrap::default() }
    }
}

/// Reads an image and prepares it like the others.
fn baseline_image(file: &Path, images: &Images) -> Result<Baseline> {
    let (array, _) = read_npy(file).context("--baseline must be zero, mean or an image file")?;
    let (numbers, _) = Pixels::of(&array, images.scale);
    let shape = numbers.shape().to_vec();
    let numbers = match shape.as_slice() {
        [height, width] => numbers.into_shape_with_order((1, *height, *width)),
        [channels, height, width] => numbers.into_shape_with_order((*channels, *height, *width)),
        _ => anyhow::bail!("{}: has shape {shape:?}, expected [H, W] or [C, H, W]", file.display()),
    };
    let numbers = numbers.with_context(|| file.display().to_string())?;
    Ok(Baseline::Image {
        pixels: images.prepared_alike(numbers, file)?,
        path: file.to_owned(),
        sha256: sha256(file)?,
    })
}
