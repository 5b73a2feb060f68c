//! Arguments shared by several subcommands.

use super::usage_error;
use anyhow::Result;
use clap::builder::{EnumValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use pathscope::shell::{described_words, words};
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::model::layout::Given;
use pathscope_core::model::operator_norm::{self, OperatorNormError};
use pathscope_core::paths::strength::{BatchNormStrength, ConvolutionStrength};
use pathscope_core::program::Counted;
use pathscope_core::program::tracing::Settings;
use std::path::PathBuf;

const CHECKPOINT: &str = "Facts that the checkpoint does not state";

/// The facts about a checkpoint that the user gives.
#[derive(Clone, Debug, Args)]
pub(super) struct CheckpointArgs {
    /// Location of the weights: a key of the saved dictionary, or the prefix of their names up to a dot
    /// ('.' for the dictionary itself) [default: model, state_dict or another common key if present, else
    /// the dictionary itself]
    #[arg(long, value_name = "KEY", help_heading = CHECKPOINT)]
    pub key: Option<String>,

    /// Layout file that describes the model (see `pathscope layout template`)
    #[arg(long, value_name = "FILE", help_heading = CHECKPOINT)]
    layout: Option<PathBuf>,

    /// config_extra.json of a published checkpoint [default: the one next to it]
    #[arg(long, value_name = "FILE", conflicts_with = "layout", help_heading = CHECKPOINT)]
    config: Option<PathBuf>,

    /// Readout mode [default: the checkpoint's; all four if it names none]
    #[arg(long, value_name = "MODE", help_heading = CHECKPOINT, value_parser = words::<Readout>())]
    readout: Option<Readout>,

    /// Activation of the blocks
    #[arg(long, value_name = "NAME", help_heading = CHECKPOINT, value_parser = words::<Activation>())]
    activation: Option<Activation>,

    /// Number of iterations
    #[arg(long, value_name = "T", help_heading = CHECKPOINT, value_parser = parse_iterations)]
    iterations: Option<usize>,
}

impl CheckpointArgs {
    /// Returns whether any of these flags is given.
    pub(super) fn says_something(&self) -> bool {
        let Self { key, layout, config, readout, activation, iterations } = self;
        key.is_some()
            || [layout, config].iter().any(|path| path.is_some())
            || readout.is_some()
            || activation.is_some()
            || iterations.is_some()
    }

    /// Returns the values of all flags but `--key`.
    pub(super) fn given(&self) -> Given {
        Given {
            layout: self.layout.clone(),
            config: self.config.clone(),
            readout: self.readout,
            activation: self.activation,
            iterations: self.iterations,
        }
    }
}

/// Parses `--iterations`.
pub(super) fn parse_iterations(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("a network has at least 1 iteration".to_owned()),
        Ok(iterations) => Ok(iterations),
        Err(_) => Err("expected a whole number of at least 1".to_owned()),
    }
}

const PROGRAM: &str = "Choices for exported programs";

/// The choices that the user makes for an exported program.
#[derive(Clone, Debug, Args)]
pub(super) struct ProgramArgs {
    /// Module whose outputs the paths start from, such as layer1.0 [default: the input]
    #[arg(long, value_name = "MODULE", help_heading = PROGRAM)]
    from: Option<String>,

    /// Module whose last output the paths end at [default: the model's output]
    #[arg(long, value_name = "MODULE", help_heading = PROGRAM)]
    to: Option<String>,

    /// Input that the paths start from, by name or by number from 0 [default: the first image input]
    #[arg(long, value_name = "INPUT", conflicts_with = "from", help_heading = PROGRAM)]
    input: Option<String>,

    /// Output that the paths end at, by number from 0 [default: the last]
    #[arg(long, value_name = "INDEX", conflicts_with = "to", help_heading = PROGRAM)]
    output: Option<usize>,

    /// Operations that add 1 to the length of a path besides convolutions
    #[arg(long, value_name = "WHAT", help_heading = PROGRAM, value_parser = ["linear"])]
    count: Option<String>,

