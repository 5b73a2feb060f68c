//! Arguments that several subcommands share.

use super::usage_error;
use anyhow::Result;
use clap::builder::{EnumValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use pathscope::study::results::Metric;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::model::layout::Given;
use pathscope_core::model::operator_norm::{self, OperatorNormError};
use pathscope_core::paths::strength::{BatchNormStrength, ConvolutionStrength};
use pathscope_core::program::Counted;
use pathscope_core::program::tracing::Settings;
use std::ffi::OsString;
use std::path::PathBuf;

const CHECKPOINT: &str = "What the checkpoint does not say";

/// What the user says about a checkpoint.
#[derive(Clone, Debug, Args)]
pub struct CheckpointArgs {
    /// Where the weights are: an entry of the saved dictionary, or how their names begin up to a dot
    /// ('.' for the dictionary itself) [default: model, state_dict or another usual entry if there is
    /// one, else the dictionary itself]
    #[arg(long, value_name = "KEY", help_heading = CHECKPOINT)]
    pub key: Option<String>,

    /// Layout file that describes the model (see `pathscope layout template`)
    #[arg(long, value_name = "FILE", help_heading = CHECKPOINT)]
    layout: Option<PathBuf>,

    /// config_extra.json of a published checkpoint [default: the one beside it]
    #[arg(long, value_name = "FILE", conflicts_with = "layout", help_heading = CHECKPOINT)]
    config: Option<PathBuf>,

    /// Readout mode [default: the checkpoint's; all four where it names none]
    #[arg(long, value_name = "MODE", help_heading = CHECKPOINT, value_parser = readout())]
    readout: Option<Readout>,

    /// Activation of the blocks
    #[arg(long, value_name = "NAME", help_heading = CHECKPOINT, value_parser = activation())]
    activation: Option<Activation>,

    /// Number of iterations
    #[arg(long, value_name = "T", help_heading = CHECKPOINT, value_parser = parse_iterations)]
    iterations: Option<usize>,
}

impl CheckpointArgs {
    /// Whether any of these flags is given.
    pub fn says_something(&self) -> bool {
        let Self { key, layout, config, readout, activation, iterations } = self;
        key.is_some()
            || [layout, config].iter().any(|path| path.is_some())
            || readout.is_some()
            || activation.is_some()
            || iterations.is_some()
    }

    pub fn given(&self) -> Given {
        Given {
            layout: self.layout.clone(),
            config: self.config.clone(),
            readout: self.readout,
            activation: self.activation,
            iterations: self.iterations,
        }
    }
}

impl CheckpointArgs {
    /// The same for `pathscope-torch evaluate`, which has no flags for layout files and iterations: it
    /// reads no layout file, and of iterations it can only have those that the checkpoint says.
    pub fn for_evaluation(&self) -> Vec<OsString> {
        let config = self.config.as_ref().map(|path| path.clone().into_os_string());
        [
            ("--key", self.key.as_ref().map(OsString::from)),
            ("--config", config),
            ("--readout", self.readout.map(|readout| readout.as_str().into())),
            ("--activation", self.activation.map(|activation| activation.as_str().into())),
        ]
        .into_iter()
        .filter_map(|(flag, value)| Some([OsString::from(flag), value?]))
        .flatten()
        .collect()
    }
}

/// Reads `--iterations`.
pub fn parse_iterations(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("a network has at least 1 iteration".to_owned()),
        Ok(iterations) => Ok(iterations),
        Err(_) => Err("expected a whole number from 1".to_owned()),
    }
}

const PROGRAM: &str = "What an exported program leaves open";

/// What the user says about an exported program.
#[derive(Clone, Debug, Args)]
pub struct ProgramArgs {
    /// Module at whose outputs paths begin, such as layer1.0 [default: the input]
    #[arg(long, value_name = "MODULE", help_heading = PROGRAM)]
    from: Option<String>,

    /// Module at whose last output paths end [default: the model's output]
    #[arg(long, value_name = "MODULE", help_heading = PROGRAM)]
    to: Option<String>,

    /// Input at which paths begin, by name or number from 0 [default: the first that is an image]
    #[arg(long, value_name = "INPUT", conflicts_with = "from", help_heading = PROGRAM)]
    input: Option<String>,

    /// Output at which paths end, by number from 0 [default: the last]
    #[arg(long, value_name = "INDEX", conflicts_with = "to", help_heading = PROGRAM)]
    output: Option<usize>,

