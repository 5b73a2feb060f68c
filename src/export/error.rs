//! Reasons why a network cannot be exported.

use pathscope_core::network::NetworkError;
use thiserror::Error;

/// A reason why a network cannot be exported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The checkpoint does not hold a whole network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The weights cannot be written as safetensors.
    #[error("the weights cannot be written as safetensors: {0}")]
    Safetensors(#[from] safetensors::SafeTensorError),
    /// The archive cannot be written.
    #[error("the TorchScript archive cannot be written: {0}")]
    Archive(#[from] zip::result::ZipError),
}
