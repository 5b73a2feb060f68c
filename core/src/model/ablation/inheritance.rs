//! Initial weights that a multi-path model copies from its recurrent model.

use crate::circuit::Circuit;
use crate::graph::unroll::{Component, UnrolledCircuit};
use crate::model::network::{BATCH_NORM_PARTS, Network};

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
/// assert!(names.contains(&("bn[2,2,1].weight".to_owned(), "bn[2,2].weight".to_owned())));
/// assert!(names.contains(&("conv[2].lateral.weight".to_owned(), "conv[2].lateral.weight".to_owned())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inherited_tensors(
    recurrent: &Circuit,
    multi_path: &UnrolledCircuit,
    network: Option<&Network>,
) -> Vec<(String, String)> {
    let around = network.map(Network::tensor_names).unwrap_or_default();
    let mut names: Vec<(String, String)> = around.into_iter().map(|name| (name.clone(), name)).collect();
    for component in multi_path.components() {
        let name = component.name(recurrent);
        match *component {
            Component::Convolution { .. } => names.push((format!("{name}.weight"), format!("{name}.weight"))),
            Component::Identity { .. } => {}
            Component::Normalization { block, iteration, .. } => {
                let shared = recurrent.block(block).normalization == crate::circuit::Normalization::Shared;
                let iteration = iteration.filter(|_| !shared);
                let source = Component::Normalization { block, iteration, path_use: 0 }.name(recurrent);
                for part in BATCH_NORM_PARTS {
                    names.push((format!("{name}.{part}"), format!("{source}.{part}")));
                }
            }
            Component::ConnectionNormalization { .. } => {
                names.extend(
                    BATCH_NORM_PARTS.map(|part| (format!("{name}.{part}"), format!("{name}.{part}"))),
                );
            }
        }
    }
    names
}