    /// What adds 1 to the length of a path besides convolutions
    #[arg(long, value_name = "WHAT", help_heading = PROGRAM, value_parser = ["linear"])]
    count: Option<String>,

    /// Module or operation that gates what it is multiplied by: no path leads through it. '*' stands for any text; may be
    /// given several times
    #[arg(long = "gate", value_name = "NAME", help_heading = PROGRAM)]
    gates: Vec<String>,
}

impl ProgramArgs {
    /// Returns what the flags say.
    pub fn settings(&self) -> Settings {
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

/// Points along every side of the maps that operator norms are for, if nothing else is said. No
/// checkpoint says exactly how large its maps are; for the published models' kernels of 3 × 3 the norms on
/// 32 points are within 0.2 % of those on 128.
const MAP_SIZE: usize = 32;

/// Which strengths components have.
#[derive(Clone, Debug, Args)]
pub struct StrengthArgs {
    /// Strength of a convolution
    #[arg(long, default_value = "kernel-norm", value_name = "KIND", value_parser = EnumValueParser::<ConvStrengthArg>::new().try_map(built_in))]
    conv_strength: ConvStrengthArg,

    /// Points along every side of the map that operator-norm is for [default: 32]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    map_size: Option<u16>,

    /// Strength of a batch normalization
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    bn_strength: BnStrengthArg,
}

impl StrengthArgs {
    /// # Errors
    ///
    /// Wrong usage, where there is a size of maps and nothing that it is for.
    pub fn convolution(&self) -> Result<ConvolutionStrength> {
        match (self.conv_strength, self.map_size) {
            (ConvStrengthArg::KernelNorm, None) => Ok(ConvolutionStrength::KernelNorm),
            (ConvStrengthArg::KernelNorm, Some(_)) => {
                Err(usage_error("--map-size is for --conv-strength operator-norm: kernel-norm has no map"))
            }
            (ConvStrengthArg::OperatorNorm, map_size) => {
                Ok(ConvolutionStrength::OperatorNorm { map_size: map_size.map_or(MAP_SIZE, usize::from) })
            }
        }
    }

    pub fn batch_norm(&self) -> BatchNormStrength {
        self.bn_strength.into()
    }
}

/// How a model is analysed.
///
/// # Errors
///
/// As of [`StrengthArgs::convolution`].
pub fn analysis_options(
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

/// Reads `--readout`.
pub fn readout() -> impl TypedValueParser<Value = Readout> {
    PossibleValuesParser::new(Readout::ALL.map(Readout::as_str)).try_map(|name| name.parse::<Readout>())
}

/// Reads `--activation`.
fn activation() -> impl TypedValueParser<Value = Activation> {
    PossibleValuesParser::new(["relu", "softplus"]).try_map(|name| name.parse::<Activation>())
}

/// Reads `--metric`.
pub fn metric() -> impl TypedValueParser<Value = Metric> {
    PossibleValuesParser::new(Metric::ALL.map(Metric::as_str)).try_map(|name| name.parse::<Metric>())
}

/// `--conv-strength`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ConvStrengthArg {
    /// Mean over output channels of the 2-norm of the flattened kernel, as in the paper
    KernelNorm,
    /// Largest singular value of the convolution on periodic maps
    OperatorNorm,
}

/// Refuses at once what would otherwise be refused for every checkpoint.
fn built_in(argument: ConvStrengthArg) -> Result<ConvStrengthArg, OperatorNormError> {
    if argument == ConvStrengthArg::OperatorNorm && !operator_norm::AVAILABLE {
        return Err(OperatorNormError::NotBuiltIn);
    }
    Ok(argument)
}

/// `--bn-strength`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum BnStrengthArg {
    /// Mean |γ / √(running variance + ε)|, the factor at inference; mean |γ| without a running variance
    #[default]
    Effective,
    /// Mean |γ|
    Gamma,
}

impl From<BnStrengthArg> for BatchNormStrength {
    fn from(argument: BnStrengthArg) -> Self {
        match argument {
            BnStrengthArg::Effective => Self::Effective,
            BnStrengthArg::Gamma => Self::Gamma,
        }
    }
}

/// `--format`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For reading
    #[default]
    Table,
    /// Everything, in full precision
    Json,
    /// A row a model (analyze, compare), a tensor (inspect) or a number (table)
    Csv,
}
