//! Arguments that several subcommands share.

use clap::{Args, ValueEnum};
use pathscope::circuit::{Activation, Readout};
use pathscope::layout::Given;
use pathscope::strength::BatchNormStrength;
use std::path::PathBuf;

const CHECKPOINT: &str = "What the checkpoint does not say";

/// What the user says about a checkpoint.
#[derive(Clone, Debug, Args)]
pub struct CheckpointArgs {
    /// Entry of the saved dictionary that holds the weights [default: model, state_dict or
    /// model_state_dict if there is one, else the dictionary itself]
    #[arg(long, value_name = "KEY", help_heading = CHECKPOINT)]
    pub key: Option<String>,

    /// Layout file that describes the model (see `pathscope layout template`)
    #[arg(long, value_name = "FILE", help_heading = CHECKPOINT)]
    layout: Option<PathBuf>,

    /// config_extra.json of a published checkpoint [default: the one beside it]
    #[arg(long, value_name = "FILE", conflicts_with = "layout", help_heading = CHECKPOINT)]
    config: Option<PathBuf>,

    /// Readout mode [default: the checkpoint's; all four where it names none]
    #[arg(long, value_name = "MODE", help_heading = CHECKPOINT, value_parser = ["no-avg", "early-avg", "late-avg", "2-avg"])]
    readout: Option<String>,

    /// Activation of the blocks
    #[arg(long, value_name = "NAME", help_heading = CHECKPOINT, value_parser = ["relu", "softplus"])]
    activation: Option<String>,

    /// Number of iterations
    #[arg(long, value_name = "T", help_heading = CHECKPOINT, value_parser = parse_iterations)]
    iterations: Option<usize>,
}

impl CheckpointArgs {
    pub fn given(&self) -> Given {
        Given {
            layout: self.layout.clone(),
            config: self.config.clone(),
            readout: self.readout.as_ref().and_then(|name| name.parse::<Readout>().ok()),
            activation: self.activation.as_ref().and_then(|name| name.parse::<Activation>().ok()),
            iterations: self.iterations,
        }
    }
}

fn parse_iterations(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("a network has at least 1 iteration".to_owned()),
        Ok(iterations) => Ok(iterations),
        Err(_) => Err("expected a whole number from 1".to_owned()),
    }
}

/// `--bn-strength`
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum BnStrengthArg {
    /// Mean |γ / √(running variance + ε)|, the factor at inference
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
    /// A row a model (analyze) or a tensor (inspect)
    Csv,
}
