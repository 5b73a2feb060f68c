//! `cargo xtask fixtures`: the hand-built nets. fixtures/README.md has their arithmetic.

use crate::root;
use anyhow::{Context, Result, bail};
use pathscope_core::circuit::{
    Activation, Circuit, Connection, LayerName, MultiPath, Normalization, Operation, Readout, TensorPart,
};
use pathscope_core::model::layout::own;
use safetensors::{Dtype, View};
use std::borrow::Cow;
use std::fs;

/// The ε of all nets. With the variances below, square roots are integers.
const EPSILON: f64 = 0.25;

/// A net: its name, its circuit, and the strength of each component.
struct Net {
    name: &'static str,
    circuit: Circuit,
    strengths: &'static [(&'static str, f32)],
}

struct Tensor {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn data_len(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }
}

pub(crate) fn run(check: bool) -> Result<()> {
    let folder = root().join("fixtures/nets");
    fs::create_dir_all(&folder)?;
    let mut differing = Vec::new();
    for net in nets() {
        let path = folder.join(net.name).with_extension("safetensors");
        let bytes = net.to_bytes()?;
        if !check {
            fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        } else if fs::read(&path).ok().as_ref() != Some(&bytes) {
            differing.push(path.display().to_string());
        }
    }
    if differing.is_empty() {
        return Ok(());
    }
    bail!("not what the generator writes: {}: run `cargo xtask fixtures`", differing.join(", "))
}

impl Net {
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut tensors = Vec::new();
        for &(component, strength) in self.strengths {
            let layer: LayerName = component.parse()?;
            if layer.is_normalization() {
                tensors.extend(normalization(layer, strength));
            } else {
                tensors.push(kernel(layer, strength));
            }
        }
        let named = tensors.iter().map(|tensor| (tensor.name.as_str(), tensor));
        let metadata = own::metadata(&self.circuit, EPSILON).into_iter().collect();
        Ok(safetensors::serialize(named, Some(metadata))?)
    }
}

/// Returns a kernel \[2, 2, 1, 1\] whose channels have norms 5s/4 (from 3s/4 and s) and 3s/4, with mean s.
fn kernel(layer: LayerName, s: f32) -> Tensor {
    let values = vec![0.75 * s, s, 0.0, 0.75 * s];
    Tensor { name: layer.tensor(TensorPart::Weight).to_string(), shape: vec![2, 2, 1, 1], values }
}

/// Returns a normalization whose two channels multiply by 3s / √(3.75 + ε) = 1.5s and
/// -0.5s / √(0.75 + ε) = -0.5s, with mean s.
fn normalization(layer: LayerName, s: f32) -> [Tensor; 2] {
    let tensor = |part: TensorPart, values: Vec<f32>| Tensor {
        name: layer.tensor(part).to_string(),
        shape: vec![2],
        values,
    };
    let (gamma, variance) = (vec![3.0 * s, -0.5 * s], vec![3.75, 0.75]);
    [tensor(TensorPart::Weight, gamma), tensor(TensorPart::RunningVariance, variance)]
}

fn circuit(recurrent_blocks: usize, iterations: usize, readout: Option<Readout>) -> Circuit {
    Circuit {
        readout,
        activation: Some(Activation::Relu),
        ..Circuit::of_recurrent_blocks(recurrent_blocks, iterations)
    }
}

fn with_connection(mut circuit: Circuit, connection: Connection) -> Circuit {
    circuit.connections.push(connection);
    circuit
}

/// Returns the multi-path circuit with a normalization for each path.
fn separated(mut circuit: Circuit, lengths_removed: &[usize]) -> Circuit {
    circuit.multi_path = Some(MultiPath { lengths_removed: lengths_removed.iter().copied().collect() });
    for block in &mut circuit.blocks {
        block.normalization = Normalization::PerPath;
    }
    circuit
}

fn nets() -> Vec<Net> {
    [recurrent_nets(), other_nets(), multi_path_nets()].into_iter().flatten().collect()
}

