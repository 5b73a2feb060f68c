//! The errors of analyzing a file.

use crate::files::checkpoint::CheckpointError;
use crate::model::layout::LayoutError;
use crate::program::ProgramError;
use std::path::PathBuf;
use thiserror::Error;

/// The reasons why a file cannot be analyzed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// The checkpoint cannot be read.
    #[error(transparent)]
    Layout(LayoutError),
    /// The file is neither a checkpoint nor an exported program.
    #[error(
        "{0}; or export the model with torch.export.save(torch.export.export(model.eval(), (images,)), 'model.pt2'), which pathscope also reads"
    )]
    Neither(Box<CheckpointError>),
    /// The exported program cannot be read.
    #[error(transparent)]
    Program(Box<ProgramError>),
    /// Options for checkpoints were given for a program.
    #[error(
        "{}: this is an exported program, which already defines what it computes: leave out --key, --layout, --config, --readout, --activation and --iterations, which are for checkpoints",
        .path.display()
    )]
    OptionsOfCheckpoints {
        /// The file.
        path: PathBuf,
    },
    /// Options for programs were given for a checkpoint.
    #[error(
        "{}: this is a checkpoint, whose paths begin after the first block and end at the readout: --from, --to, --input, --output, --count and --gate are for exported programs (torch.export.save)",
        .path.display()
    )]
    OptionsOfPrograms {
        /// The file.
        path: PathBuf,
    },
}

impl From<ProgramError> for AnalysisError {
    fn from(error: ProgramError) -> Self {
        Self::Program(Box::new(error))
    }
}

impl From<LayoutError> for AnalysisError {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::Checkpoint(problem @ CheckpointError::OtherKind { .. }) => {
                Self::Neither(Box::new(problem))
            }
            error => Self::Layout(error),
        }
    }
}
