//! Checkpoints of the multi-path models of recurrent checkpoints.

use super::{Ablation, MultiPathError, PathNormalization, inherited_tensors, multi_path};
use crate::circuit::{TensorName, TensorPart};
use crate::files::checkpoint::{Checkpoint, CheckpointError};
use crate::graph::unroll::UnrolledCircuit;
use crate::model::layout::{Model, own};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why the multi-path model of a checkpoint cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InheritanceError {
    /// The checkpoint has no multi-path model.
    #[error("{}: {source}", .path.display())]
    MultiPath {
        /// The checkpoint.
        path: PathBuf,
        /// The reason.
        source: MultiPathError,
    },
    /// The checkpoint lacks a tensor that the paths need.
    #[error(
        "{}: has no tensor for {tensor}, which every path needs a copy of: batch normalizations have weight, bias, running_mean and running_var", .path.display()
    )]
    Missing {
        /// The checkpoint.
        path: PathBuf,
        /// The role name.
        tensor: String,
    },
    /// A tensor cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The tensors cannot be written.
    #[error("safetensors: {0}")]
    Safetensors(#[from] SafeTensorError),
}

/// Returns the multi-path model of a recurrent one as a checkpoint in pathscope's own layout, with copied
/// weights and normalizations.
///
/// All paths share the convolutions. Each path has its own copy of the normalizations, or all share them. The
/// layers around the recurrent stage are unchanged.
///
/// # Arguments
///
/// * `checkpoint`, `model` - the recurrent model
/// * `ablation` - the lengths whose paths are removed
/// * `normalization` - whether every path gets its own copy of the normalizations
///
/// # Returns
///
/// The bytes of a safetensors file in float32. The same arguments give the same bytes. If the checkpoint
/// describes only the recurrent stage, so does the result.
///
/// # Errors
///
/// [`InheritanceError`]
///
/// # Complexity
///
/// O(weights + sum of the lengths of all paths).
///
/// # Examples
///
/// ```
/// use pathscope_core::model::ablation::{Ablation, PathNormalization, inherited_checkpoint};
/// use pathscope_core::files::checkpoint::Checkpoint;
/// use pathscope_core::model::layout::recognize;
///
/// let file = std::path::Path::new("../fixtures/nets/fig5.safetensors");
/// let checkpoint = Checkpoint::open(file, None)?;
/// let model = recognize(&checkpoint, &Default::default())?;
/// let ablation = Ablation::new([1].into());
/// let bytes = inherited_checkpoint(&checkpoint, &model, &ablation, PathNormalization::PerPath)?;
/// let written = safetensors::SafeTensors::deserialize(&bytes)?;
/// // Two paths are left, of lengths 2 and 3: they end at iteration 3, where each has its own normalization.
/// assert!(written.tensor("bn[2,3,1].weight").is_ok() && written.tensor("bn[2,3,2].weight").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inherited_checkpoint(
    checkpoint: &Checkpoint,
    model: &Model,
    ablation: &Ablation,
    normalization: PathNormalization,
) -> Result<Vec<u8>, InheritanceError> {
    let path = || checkpoint.path().to_owned();
    let wrong = |source| InheritanceError::MultiPath { path: path(), source };
    let circuit = multi_path(&model.circuit, ablation.removed(), normalization).map_err(wrong)?;
    let unrolled = UnrolledCircuit::new(&circuit).map_err(|source| wrong(source.into()))?;
    let roles = model.tensors_by_role(checkpoint);
    let mut copies = inherited_tensors(&model.circuit, &unrolled, model.network.as_ref().ok());
    if roles.contains_key(&TensorName::FIRST_BIAS) && model.network.is_ok() {
        copies.push((TensorName::FIRST_BIAS, TensorName::FIRST_BIAS));
    }
    if model.network.is_err() {
        // A checkpoint of the recurrent stage serves only to measure strengths, which do not depend on these.
        let optional = |from: &TensorName| matches!(from.part, TensorPart::Bias | TensorPart::RunningMean);
        copies.retain(|(_, from)| roles.contains_key(from) || !optional(from));
    }

    let mut read: BTreeMap<&TensorName, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    for (_, from) in &copies {
        if read.contains_key(from) {
            continue;
        }
        let missing = || InheritanceError::Missing { path: path(), tensor: from.to_string() };
        let numbers = checkpoint.read(roles.get(from).ok_or_else(missing)?)?;
        let bytes = numbers.iter().flat_map(|&number| (number as f32).to_le_bytes()).collect();
        read.insert(from, (numbers.shape().to_vec(), bytes));
    }
    let view = |(to, from): &(TensorName, TensorName)| {
        let (shape, bytes) = &read[from];
        Ok((to.to_string(), TensorView::new(Dtype::F32, shape.clone(), bytes)?))
    };
    let mut views = copies.iter().map(view).collect::<Result<Vec<_>, SafeTensorError>>()?;
    views.sort_by(|(one, _), (other, _)| one.cmp(other));
    let metadata = match &model.network {
        Ok(network) => own::metadata_of_network(&circuit, model.epsilon, network),
        Err(_) => own::metadata(&circuit, model.epsilon),
    };
    Ok(safetensors::serialize(views, Some(metadata.into_iter().collect()))?)
}
