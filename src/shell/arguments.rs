//! The arguments of both `predict` and `evaluate`.

use super::described_words;
use crate::prediction::{ModelFile, PredictionError};
use clap::Args;
use clap::builder::TypedValueParser;
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::model::layout::Given;
use std::path::PathBuf;

/// The arguments that name a network.
#[derive(Clone, Debug, Args)]
pub struct ModelArgs {
    /// Folder of a run, a checkpoint or an exported program
    #[arg(value_name = "RUN|FILE", required = true)]
    pub model: Option<PathBuf>,

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
        let model = self.model.as_deref().ok_or(PredictionError::NoModel)?;
        ModelFile::find(model, self.key.clone(), given)
    }
}

/// Returns the parser of `--split`.
pub fn split() -> impl TypedValueParser<Value = EvaluatedPart> {
    described_words(|part, word| match part {
        EvaluatedPart::All => word.help("Every image"),
        EvaluatedPart::Train | EvaluatedPart::Validation | EvaluatedPart::Test => word,
    })
}
