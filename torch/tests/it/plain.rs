//! Networks for the tests, and a direct computation of Eqs. 1 and 2.

use pathscope_core::circuit::{
    Activation, Circuit, Connection, INPUT_BLOCK, Normalization, Operation, Readout,
};
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::model::network::Step;
use pathscope_torch::network::{Architecture, Mode, Network};
use pathscope_torch::training::Progress;
use pathscope_torch::weights::Weights;
use proptest::prelude::*;
use tch::{Kind, Tensor};

pub(crate) const EPSILON: f64 = 1e-3;

/// Returns random numbers with a standard deviation, which depend only on the seed.
pub(crate) fn numbers(shape: &[i64], deviation: f64, seed: i64) -> Tensor {
    let count: i64 = shape.iter().product();
    let phase = Tensor::arange(count, (Kind::Double, tch::Device::Cpu)) * 12.9898 + (seed as f64) * 78.233;
    let uniform = (phase.sin() * 43_758.545_3).frac();
    (uniform * (deviation * 1.7)).reshape(shape)
}

/// Returns weights of an architecture, in which all values differ.
pub(crate) fn weights(architecture: &Architecture, sizes: &TestSizes, kind: Kind) -> Weights {
    let TestSizes { channels, neurons, image, kernel } = *sizes;
    let mut weights = Weights::default();
    let mut seed = 0;
    let mut insert = |name: &str, shape: &[i64], deviation: f64, offset: f64| {
        seed += 1;
        let tensor = (numbers(shape, deviation, seed) + offset).to_kind(kind);
        let trained = !pathscope_torch::weights::is_running_statistic(name);
        weights.insert(name, tensor.set_requires_grad(trained));
    };
    let mut normalizations = Vec::new();
    if architecture.surroundings.input_normalization {
        normalizations.push(("bn[input]".to_owned(), 1));
    }
    if architecture.surroundings.first_block.contains(&Step::Normalization) {
        normalizations.push(("bn[1]".to_owned(), channels));
    }
    if architecture.surroundings.first_block.first() == Some(&Step::Activation) {
        insert("conv[1].bias", &[channels], 0.2, 0.0);
    }
    let circuit = &architecture.circuit;
    if circuit.multi_path.is_some() {
        let unrolled = UnrolledCircuit::new(circuit).unwrap();
        let of_paths = unrolled.components().iter().filter(|component| component.connection().is_none());
        normalizations.extend(of_paths.map(|component| (component.name(circuit).to_string(), channels)));
    }
    for block in circuit.block_numbers().filter(|_| circuit.multi_path.is_none()) {
        match circuit.block(block).normalization {
            Normalization::None => {}
            Normalization::Shared => normalizations.push((format!("bn[{block}]"), channels)),
            _ => {
                for t in 1..=circuit.block(block).iterations {
                    normalizations.push((format!("bn[{block},{t}]"), channels));
                }
            }
        }
    }
    for (name, channels) in normalizations {
        insert(&format!("{name}.weight"), &[channels], 0.2, 1.0);
        insert(&format!("{name}.bias"), &[channels], 0.2, 0.1);
        insert(&format!("{name}.running_mean"), &[channels], 0.2, 0.0);
        insert(&format!("{name}.running_var"), &[channels], 0.2, 1.0);
    }
    insert("conv[1].weight", &[channels, 1, kernel, kernel], 0.5, 0.0);
    for index in 0..circuit.connections.len() {
        let name = circuit.connection_name(index);
        let shape = [channels, channels, 3, 3];
        match circuit.connections[index].operation {
            Operation::Identity => {}
            Operation::Convolution => insert(&format!("{name}.weight"), &shape, 0.3, 0.0),
            Operation::ConvolutionPerIteration => {
                for t in 1..=circuit.iterations {
                    insert(&format!("{name}{{{t}}}.weight"), &shape, 0.3, 0.0);
                }
            }
        }
    }
    let map = architecture.surroundings.pooling.output_size((image - kernel + 1) as usize) as i64;
    insert("readout.spatial", &[neurons, map, map], 0.5, 0.0);
    insert("readout.feature", &[neurons, channels], 0.5, 0.1);
    insert("readout.bias", &[neurons], 0.2, 0.5);
    weights
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TestSizes {
    pub channels: i64,
    pub neurons: i64,
    pub image: i64,
    pub kernel: i64,
}

pub(crate) const SIZES: TestSizes = TestSizes { channels: 3, neurons: 2, image: 11, kernel: 3 };

pub(crate) fn activate(activation: Activation, x: &Tensor) -> Tensor {
    match activation {
        Activation::Relu => x.relu(),
        Activation::Softplus => x.softplus(),
    }
}

/// Computes batch normalization from its definition, without changing running statistics.
pub(crate) fn normalize(weights: &Weights, name: &str, x: &Tensor, mode: Mode) -> Tensor {
    let part = |part: &str| weights.get(format!("{name}.{part}")).unwrap().reshape([1, -1, 1, 1]);
    let (mean, variance) = match mode {
        Mode::Evaluation => (part("running_mean"), part("running_var")),
        Mode::Training => {
            let mean = x.mean_dim([0i64, 2, 3].as_slice(), true, None);
            let variance = (x - &mean).square().mean_dim([0i64, 2, 3].as_slice(), true, None);
            (mean, variance)
        }
    };
    (x - mean) / (variance + EPSILON).sqrt() * part("weight") + part("bias")
}

/// A direct computation of Eqs. 1 and 2 by recursion. Every output is computed each time that it is needed.
pub(crate) struct Plain<'a> {
    pub architecture: &'a Architecture,
    pub weights: &'a Weights,
    pub mode: Mode,
}

