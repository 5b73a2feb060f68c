//! Random whole networks of every supported kind.

use pathscope_core::circuit::{
    Activation, Block, Circuit, Connection, INPUT_BLOCK, MultiPath, Normalization, Operation, Readout,
};
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::model::layout::own;
use pathscope_core::model::network::{Network, Pooling, Step};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Channels, height and width of the images.
pub const IMAGE: [usize; 3] = [2, 9, 8];

const CHANNELS: usize = 3;
const NEURONS: usize = 4;
const FIRST_KERNEL: usize = 3;
pub const EPSILON: f64 = 1e-3;

/// Returns the checkpoint of a published network.
pub fn published(model: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference").join(model).join("best.pth")
}

/// A network in a temporary file.
pub struct NetFile {
    pub path: PathBuf,
    _folder: TempDir,
}

/// A network whose weights follow from their names.
#[derive(Clone, Debug)]
pub struct Net {
    pub circuit: Circuit,
    pub network: Network,
}

impl Net {
    /// Writes the network as pathscope's own checkpoint.
    pub fn file(&self) -> NetFile {
        let tensors = self.tensors();
        let bytes: BTreeMap<&String, Vec<u8>> = tensors
            .iter()
            .map(|(name, (_, values))| (name, values.iter().flat_map(|value| value.to_le_bytes()).collect()))
            .collect();
        let views = tensors.iter().map(|(name, (shape, _))| {
            (name, TensorView::new(Dtype::F32, shape.clone(), &bytes[name]).unwrap())
        });
        let metadata = own::metadata_of_network(&self.circuit, EPSILON, &self.network).into_iter().collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        fs::write(&path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
        NetFile { path, _folder: folder }
    }

    /// Returns shapes and values by role name.
    pub fn tensors(&self) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
        let mut tensors = BTreeMap::new();
        let mut add = |name: String, shape: &[usize]| {
            let values = numbers(&name, shape.iter().product());
            tensors.insert(name, (shape.to_vec(), values));
        };
        let pooled =
            [IMAGE[1], IMAGE[2]].map(|size| self.network.pooling.output_size(size + 1 - FIRST_KERNEL));
        for name in self.network.tensor_names().iter().map(ToString::to_string) {
            let shape = match name.as_str() {
                "conv[1].weight" => vec![CHANNELS, IMAGE[0], FIRST_KERNEL, FIRST_KERNEL],
                "readout.spatial" => vec![NEURONS, pooled[0], pooled[1]],
                "readout.feature" => vec![NEURONS, CHANNELS],
                "readout.bias" => vec![NEURONS],
                input if input.starts_with("bn[input]") => vec![IMAGE[0]],
                _ => vec![CHANNELS],
            };
            add(name, &shape);
        }
        if self.network.first_block.is_empty() {
            add("conv[1].bias".to_owned(), &[CHANNELS]);
        }
        for component in UnrolledCircuit::new(&self.circuit).unwrap().components() {
            let name = component.name(&self.circuit);
            match component {
                Component::Convolution { .. } => add(format!("{name}.weight"), &[CHANNELS, CHANNELS, 3, 3]),
                Component::Normalization { .. } => {
                    let parts = ["weight", "bias", "running_mean", "running_var"];
                    parts.iter().for_each(|part| add(format!("{name}.{part}"), &[CHANNELS]));
                }
                Component::Identity { .. } | Component::ConnectionNormalization { .. } => {}
            }
        }
        tensors
    }
}

/// Returns numbers that follow from a name, of a size that keeps activations near 1.
fn numbers(name: &str, count: usize) -> Vec<f32> {
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let (middle, width) = match name.rsplit('.').next() {
        Some("running_var") => (1.0, 0.8),
        Some("weight") if name.starts_with("bn[") => (1.0, 0.8),
        Some("weight") => (0.0, 0.6),
        Some("spatial" | "feature") => (0.1, 0.8),
        _ => (0.1, 0.6),
    };
    let mut number = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let uniform = (state >> 40) as f32 / (1u32 << 24) as f32;
        middle + width * (uniform - 0.5)
    };
    (0..count).map(|_| number()).collect()
}

