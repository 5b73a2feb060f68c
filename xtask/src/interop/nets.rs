//! Whole networks of every kind of circuit, with weights from a formula.

use pathscope_core::circuit::{
    Activation, Block, Circuit, Connection, INPUT_BLOCK, MultiPath, Normalization, Operation, Readout,
};
use pathscope_core::model::network::{Network, Pooling, Step};
use pathscope_core::model::testing::TestNet;

/// Channels, height and width of the images.
pub(super) const IMAGE: [usize; 3] = [2, 15, 13];

/// A network that PyTorch is to compute.
pub(super) struct Net {
    pub name: &'static str,
    pub net: TestNet,
}

impl Net {
    fn new(name: &'static str, circuit: Circuit) -> Self {
        let network = Network::default();
        let net = TestNet { circuit, network, image: IMAGE, first_kernel: 5, kernel: 3, first_bias: false };
        Self { name, net }
    }
}

fn circuit(recurrent_blocks: usize, iterations: usize, readout: Readout) -> Circuit {
    Circuit {
        readout: Some(readout),
        activation: Some(Activation::Relu),
        ..Circuit::of_recurrent_blocks(recurrent_blocks, iterations)
    }
}

fn connection(from: usize, to: usize, delay: usize, operation: Operation) -> Connection {
    Connection::new(from, to, delay, operation)
}

/// Returns the circuit with additional connections.
fn with(mut circuit: Circuit, connections: &[Connection]) -> Circuit {
    circuit.connections.extend_from_slice(connections);
    circuit
}

/// Returns the circuit with these normalizations, from the first recurrent block upward.
fn normalized(mut circuit: Circuit, normalizations: &[Normalization]) -> Circuit {
    for (block, &normalization) in circuit.blocks.iter_mut().zip(normalizations) {
        block.normalization = normalization;
    }
    circuit
}

fn multi_path(mut circuit: Circuit, lengths_removed: &[usize]) -> Circuit {
    circuit.multi_path = Some(MultiPath { lengths_removed: lengths_removed.iter().copied().collect() });
    circuit
}

pub(super) fn nets() -> Vec<Net> {
    use Normalization::{None as Unnormalized, PerIteration, PerPath, Shared};
    use Operation::{Convolution, ConvolutionPerIteration, Identity};
    let top_down = || connection(3, 2, 1, Convolution);
    let skip = || connection(INPUT_BLOCK, 3, 0, Convolution);
    let identity = || connection(INPUT_BLOCK, 3, 0, Identity);
    let mut nets = vec![
        Net::new("two-blocks-no-avg", circuit(2, 4, Readout::NoAvg)),
        Net::new("two-blocks-early-avg", circuit(2, 3, Readout::EarlyAvg)),
        Net::new("feed-forward-three-blocks", circuit(3, 1, Readout::NoAvg)),
        Net::new("top-down-and-skip", with(circuit(2, 3, Readout::TwoAvg), &[top_down(), skip()])),
        Net::new("identity", with(circuit(2, 3, Readout::LateAvg), &[identity()])),
        Net::new("feed-forward-identity", with(circuit(2, 1, Readout::NoAvg), &[identity()])),
        Net::new(
            "late-and-alike",
            with(
                circuit(2, 4, Readout::TwoAvg),
                &[
                    connection(2, 2, 2, Convolution),
                    connection(2, 2, 2, Convolution),
                    connection(3, 2, 3, Identity),
                ],
            ),
        ),
        Net::new("shared-normalization", normalized(circuit(2, 3, Readout::LateAvg), &[Shared, Shared])),
        Net::new("without-normalization", normalized(circuit(1, 3, Readout::TwoAvg), &[Unnormalized])),
        Net::new(
            "mixed-normalization",
            normalized(circuit(3, 3, Readout::EarlyAvg), &[Shared, PerIteration, Unnormalized]),
        ),
        Net::new(
            "multi-path-two-blocks",
            normalized(multi_path(circuit(2, 3, Readout::TwoAvg), &[]), &[PerPath; 2]),
        ),
        Net::new(
            "ablated-two-blocks-no-avg",
            normalized(multi_path(circuit(2, 4, Readout::NoAvg), &[2, 5]), &[PerPath; 2]),
        ),
        Net::new("multi-path-per-iteration", multi_path(circuit(2, 3, Readout::EarlyAvg), &[])),
        Net::new("ablated-per-iteration", multi_path(circuit(1, 5, Readout::TwoAvg), &[1, 3])),
        Net::new(
            "multi-path-top-down-identity",
            normalized(
                multi_path(with(circuit(2, 3, Readout::LateAvg), &[top_down(), identity()]), &[1]),
                &[PerPath, Unnormalized],
            ),
        ),
    ];
    let mut held = circuit(2, 4, Readout::LateAvg);
    held.blocks[0].iterations = 2;
    nets.push(Net::new("held-block", held.clone()));
    held.blocks[1].iterations = 3;
    nets.push(Net::new("held-top-block", held.clone()));
    nets.push(Net::new("multi-path-held-block", normalized(multi_path(held, &[]), &[PerPath; 2])));

    // No signal reaches the second block at iteration 1, but it has an output.
    let mut late = normalized(circuit(2, 3, Readout::LateAvg), &[Shared, Shared]);
    late.connections[0].delay = 1;
    nets.push(Net::new("silent-block", late));

    let mut kernels = circuit(1, 3, Readout::TwoAvg);
    kernels.connections[1].operation = ConvolutionPerIteration;
    nets.push(Net::new("kernel-per-iteration", kernels.clone()));
    nets.push(Net::new("multi-path-kernel-per-iteration", multi_path(kernels, &[])));

    // The top block is computed only at the last iteration.
    let mut unread = circuit(2, 3, Readout::NoAvg);
    unread.connections.retain(|connection| (connection.from, connection.to) != (3, 3));
    nets.push(Net::new("unread-iterations", unread));

    let mut below = circuit(2, 3, Readout::LateAvg);
    below.blocks.push(Block { name: "aside".to_owned(), iterations: 3, normalization: PerIteration });
    below.connections.push(connection(3, 4, 0, Convolution));
    below.connections.push(connection(4, 2, 1, Convolution));
    nets.push(Net::new("read-below-the-top", below));

    let mut around = Net::new("around", circuit(1, 2, Readout::NoAvg));
    around.net.circuit.activation = Some(Activation::Softplus);
    around.net.network = Network {
        input_normalization: false,
        first_block: vec![Step::Activation, Step::Normalization],
        output_activation: Activation::Softplus,
        pooling: Pooling { kernel: 2, stride: 3 },
        momentum: 0.25,
    };
    (around.net.first_bias, around.net.kernel) = (true, 5);
    nets.push(around);
    nets
}
