//! Random whole networks of every supported kind.

use pathscope_core::circuit::{
    Activation, Block, Circuit, Connection, INPUT_BLOCK, MultiPath, Normalization, Operation, Readout,
};
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::model::network::{Network, Pooling, Step};
use pathscope_core::model::testing::TestNet;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Channels, height and width of the images.
pub const IMAGE: [usize; 3] = [2, 9, 8];

/// Returns the checkpoint of a published network.
pub fn published(model: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference").join(model).join("best.pth")
}

/// A network in a temporary file.
pub struct NetFile {
    pub path: PathBuf,
    _folder: TempDir,
}

/// Writes a network to a file of its own.
pub fn file_of(net: &TestNet) -> NetFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, net.to_bytes()).unwrap();
    NetFile { path, _folder: folder }
}

/// Whole networks of one to three blocks, up to four iterations, and up to three connections beside the usual ones,
/// with any ends, delays of 0 to 2 and identities among them; some of them multi-path or ablated.
pub fn nets() -> impl Strategy<Value = TestNet> {
    (circuits(), surroundings()).prop_map(|(circuit, network)| {
        let first_bias = network.first_block.is_empty();
        TestNet { circuit, network, image: IMAGE, first_kernel: 3, kernel: 3, first_bias }
    })
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
