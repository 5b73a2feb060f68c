//! Initial weights that a multi-path model copies from its recurrent model.

use crate::circuit::{Circuit, LayerName, Normalization, TensorName};
use crate::graph::unroll::UnrolledCircuit;
use crate::model::network::Network;

/// Returns the tensors of a multi-path model, each paired with the tensor of the recurrent model that it
/// copies.
///
/// The names are the role names of pathscope's own checkpoints. Convolutions are shared. Every path gets
/// normalizations of its own if it has some (paper, Fig. 4 and appendix E). The layers around the recurrent
/// stage are unchanged.
///
/// # Arguments
///
/// * `recurrent` - the circuit of the recurrent model
/// * `multi_path` - the unrolled result of [`super::multi_path`]
/// * `network` - the layers around both, if known; the optional `conv[1].bias` is not among the returned
///   tensors
///
/// # Complexity
///
/// O(components of the multi-path model).
///
/// # Examples
///
/// ```
/// use pathscope_core::model::ablation::{PathNormalization, inherited_tensors, multi_path};
/// use pathscope_core::circuit::Circuit;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let recurrent = Circuit::of_recurrent_blocks(1, 2);
/// let paths = UnrolledCircuit::new(&multi_path(&recurrent, &[].into(), PathNormalization::PerPath)?)?;
/// let names = inherited_tensors(&recurrent, &paths, None);
/// assert!(names.contains(&("bn[2,2,1].weight".parse()?, "bn[2,2].weight".parse()?)));
/// assert!(names.contains(&("conv[2].lateral.weight".parse()?, "conv[2].lateral.weight".parse()?)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inherited_tensors(
    recurrent: &Circuit,
    multi_path: &UnrolledCircuit,
    network: Option<&Network>,
) -> Vec<(TensorName, TensorName)> {
    let around = network.map(Network::tensor_names).unwrap_or_default();
    let mut names: Vec<(TensorName, TensorName)> =
        around.into_iter().map(|name| (name.clone(), name)).collect();
    for component in multi_path.components() {
        let layer = component.name(recurrent);
        let source = match layer {
            LayerName::Normalization { block, iteration, .. } => {
                let shared = recurrent.block(block).normalization == Normalization::Shared;
                let iteration = iteration.filter(|_| !shared);
                LayerName::Normalization { block, iteration, path_use: 0 }
            }
            same => same,
        };
        names.extend(layer.tensors().into_iter().zip(source.tensors()));
    }
    names
}