impl Plain<'_> {
    fn output(&self, input: &Tensor, block: usize, t: usize) -> Tensor {
        if block == INPUT_BLOCK {
            return input.shallow_clone();
        }
        let circuit = &self.architecture.circuit;
        let t = t.min(circuit.block(block).iterations);
        let mut sum = input.zeros_like();
        for (index, connection) in circuit.connections.iter().enumerate() {
            if connection.to != block || t <= connection.delay {
                continue;
            }
            let source = self.output(input, connection.from, t - connection.delay);
            let name = circuit.connection_name(index);
            let kernel = match connection.operation {
                Operation::Identity => None,
                Operation::Convolution => Some(format!("{name}.weight")),
                Operation::ConvolutionPerIteration => Some(format!("{name}{{{t}}}.weight")),
            };
            sum += match kernel {
                None => source,
                Some(kernel) => {
                    let kernel = self.weights.get(&kernel).unwrap();
                    source.conv2d(kernel, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1)
                }
            };
        }
        let normalized = match circuit.block(block).normalization {
            Normalization::None => sum,
            Normalization::Shared => normalize(self.weights, &format!("bn[{block}]"), &sum, self.mode),
            _ => normalize(self.weights, &format!("bn[{block},{t}]"), &sum, self.mode),
        };
        activate(circuit.activation.unwrap(), &normalized)
    }

    /// Computes Eq. 1c.
    pub(crate) fn input(&self, images: &Tensor) -> Tensor {
        let Architecture { circuit, surroundings, .. } = self.architecture;
        let mut map = images.shallow_clone();
        if surroundings.input_normalization {
            map = normalize(self.weights, "bn[input]", &map, self.mode);
        }
        let bias = self.weights.find("conv[1].bias");
        map = map.conv2d(self.weights.get("conv[1].weight").unwrap(), bias, [1, 1], [0, 0], [1, 1], 1);
        for step in &surroundings.first_block {
            map = match step {
                Step::Normalization => normalize(self.weights, "bn[1]", &map, self.mode),
                Step::Activation => activate(circuit.activation.unwrap(), &map),
            };
        }
        map
    }

    pub(crate) fn readings(&self, images: &Tensor) -> Tensor {
        let input = self.input(images);
        let circuit = &self.architecture.circuit;
        let outputs: Vec<Tensor> =
            (1..=circuit.iterations).map(|t| self.output(&input, circuit.read_from, t)).collect();
        self.read(&outputs)
    }

    /// Computes Eqs. 2a-2e from the maps of the iterations in the readout.
    pub(crate) fn read(&self, outputs: &[Tensor]) -> Tensor {
        let Architecture { circuit, surroundings, .. } = self.architecture;
        let average =
            |count: usize| Tensor::stack(&outputs[..count], 0).mean_dim([0i64].as_slice(), false, None);
        let iterations = outputs.len();
        let seen: Vec<Tensor> = match circuit.readout.unwrap() {
            Readout::NoAvg => vec![outputs[iterations - 1].shallow_clone()],
            Readout::EarlyAvg => vec![average(iterations)],
            Readout::LateAvg => outputs.iter().map(Tensor::shallow_clone).collect(),
            Readout::TwoAvg => (1..=iterations).map(average).collect(),
        };
        let read = |map: &Tensor| {
            let pooled = map.avg_pool2d([3, 3], [3, 3], [0, 0], true, true, None);
            let (spatial, feature) =
                (self.weights.get("readout.spatial").unwrap(), self.weights.get("readout.feature").unwrap());
            // Σ_c feature[n, c] Σ_xy spatial[n, x, y] a[c, x, y]
            let located = Tensor::einsum("bcxy,nxy->bnc", &[&pooled, spatial], None::<i64>);
            let drive = (located * feature).sum_dim_intlist([2i64].as_slice(), false, None)
                + self.weights.get("readout.bias").unwrap();
            activate(surroundings.output_activation, &drive)
        };
        Tensor::stack(&seen.iter().map(read).collect::<Vec<_>>(), 0)
    }
}

