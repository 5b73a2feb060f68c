//! `pathscope dataset synth`

use crate::cli::Outcome;
use anyhow::Result;
use clap::Args;
use clap::builder::TypedValueParser;
use pathscope::output::Printer;
use pathscope::shell::{described_words, words};
use pathscope_core::circuit::Readout;
use pathscope_core::data::synth::{Kind, Settings, synthesize};
use std::path::PathBuf;

/// Simulate a data set with a network whose weights are known
///
/// Natural-like images pass through a network of the paper's architecture, and its neurons respond with
/// Poisson spike counts. Besides the data set, the folder holds the network (truth.safetensors), the
/// expected counts (rates.npy) and the explained variance that the network itself reaches (truth.json).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope dataset synth --out demo-data/
  pathscope analyze demo-data/truth.safetensors
  pathscope dataset synth --out feed-forward-data/ --iterations 1 --seed 1

A gain is the strength of a component as `pathscope analyze` measures it: with one recurrent block,
a path of length n has the strength bottom-up gain × lateral gain^(n-1) × normalization gain^n,
times the readout's weight.")]
pub(crate) struct SynthArgs {
    /// Output folder; it must not exist yet, or be empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Number of images
    #[arg(long, value_name = "N", default_value_t = Settings::default().images)]
    images: usize,

    /// Height and width of the images, in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = Settings::default().size)]
    size: usize,

    /// Content of the images
    #[arg(long, default_value_t, value_parser = kind())]
    kind: Kind,

    /// Number of neurons
    #[arg(long, value_name = "N", default_value_t = Settings::default().neurons)]
    neurons: usize,

    /// Number of trials per image
    #[arg(long, value_name = "K", default_value_t = Settings::default().trials)]
    trials: usize,

    /// Random seed: equal seeds give equal data sets
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,

    /// Number of recurrent blocks in the circuit
    #[arg(long, value_name = "R", default_value_t = Settings::default().recurrent_blocks)]
    recurrent_blocks: usize,

    /// Number of iterations of the circuit; 1 is feed-forward
    #[arg(long, value_name = "T", default_value_t = Settings::default().iterations)]
    iterations: usize,

    /// Readout mode
    #[arg(long, value_name = "MODE", default_value_t = Settings::default().readout, value_parser = words::<Readout>())]
    readout: Readout,

    /// Number of channels in every block
    #[arg(long, value_name = "N", default_value_t = Settings::default().channels)]
    channels: usize,

    /// Strength of the bottom-up convolutions
    #[arg(long, value_name = "GAIN", default_value_t = Settings::default().bottom_up_gain)]
    bottom_up_gain: f64,

    /// Strength of the lateral convolutions
    #[arg(long, value_name = "GAIN", default_value_t = Settings::default().lateral_gain)]
    lateral_gain: f64,

    /// Strength of the batch normalizations in recurrent blocks
    #[arg(long, value_name = "GAIN", default_value_t = Settings::default().normalization_gain)]
    normalization_gain: f64,

    /// Mean number of spikes per image; neurons differ by a factor of up to two
    #[arg(long, value_name = "SPIKES", default_value_t = Settings::default().mean_count)]
    mean_count: f64,
}

/// Parses `--kind`.
fn kind() -> impl TypedValueParser<Value = Kind> {
    described_words(|kind: Kind, word| {
        word.help(match kind {
            Kind::DeadLeaves => "Overlapping discs with a power law of radii",
            Kind::Pink => "Noise whose amplitude falls as 1/f",
            Kind::Mixed => "The two kinds in turn",
        })
    })
}

pub(super) fn run(args: &SynthArgs, printer: &Printer) -> Result<Outcome> {
    let settings = Settings {
        images: args.images,
        size: args.size,
        kind: args.kind,
        neurons: args.neurons,
        trials: args.trials,
        seed: args.seed,
        recurrent_blocks: args.recurrent_blocks,
        iterations: args.iterations,
        readout: args.readout,
        channels: args.channels,
        bottom_up_gain: args.bottom_up_gain,
        lateral_gain: args.lateral_gain,
        normalization_gain: args.normalization_gain,
        mean_count: args.mean_count,
    };
    settings.validate()?;
    let progress = printer.progress((settings.images * settings.steps()) as u64, "simulating");
    let dataset = synthesize(&settings, &args.out, &|| progress.inc(1))?;
    progress.finish_and_clear();
    for warning in &dataset.warnings {
        printer.warning(warning);
    }
    printer.note(format_args!(
        "{0}: {1} images and {2} neurons; the true network is {0}/truth.safetensors",
        args.out.display(),
        settings.images,
        settings.neurons
    ));
    Ok(Outcome::Success)
}