/// Whole networks of one to three blocks, up to four iterations, and up to three connections beside the usual
/// ones, with any ends, delays of 0 to 2 and identities among them; some of them multi-path or ablated.
pub fn nets() -> impl Strategy<Value = Net> {
    (circuits(), surroundings()).prop_map(|(circuit, network)| Net { circuit, network })
}

fn surroundings() -> impl Strategy<Value = Network> {
    let first_block = prop::sample::select(vec![
        vec![Step::Normalization, Step::Activation],
        vec![Step::Activation, Step::Normalization],
        vec![Step::Activation],
        vec![],
    ]);
    let activation = prop_oneof![Just(Activation::Relu), Just(Activation::Softplus)];
    let pooling = prop_oneof![Just((3, 3)), Just((2, 3)), Just((3, 2))];
    (any::<bool>(), first_block, activation, pooling).prop_map(
        |(input_normalization, first_block, output_activation, (kernel, stride))| Network {
            input_normalization,
            first_block,
            output_activation,
            pooling: Pooling { kernel, stride },
            ..Network::default()
        },
    )
}

fn circuits() -> impl Strategy<Value = Circuit> {
    let described = (1usize..=3, 1usize..=4).prop_flat_map(|(blocks, iterations)| {
        let normalization = prop::sample::select(vec![
            Normalization::None,
            Normalization::Shared,
            Normalization::PerIteration,
        ]);
        let operation = prop_oneof![
            3 => Just(Operation::Convolution),
            1 => Just(Operation::ConvolutionPerIteration),
            2 => Just(Operation::Identity)
        ];
        let last = INPUT_BLOCK + blocks;
        let connection = (INPUT_BLOCK..=last, INPUT_BLOCK + 1..=last, 0usize..=2, operation);
        (
            Just((blocks, iterations)),
            prop::collection::vec((1..=iterations, normalization), blocks),
            prop::collection::vec(connection, 0..=3),
            INPUT_BLOCK + 1..=last,
            0usize..=1,
        )
    });
    let readout = prop::sample::select(Readout::ALL.to_vec());
    let activation = prop_oneof![Just(Activation::Relu), Just(Activation::Softplus)];
    let removed = prop::collection::btree_set(0usize..4, 0..=2);
    (described, readout, activation, prop::option::of(removed)).prop_filter_map(
        "nothing reaches the readout",
        |(((blocks, iterations), described, more, read_from, first_delay), readout, activation, removed)| {
            let mut circuit = Circuit::of_recurrent_blocks(blocks, iterations);
            circuit.readout = Some(readout);
            circuit.activation = Some(activation);
            circuit.read_from = read_from;
            for (block, (own, normalization)) in circuit.blocks.iter_mut().zip(described) {
                *block = Block { iterations: own, normalization, ..block.clone() };
            }
            // The first connection has no delay in multi-path networks, because their average would include
            // an iteration without paths.
            circuit.connections[0].delay = if removed.is_some() { 0 } else { first_delay };
            for (from, to, delay, operation) in more {
                // Only connections upward may have no delay. Others would close a cycle.
                let delay = if from < to { delay } else { delay.max(1) };
                circuit.connections.push(Connection::new(from, to, delay, operation));
            }
            multi_path(circuit, removed)
        },
    )
}

/// Returns the circuit, as a multi-path model if removed lengths are given, or `None` if no path is left.
fn multi_path(mut circuit: Circuit, removed: Option<BTreeSet<usize>>) -> Option<Circuit> {
    if let Some(lengths_removed) = removed {
        circuit.multi_path = Some(MultiPath { lengths_removed });
        for block in &mut circuit.blocks {
            if block.normalization == Normalization::PerIteration {
                block.normalization = Normalization::PerPath;
            }
        }
    }
    UnrolledCircuit::new(&circuit).ok().map(|_| circuit)
}
