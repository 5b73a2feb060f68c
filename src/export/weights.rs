//! The weights of a network as pathscope's own checkpoint.

use super::ExportError;
use pathscope_core::network::WholeNetwork;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};

/// Returns the weights of a network as pathscope's own checkpoint in float32. The same network gives the same
/// bytes.
///
/// # Errors
///
/// [`ExportError::Safetensors`], which does not happen for a network that was opened.
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