    /// Module or operation that only gates what it is multiplied with: no path leads through it. '*'
    /// matches any text; repeatable
    #[arg(long = "gate", value_name = "NAME", help_heading = PROGRAM)]
    gates: Vec<String>,
}

impl ProgramArgs {
    /// Returns the values of the flags.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            from: self.from.clone(),
            to: self.to.clone(),
            input: self.input.clone(),
            output: self.output,
            count: if self.count.is_some() { Counted::ConvolutionsAndLinear } else { Counted::default() },
            gates: self.gates.clone(),
        }
    }
}

/// The default map size for operator norms, in points along each side. Checkpoints do not state the size of
/// their maps. For the 3 × 3 kernels of the published models, the norms on 32 points are within 0.2 % of
/// those on 128.
const MAP_SIZE: usize = 32;

/// The definitions of the components' strengths.
#[derive(Clone, Debug, Args)]
pub(super) struct StrengthArgs {
    /// Strength of a convolution
    #[arg(long, default_value = "kernel-norm", value_name = "KIND", value_parser = EnumValueParser::<ConvStrengthArg>::new().try_map(built_in))]
    conv_strength: ConvStrengthArg,

    /// Map size for operator-norm, in points along each side [default: 32]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    map_size: Option<u16>,

    /// Strength of a batch normalization
    #[arg(long, default_value_t, value_name = "KIND", value_parser = bn_strength())]
    bn_strength: BatchNormStrength,
}

impl StrengthArgs {
    /// # Errors
    ///
    /// Returns a usage error if a map size is given for a strength that does not need one.
    pub(super) fn convolution(&self) -> Result<ConvolutionStrength> {
        match (self.conv_strength, self.map_size) {
            (ConvStrengthArg::KernelNorm, None) => Ok(ConvolutionStrength::KernelNorm),
            (ConvStrengthArg::KernelNorm, Some(_)) => Err(usage_error(
                "--map-size needs --conv-strength operator-norm: kernel-norm does not use a map",
            )),
            (ConvStrengthArg::OperatorNorm, map_size) => {
                Ok(ConvolutionStrength::OperatorNorm { map_size: map_size.map_or(MAP_SIZE, usize::from) })
            }
        }
    }

    pub(super) fn batch_norm(&self) -> BatchNormStrength {
        self.bn_strength
    }
}

/// Returns the settings of an analysis.
///
/// # Errors
///
/// Returns the errors of [`StrengthArgs::convolution`].
pub(super) fn analysis_options(
    checkpoint: &CheckpointArgs,
    program: &ProgramArgs,
    strength: &StrengthArgs,
) -> Result<AnalysisOptions> {
    Ok(AnalysisOptions {
        paths: program.settings(),
        key: checkpoint.key.clone(),
        given: checkpoint.given(),
        convolution_strength: strength.convolution()?,
        batch_norm_strength: strength.batch_norm(),
    })
}

/// The value of `--conv-strength`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ConvStrengthArg {
    /// Mean over output channels of the 2-norm of the flattened kernel, as in the paper
    KernelNorm,
    /// Largest singular value of the convolution, with periodic boundaries
    OperatorNorm,
}

/// Refuses an unavailable strength before any checkpoint is read.
fn built_in(argument: ConvStrengthArg) -> Result<ConvStrengthArg, OperatorNormError> {
    if argument == ConvStrengthArg::OperatorNorm && !operator_norm::AVAILABLE {
        return Err(OperatorNormError::NotBuiltIn);
    }
    Ok(argument)
}

/// Parses `--bn-strength`.
fn bn_strength() -> impl TypedValueParser<Value = BatchNormStrength> {
    described_words(|strength: BatchNormStrength, word| {
        word.help(match strength {
            BatchNormStrength::Effective => {
                "Mean |γ / √(running variance + ε)|, the scale at inference; mean |γ| without a running variance"
            }
            BatchNormStrength::Gamma => "Mean |γ|",
        })
    })
}

/// The value of `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    /// Text for people
    #[default]
    Table,
    /// All results, in full precision
    Json,
    /// One row per model (analyze, compare), tensor (inspect) or value (table)
    Csv,
}
