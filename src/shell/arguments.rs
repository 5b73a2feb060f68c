//! The arguments of both `predict` and `evaluate`.

use crate::prediction::{ModelFile, PredictionError};
use clap::{Args, ValueEnum};
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::model::layout::Given;
use std::path::PathBuf;

/// The arguments that name a network.
#[derive(Clone, Debug, Args)]
pub struct ModelArgs {
    /// Folder of a run, a checkpoint or an exported program
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,

    /// Key of the saved dictionary that holds the weights
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// config_extra.json of a published checkpoint [default: the one next to it]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Readout mode, if the checkpoint names none
    #[arg(long, value_name = "MODE")]
    readout: Option<Readout>,

    /// Activation, if the checkpoint names none
    #[arg(long, value_name = "NAME")]
    activation: Option<Activation>,
}

impl ModelArgs {
    /// Finds the file that is named; does not open it.
    pub(super) fn find(&self) -> Result<ModelFile, PredictionError> {
        let given = Given {
            config: self.config.clone(),
            readout: self.readout,
            activation: self.activation,
            ..Given::default()
        };
        ModelFile::find(&self.model, self.key.clone(), given)
    }
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
