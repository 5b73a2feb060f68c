//! pathscope's own checkpoints: one safetensors file with weights under role names and the circuit as JSON in
//! its metadata.
//!
//! The weights of a component are `NAME.weight`, and those of a normalization also `NAME.running_var`. NAME
//! is given by [`Component::name`]: `conv[2].lateral.weight`, `bn[2,1].running_var`. A checkpoint of a whole
//! network also has the tensors of [`Network::tensor_names`], the other parts of the normalizations, and a
//! description of the network in its metadata.

use super::model::{Description, Names, other_roles};
use super::{ComponentTensors, Given, LayoutError, Model, settle};
use crate::circuit::{Circuit, LayerName, TensorPart};
use crate::files::checkpoint::Checkpoint;
use crate::graph::unroll::Component;
use crate::model::network::{Network, UnknownNetwork};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of this layout.
pub const NAME: &str = "pathscope";
/// The file name of the trained network in the folder of a run.
pub const MODEL_FILE: &str = "model.safetensors";

const METADATA_KEY: &str = "pathscope";
const SCHEMA: &str = "pathscope/circuit/1";

#[derive(Serialize, Deserialize)]
struct Header {
    schema: String,
    epsilon: f64,
    circuit: Circuit,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<Network>,
}

struct RoleNames<'a>(&'a Circuit);

impl Names for RoleNames<'_> {
    fn tensors(&self, component: &Component) -> ComponentTensors {
        let name = component.name(self.0);
        match component {
            Component::Convolution { .. } => {
                ComponentTensors::convolution(name.tensor(TensorPart::Weight).to_string())
            }
            Component::Identity { .. } => ComponentTensors::default(),
            Component::Normalization { .. } | Component::ConnectionNormalization { .. } => {
                ComponentTensors::batch_normalization(name)
            }
        }
    }
}

/// Returns the metadata that makes a safetensors file a checkpoint of this layout.
///
/// # Arguments
///
/// * `circuit` - the circuit
/// * `epsilon` - ε of its batch normalizations
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Circuit;
///
/// let metadata = pathscope_core::model::layout::own::metadata(&Circuit::of_recurrent_blocks(1, 3), 1e-3);
/// assert!(metadata["pathscope"].contains("pathscope/circuit/1"));
/// ```
pub fn metadata(circuit: &Circuit, epsilon: f64) -> BTreeMap<String, String> {
    header(circuit, epsilon, None)
}

/// Returns the metadata for a checkpoint that also holds the parts outside the recurrent stage, whose tensors
/// are [`Network::tensor_names`].
pub fn metadata_of_network(circuit: &Circuit, epsilon: f64, network: &Network) -> BTreeMap<String, String> {
    header(circuit, epsilon, Some(network.clone()))
}

fn header(circuit: &Circuit, epsilon: f64, network: Option<Network>) -> BTreeMap<String, String> {
    let header = Header { schema: SCHEMA.to_owned(), epsilon, circuit: circuit.clone(), network };
    // Plain structs of strings and numbers always serialize.
    let text = serde_json::to_string(&header).unwrap_or_default();
    BTreeMap::from([(METADATA_KEY.to_owned(), text)])
}

/// Returns whether a checkpoint has this layout.
pub fn recognizes(checkpoint: &Checkpoint) -> bool {
    checkpoint.metadata().contains_key(METADATA_KEY)
}

/// Reads a checkpoint of this layout.
///
/// # Errors
///
/// [`LayoutError::Malformed`] if the circuit cannot be read; [`LayoutError::Contradiction`] if a different
/// value was given; [`LayoutError::Mismatch`] if tensors are missing.
pub fn read(checkpoint: &Checkpoint, given: &Given) -> Result<Model, LayoutError> {
    let path = checkpoint.path();
    let malformed = |detail: String| LayoutError::Malformed { path: path.to_owned(), detail };
    let text = &checkpoint.metadata()[METADATA_KEY];
    let Header { schema, epsilon, mut circuit, network } = serde_json::from_str(text)
        .map_err(|error| malformed(format!("the circuit in its metadata cannot be read: {error}")))?;
    if schema != SCHEMA {
        return Err(malformed(format!(
            "its circuit is written as '{schema}', but this version of pathscope reads '{SCHEMA}': update pathscope"
        )));
    }
    if !(epsilon.is_finite() && epsilon >= 0.0) {
        return Err(malformed(format!("its metadata gives epsilon as {epsilon}, expected at least 0")));
    }
    let by = || "its metadata".to_owned();
    circuit.readout =
        settle(path, "the readout", circuit.readout.map(|stated| (stated, by())), given.readout)?;
    circuit.activation =
        settle(path, "the activation", circuit.activation.map(|stated| (stated, by())), given.activation)?;
    settle(path, "the number of iterations", Some((circuit.iterations, by())), given.iterations)?;
    let names_of = circuit.clone();
    let outside = LayerName::OUTSIDE.map(|layer| (format!("{layer}."), layer));
    let description = Description {
        layout: NAME.to_owned(),
        described_in: path,
        circuit,
        epsilon,
        evidence: vec![format!("its metadata holds a circuit ('{SCHEMA}')")],
        input_files: Vec::new(),
        network: network.ok_or(UnknownNetwork::Metadata),
        other_roles: other_roles(checkpoint, &outside),
        // Block 1, the input of the recurrent stage, is not part of the circuit.
        exhaustive: Box::new(move |name| {
            LayerName::STAGE_PREFIXES.iter().any(|kind| name.starts_with(kind))
                && !outside.iter().any(|(prefix, _)| name.starts_with(prefix))
        }),
        mismatches: Vec::new(),
        hint: String::new(),
    };
    Model::new(checkpoint, description, &RoleNames(&names_of))
}
