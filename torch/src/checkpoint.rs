//! Reading and writing of networks as checkpoints.

use crate::error::NetworkError;
use crate::network::{Architecture, Network};
use crate::weights::Weights;
use ndarray::ArrayD;
use pathscope_core::circuit::TensorPart;
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::files::output::{OutputError, write_file};
use pathscope_core::model::layout::{self, Given, own};
use pathscope_core::model::network::Network as Surroundings;
use pathscope_core::network::NetworkError as WholeNetworkError;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use tch::{Device, Kind, TchError, Tensor};

/// A network that was read from a checkpoint.
#[derive(Debug)]
pub struct Opened {
    /// The network, on the CPU.
    pub network: Network,
    /// SHA-256 of the checkpoint.
    pub sha256: String,
}

/// Opens pathscope's own checkpoints and published ones.
///
/// # Arguments
///
/// * `path` - the checkpoint
/// * `key` - entry of the saved dictionary that holds the weights, if it is not one of the usual ones
/// * `given` - properties of the checkpoint that the user gives
///
/// # Errors
///
/// Returns [`NetworkError::Whole`] if the file lacks something that a prediction needs, or with the errors of
/// [`pathscope_core::model::layout::recognize`].
pub fn open(path: &Path, key: Option<&str>, given: &Given) -> Result<Opened, NetworkError> {
    let checkpoint = Checkpoint::open(path, key)?;
    let model = layout::recognize(&checkpoint, given)?;
    let surroundings = model.network.clone();
    let surroundings =
        surroundings.map_err(|reason| WholeNetworkError::OnlyStage { path: path.to_owned(), reason })?;
    if let Some(unknown) = Surroundings::unknown_in(&model.circuit) {
        let reason = format!("it does not name its {unknown}: give it with --{unknown}");
        return Err(WholeNetworkError::Incomplete { path: path.to_owned(), reason }.into());
    }
    let mut weights = Weights::default();
    for tensor in model.tensor_uses(&checkpoint) {
        if let Some(role) = tensor.role.filter(|role| role.part != TensorPart::BatchesTracked) {
            weights.insert(role, tensor_of(&checkpoint.read(&tensor.name)?)?);
        }
    }
    let architecture = Architecture { circuit: model.circuit, surroundings, epsilon: model.epsilon };
    let network = Network::new(architecture, weights).map_err(|error| error.in_file(path))?;
    Ok(Opened { network, sha256: pathscope_core::files::checkpoint::sha256(path)? })
}

fn tensor_of(array: &ArrayD<f64>) -> Result<Tensor, TchError> {
    let values: Vec<f32> = array.iter().map(|&value| value as f32).collect();
    let shape: Vec<i64> = array.shape().iter().map(|&size| size as i64).collect();
    Tensor::from_slice(&values).f_reshape(shape)
}

/// Writes a network as pathscope's own checkpoint. The same network gives the same bytes.
///
/// # Errors
///
/// [`SaveError`]
pub fn save(path: &Path, network: &Network) -> Result<(), SaveError> {
    let Architecture { circuit, surroundings, epsilon } = network.architecture();
    let metadata = own::metadata_of_network(circuit, *epsilon, surroundings);
    let tensors = network.weights().iter().map(|(name, tensor)| (name.to_owned(), tensor));
    write_file(path, to_bytes(tensors, metadata)?)?;
    Ok(())
}

/// The reason why tensors cannot be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The tensors cannot be written as safetensors.
    #[error("safetensors: {0}")]
    Format(#[from] SafeTensorError),
    /// The tensors cannot be copied from their device.
    #[error("libtorch: {0}")]
    Torch(#[from] TchError),
}

/// Serializes float32 tensors as a safetensors file.
///
/// # Errors
///
/// [`SaveError::Torch`] and [`SaveError::Format`].
pub fn to_bytes<'a>(
    tensors: impl IntoIterator<Item = (String, &'a Tensor)>,
    metadata: BTreeMap<String, String>,
) -> Result<Vec<u8>, SaveError> {
    let mut stored: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, tensor) in tensors {
        let shape = tensor.size().iter().map(|&size| size as usize).collect();
        let tensor = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?.f_contiguous()?;
        let mut values = vec![0f32; tensor.numel()];
        tensor.f_copy_data(&mut values, tensor.numel())?;
        stored.push((name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect()));
    }
    let views = stored
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, SafeTensorError>>()?;
    let metadata: HashMap<String, String> = metadata.into_iter().collect();
    Ok(safetensors::serialize(views, Some(metadata))?)
}

/// Returns the float32 tensors of a safetensors file.
///
/// # Errors
///
/// Returns [`SaveError::Format`] if the bytes are not such a file.
pub fn from_bytes(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, SaveError> {
    let file = safetensors::SafeTensors::deserialize(bytes)?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        let shape: Vec<i64> = view.shape().iter().map(|&size| size as i64).collect();
        if view.dtype() != Dtype::F32 {
            return Err(SafeTensorError::InvalidTensorView(view.dtype(), view.shape().to_vec(), 0).into());
        }
        tensors.insert(name.to_owned(), Tensor::f_from_data_size(view.data(), &shape, Kind::Float)?);
    }
    Ok(tensors)
}