/// A listener that ignores the progress of a training.
pub(crate) struct Silent;

impl Progress for Silent {}

/// Returns the largest difference between two tensors, relative to their values or 1, whichever is larger.
pub(crate) fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    let scale = b.abs().max().double_value(&[]).max(1.0);
    (a - b).abs().max().double_value(&[]) / scale
}

/// Returns a copy of a network with values of this type.
pub(crate) fn network(architecture: &Architecture, kind: Kind) -> Network {
    Network::new(architecture.clone(), weights(architecture, &SIZES, kind)).unwrap()
}

/// Returns a circuit of the paper's architecture.
pub(crate) fn circuit(blocks: usize, iterations: usize, readout: Readout, activation: Activation) -> Circuit {
    let mut circuit = Circuit::of_recurrent_blocks(blocks, iterations);
    circuit.readout = Some(readout);
    circuit.activation = Some(activation);
    circuit
}

/// Returns random circuits with held blocks, all kinds of normalizations, and sometimes an additional
/// connection.
pub(crate) fn recurrent_circuits() -> impl Strategy<Value = Circuit> {
    let readouts = prop::sample::select(Readout::ALL.to_vec());
    let activations = prop::sample::select(vec![Activation::Relu, Activation::Softplus]);
    let normalizations =
        prop::sample::select(vec![Normalization::PerIteration, Normalization::Shared, Normalization::None]);
    let extra = prop::option::of((1usize..=3, 2usize..=3, 0usize..=2, 0usize..3));
    ((1usize..=2, 1usize..=4, readouts, activations), (1usize..=4, normalizations), extra).prop_map(
        |((blocks, iterations, readout, activation), held, extra)| {
            let mut circuit = circuit(blocks, iterations, readout, activation);
            circuit.blocks[0].iterations = held.0.min(iterations);
            circuit.blocks[0].normalization = held.1;
            if let Some((from, to, delay, operation)) = extra {
                let (from, to) = (from.min(blocks + 1), to.min(blocks + 1));
                // Only connections upward may have no delay. Others would close a cycle.
                let delay = if from >= to { delay.max(1) } else { delay };
                let operation =
                    [Operation::Convolution, Operation::Identity, Operation::ConvolutionPerIteration]
                        [operation];
                circuit.connections.push(Connection::new(from, to, delay, operation));
            }
            circuit
        },
    )
}
