//! Whole networks of every kind of circuit, with weights from a formula.

use anyhow::Result;
use pathscope_core::circuit::{
    Activation, Block, Circuit, Connection, INPUT_BLOCK, LayerName, MultiPath, Normalization, Operation,
    Readout, TensorName, TensorPart,
};
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::model::layout::own;
use pathscope_core::model::network::{Network, Step};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;

const EPSILON: f64 = 1e-3;
/// Channels, height and width of the images.
pub(super) const IMAGE: [usize; 3] = [2, 15, 13];

const FIRST_KERNEL: usize = 5;
const NEURONS: usize = 4;
const CHANNELS: usize = 3;

/// A network in pathscope's own format.
pub(super) struct Net {
    pub name: &'static str,
    circuit: Circuit,
    network: Network,
    /// Whether the first convolution has a bias.
    bias: bool,
    kernel: usize,
}

/// The shape and values of a tensor.
type Tensor = (Vec<usize>, Vec<f32>);

impl Net {
    fn new(name: &'static str, circuit: Circuit) -> Self {
        Self { name, circuit, network: Network::default(), bias: false, kernel: 3 }
    }

    /// Returns the content of the checkpoint.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let tensors = self.tensors()?;
        let bytes: BTreeMap<&String, Vec<u8>> = tensors
            .iter()
            .map(|(name, (_, values))| (name, values.iter().flat_map(|value| value.to_le_bytes()).collect()))
            .collect();
        let views = tensors
            .iter()
            .map(|(name, (shape, _))| Ok((name, TensorView::new(Dtype::F32, shape.clone(), &bytes[name])?)))
            .collect::<Result<Vec<_>>>()?;
        let metadata = own::metadata_of_network(&self.circuit, EPSILON, &self.network);
        Ok(safetensors::serialize(views, Some(metadata.into_iter().collect()))?)
    }

    fn tensors(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut tensors = BTreeMap::new();
        let mut add = |name: TensorName, shape: &[usize]| {
            let values = numbers(&name, shape.iter().product());
            tensors.insert(name.to_string(), (shape.to_vec(), values));
        };
        let pooled =
            [IMAGE[1], IMAGE[2]].map(|size| self.network.pooling.output_size(size + 1 - FIRST_KERNEL));
        for name in self.network.tensor_names() {
            let shape = match name {
                TensorName::FIRST_WEIGHT => vec![CHANNELS, IMAGE[0], FIRST_KERNEL, FIRST_KERNEL],
                TensorName::READOUT_SPATIAL => vec![NEURONS, pooled[0], pooled[1]],
                TensorName::READOUT_FEATURE => vec![NEURONS, CHANNELS],
                TensorName::READOUT_BIAS => vec![NEURONS],
                TensorName { layer: LayerName::InputNormalization, .. } => vec![IMAGE[0]],
                _ => vec![CHANNELS],
            };
            add(name, &shape);
        }
        if self.bias {
            add(TensorName::FIRST_BIAS, &[CHANNELS]);
        }
        for component in UnrolledCircuit::new(&self.circuit)?.components() {
            let kernel = [CHANNELS, CHANNELS, self.kernel, self.kernel];
            let shape = if component.is_normalization() { &kernel[..1] } else { &kernel };
            component.name(&self.circuit).tensors().into_iter().for_each(|name| add(name, shape));
        }
        Ok(tensors)
    }
}

/// Returns numbers that follow from a name, of a size that keeps activations near 1.
fn numbers(name: &TensorName, count: usize) -> Vec<f32> {
    // FNV-1a, then a linear congruential generator. The quality of the random numbers does not matter.
    let mut state = name.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 24) as f32
    };
    let around = |middle: f32, width: f32, uniform: f32| middle + width * (uniform - 0.5);
    let (middle, width) = match name.part {
        TensorPart::RunningVariance => (1.0, 0.8),
        TensorPart::Weight if name.layer.is_normalization() => (1.0, 0.8),
        TensorPart::Weight => (0.0, 0.6),
        TensorPart::Spatial | TensorPart::Feature => (0.1, 0.8),
        _ => (0.1, 0.6),
    };
    (0..count).map(|_| around(middle, width, uniform())).collect()
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

    let mut surrounded = Net::new("around", circuit(1, 2, Readout::NoAvg));
    surrounded.circuit.activation = Some(Activation::Softplus);
    surrounded.network.input_normalization = false;
    surrounded.network.first_block = vec![Step::Activation, Step::Normalization];
    surrounded.network.output_activation = Activation::Softplus;
    surrounded.network.pooling = pathscope_core::model::network::Pooling { kernel: 2, stride: 3 };
    surrounded.network.momentum = 0.25;
    surrounded.bias = true;
    surrounded.kernel = 5;
    nets.push(surrounded);
    nets
}
