//! The weights of a network as a checkpoint of pathscope's own.

use super::ExportError;
use pathscope_core::network::WholeNetwork;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};

/// Writes the weights of a network as pathscope's own checkpoint, float32: the same network gives the same bytes.
///
/// # Errors
///
/// [`ExportError::Safetensors`], which no network that was opened gives.
pub fn safetensors(network: &WholeNetwork) -> Result<Vec<u8>, ExportError> {
    let bytes: Vec<Vec<u8>> = network.tensors.values().map(|tensor| tensor.bytes()).collect();
    let views = network
        .tensors
        .iter()
        .zip(&bytes)
        .map(|((name, tensor), bytes)| Ok((name, TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, SafeTensorError>>()?;
    Ok(safetensors::serialize(views, Some(network.metadata().into_iter().collect()))?)
}