/// Returns networks of the paper's architecture.
fn recurrent_nets() -> Vec<Net> {
    vec![
        Net {
            name: "fig5",
            circuit: circuit(1, 3, Some(Readout::NoAvg)),
            strengths: &[
                ("conv[2].bottom_up", 2.0),
                ("conv[2].lateral", 0.5),
                ("bn[2,1]", 2.0),
                ("bn[2,2]", 1.0),
                ("bn[2,3]", 0.5),
            ],
        },
        Net {
            name: "readouts",
            circuit: circuit(1, 2, None),
            strengths: &[
                ("conv[2].bottom_up", 2.0),
                ("conv[2].lateral", 0.5),
                ("bn[2,1]", 1.0),
                ("bn[2,2]", 2.0),
            ],
        },
        Net {
            name: "two-blocks",
            circuit: Circuit {
                activation: Some(Activation::Softplus),
                ..circuit(2, 2, Some(Readout::LateAvg))
            },
            strengths: &[
                ("conv[2].bottom_up", 1.0),
                ("conv[2].lateral", 2.0),
                ("bn[2,1]", 1.0),
                ("bn[2,2]", 0.5),
                ("conv[3].bottom_up", 2.0),
                ("conv[3].lateral", 0.5),
                ("bn[3,1]", 1.0),
                ("bn[3,2]", 1.0),
            ],
        },
        Net {
            name: "feed-forward",
            circuit: circuit(2, 1, Some(Readout::NoAvg)),
            strengths: &[
                ("conv[2].bottom_up", 3.0),
                ("bn[2,1]", 0.5),
                ("conv[3].bottom_up", 0.5),
                ("bn[3,1]", 4.0),
            ],
        },
    ]
}

/// Returns networks with other kinds of connections.
fn other_nets() -> Vec<Net> {
    let held = || {
        let mut circuit = circuit(2, 3, Some(Readout::NoAvg));
        circuit.blocks[0].iterations = 1;
        circuit.connections.retain(|connection| (connection.from, connection.to) != (2, 2));
        circuit
    };
    let top_down = Connection::new(3, 2, 1, Operation::Convolution);
    let skip = Connection::new(1, 3, 0, Operation::Identity);
    vec![
        Net {
            name: "held-block",
            circuit: held(),
            strengths: &[
                ("conv[2].bottom_up", 2.0),
                ("bn[2,1]", 0.5),
                ("conv[3].bottom_up", 1.0),
                ("conv[3].lateral", 0.5),
                ("bn[3,1]", 1.0),
                ("bn[3,2]", 2.0),
                ("bn[3,3]", 4.0),
            ],
        },
        Net {
            name: "top-down",
            circuit: with_connection(circuit(2, 2, Some(Readout::NoAvg)), top_down),
            strengths: &[
                ("conv[2].bottom_up", 1.0),
                ("conv[2].lateral", 1.0),
                ("conv[2].top_down[3]", 2.0),
                ("bn[2,1]", 1.0),
                ("bn[2,2]", 0.5),
                ("conv[3].bottom_up", 2.0),
                ("conv[3].lateral", 1.0),
                ("bn[3,1]", 0.5),
                ("bn[3,2]", 1.0),
            ],
        },
        Net {
            name: "skip",
            circuit: with_connection(circuit(2, 2, Some(Readout::NoAvg)), skip),
            strengths: &[
                ("conv[2].bottom_up", 2.0),
                ("conv[2].lateral", 0.5),
                ("bn[2,1]", 1.0),
                ("bn[2,2]", 1.0),
                ("conv[3].bottom_up", 1.0),
                ("conv[3].lateral", 2.0),
                ("bn[3,1]", 0.5),
                ("bn[3,2]", 2.0),
            ],
        },
    ]
}

/// Returns multi-path networks.
fn multi_path_nets() -> Vec<Net> {
    vec![
        Net {
            name: "multi-path",
            circuit: separated(circuit(1, 2, Some(Readout::TwoAvg)), &[]),
            strengths: &[
                ("conv[2].bottom_up", 2.0),
                ("conv[2].lateral", 0.5),
                ("bn[2,1]", 1.0),
                ("bn[2,1,1]", 4.0),
                ("bn[2,2]", 2.0),
                ("bn[2,2,1]", 0.5),
            ],
        },
        Net {
            name: "ablated",
            circuit: separated(circuit(1, 3, Some(Readout::LateAvg)), &[1]),
            strengths: &[
                ("conv[2].bottom_up", 2.0),
                ("conv[2].lateral", 0.5),
                ("bn[2,1]", 1.0),
                ("bn[2,1,1]", 2.0),
                ("bn[2,2]", 2.0),
                ("bn[2,2,1]", 1.0),
                ("bn[2,2,2]", 1.0),
                ("bn[2,3]", 4.0),
                ("bn[2,3,1]", 4.0),
            ],
        },
    ]
}
