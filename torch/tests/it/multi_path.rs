//! Multi-path networks, compared with a direct computation path by path.

use crate::plain::{
    EPSILON, Plain, SIZES, activate, circuit, difference, network, normalize, numbers, recurrent_circuits,
};
use pathscope_core::circuit::{Activation, Connection, Operation, Readout};
use pathscope_core::graph::Part;
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::model::ablation::{PathNormalization, lengths_of, multi_path};
use pathscope_core::model::network::{Network as Surroundings, Step};
use pathscope_torch::error::NetworkError;
use pathscope_torch::network::{Architecture, Mode, Network, Recomputation};
use pathscope_torch::weights::Weights;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tch::{Kind, Tensor};

/// A direct computation with a separate chain for every path, in the order of the unrolled circuit, without
/// sharing or planning.
struct PathByPath<'a> {
    plain: Plain<'a>,
    unrolled: UnrolledCircuit,
    /// Running mean and variance of the normalizations, updated by the paths.
    moved: BTreeMap<String, (Tensor, Tensor)>,
}

impl<'a> PathByPath<'a> {
    fn new(network: &'a Network, mode: Mode) -> Self {
        let plain = Plain { architecture: network.architecture(), weights: network.weights(), mode };
        let unrolled = UnrolledCircuit::new(&plain.architecture.circuit).unwrap();
        Self { plain, unrolled, moved: BTreeMap::new() }
    }

    fn readings(&mut self, images: &Tensor) -> Tensor {
        let input = self.plain.input(images);
        let seen = self.unrolled.readout_iterations().to_vec();
        let read_at_last = self.plain.architecture.circuit.readout == Some(Readout::NoAvg);
        let mut sums: BTreeMap<usize, Tensor> = BTreeMap::new();
        for path in self.unrolled.paths().collect::<Vec<_>>() {
            let iterations = &self.unrolled.end_iterations()[path.end].clone();
            if read_at_last && !iterations.contains(seen.last().unwrap()) {
                continue;
            }
            let map = self.chain(&input, &path.nodes);
            for iteration in iterations {
                let sum = sums.remove(iteration).map_or_else(|| map.shallow_clone(), |sum| sum + &map);
                sums.insert(*iteration, sum);
            }
        }
        let outputs: Vec<Tensor> = sums.into_values().collect();
        self.plain.read(&outputs)
    }

    fn chain(&mut self, input: &Tensor, nodes: &[petgraph::graph::NodeIndex]) -> Tensor {
        let circuit = &self.plain.architecture.circuit;
        let mut map = input.shallow_clone();
        for &node in &nodes[1..] {
            let part = self.unrolled.graph().part(node);
            map = match part {
                Part::Source => unreachable!("it comes first"),
                Part::Sum => activate(circuit.activation.unwrap(), &map),
                Part::Component(index) => {
                    let component = self.unrolled.components()[index];
                    let name = component.name(circuit).to_string();
                    match component {
                        Component::Identity { .. } => map,
                        Component::Convolution { .. } => {
                            let kernel = self.plain.weights.get(format!("{name}.weight")).unwrap();
                            map.conv2d(kernel, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1)
                        }
                        Component::ConnectionNormalization { .. } => unreachable!("no network here has one"),
                        Component::Normalization { .. } => {
                            self.move_statistics(&name, &map);
                            normalize(self.plain.weights, &name, &map, self.plain.mode)
                        }
                    }
                }
            };
        }
        map
    }

    fn move_statistics(&mut self, name: &str, map: &Tensor) {
        let weights = self.plain.weights;
        let momentum = self.plain.architecture.surroundings.momentum;
        let running = |part: &str| weights.get(format!("{name}.{part}")).unwrap().copy();
        let (mean, variance) =
            self.moved.remove(name).unwrap_or_else(|| (running("running_mean"), running("running_var")));
        let dimensions = [0i64, 2, 3];
        let map = map.detach();
        let of_batch = map.mean_dim(dimensions.as_slice(), false, None);
        let spread = map.var_dim(dimensions.as_slice(), true, false);
        let moved = |running: Tensor, batch: Tensor| running * (1.0 - momentum) + batch * momentum;
        self.moved.insert(name.to_owned(), (moved(mean, of_batch), moved(variance, spread)));
    }
}

#[derive(Clone, Debug)]
struct Case {
    architecture: Architecture,
    batch: i64,
    width: usize,
    /// A fraction of the range from the least memory of a step to that of keeping all activations.
    limit: f64,
}

fn cases() -> impl Strategy<Value = Case> {
    let removed = prop::collection::btree_set(0usize..6, 0..3);
    let normalization = prop::sample::select(vec![PathNormalization::PerPath, PathNormalization::Shared]);
    let first_blocks = prop::sample::select(vec![vec![Step::Normalization, Step::Activation], vec![]]);
    let outputs = prop::sample::select(vec![Activation::Relu, Activation::Softplus]);
    (
        recurrent_circuits(),
        (removed, normalization),
        (first_blocks, outputs, any::<bool>()),
        (2i64..=5, 1usize..=4, 0.0f64..1.3),
    )
        .prop_filter_map(
            "a circuit without cycles, and paths that are left",
            |(
                recurrent,
                (removed, normalization),
                (first_block, output, normalized),
                (batch, width, limit),
            )| {
                let lengths: Vec<usize> = lengths_of(&recurrent).ok()?.into_iter().collect();
                let removed: BTreeSet<usize> =
                    removed.into_iter().filter_map(|index| lengths.get(index).copied()).collect();
                let circuit = multi_path(&recurrent, &removed, normalization).ok()?;
                let surroundings = Surroundings {
                    first_block,
                    input_normalization: normalized,
                    output_activation: output,
                    ..Surroundings::default()
                };
                let architecture = Architecture { circuit, surroundings, epsilon: EPSILON };
                Some(Case { architecture, batch, width, limit })
            },
        )
}

fn images(batch: i64) -> Tensor {
    numbers(&[batch, 1, SIZES.image, SIZES.image], 1.0, 99)
}

/// Returns a weighted sum with different weights for all readings.
fn objective(readings: &Tensor) -> Tensor {
    (readings * numbers(&readings.size(), 1.0, 5)).sum(None)
}

/// Returns gradients, which are 0 for unused parameters.
fn gradients(objective: &Tensor, weights: &Weights) -> Vec<Tensor> {
    let parameters: Vec<&Tensor> = weights.parameters().map(|(_, tensor)| tensor).collect();
    let nothing: Tensor = parameters.iter().map(|parameter| parameter.sum(None) * 0.0).sum();
    Tensor::run_backward(&[objective + nothing], &parameters, true, false)
}

/// Plans a step with a limit between its least and its largest memory.
fn plan(network: &mut Network, batch: i64, share: f64) -> Recomputation {
    let shape = [batch, 1, SIZES.image, SIZES.image];
    let most = network.plan_training(shape, 0, None).unwrap().unwrap().peak();
    let least = match network.plan_training(shape, 0, Some(0)) {
        Err(NetworkError::Memory(error)) => error.needed,
        other => panic!("nothing fits into nothing: {other:?}"),
    };
    let limit = least as f64 + share * (most as f64 - least as f64);
    let forecast = network.plan_training(shape, 0, Some(limit.ceil() as u64)).unwrap().unwrap();
    assert!(forecast.peak() as f64 <= limit.ceil());
    forecast.recomputation
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn planned_networks_give_the_predictions_of_single_paths(case in cases()) {
        let mut network = network(&case.architecture, Kind::Double);
        network.take_together(case.width);
        let images = images(case.batch);
        let expected = PathByPath::new(&network, Mode::Evaluation).readings(&images);
        let found = network.readings(&images, Mode::Evaluation).unwrap();
        prop_assert!(difference(&found, &expected) < 1e-9);
        let slopes = gradients(&objective(&found), network.weights());
        for (found, expected) in slopes.iter().zip(gradients(&objective(&expected), network.weights())) {
            prop_assert!(difference(found, &expected) < 1e-7);
        }
    }

    /// Readings, gradients and running statistics do not depend on which activations are recomputed.
    #[test]
    fn planned_networks_train_like_single_paths(case in cases()) {
        let mut network = network(&case.architecture, Kind::Double);
        network.take_together(case.width);
        let images = images(case.batch);
        plan(&mut network, case.batch, case.limit);
        let mut path_by_path = PathByPath::new(&network, Mode::Training);
        let expected = path_by_path.readings(&images);
        let moved = path_by_path.moved;
        let expected_slopes = gradients(&objective(&expected), network.weights());

        let mut readings = None;
        let found = network.differentiate(&images, &mut |found| {
            readings = Some(found.detach());
            Ok(objective(found))
        }).unwrap();
        prop_assert!(difference(&readings.unwrap(), &expected) < 1e-9);
        prop_assert!(difference(&found.objective, &objective(&expected)) < 1e-9);
        let names = network.weights().parameters().map(|(name, _)| name);
        for ((name, found), expected) in names.zip(&found.gradients).zip(&expected_slopes) {
            prop_assert!(difference(found, expected) < 1e-7, "{name}");
        }
        for (name, (mean, variance)) in moved {
            for (part, expected) in [("running_mean", mean), ("running_var", variance)] {
                let found = network.weights().get(format!("{name}.{part}")).unwrap();
                prop_assert!(difference(found, &expected) < 1e-9, "{name}.{part}");
            }
        }
    }
}

#[test]
fn with_the_least_memory_every_path_is_recomputed_alone() {
    let recurrent = circuit(1, 5, Readout::TwoAvg, Activation::Relu);
    let architecture = Architecture {
        circuit: multi_path(&recurrent, &[].into(), PathNormalization::PerPath).unwrap(),
        surroundings: Surroundings::default(),
        epsilon: EPSILON,
    };
    let mut network = network(&architecture, Kind::Float);
    assert_eq!(plan(&mut network, 4, 1.0), Recomputation::None);
    assert_eq!(plan(&mut network, 4, 0.0), Recomputation::ByPath);
}

/// Copies a recurrent network's weights, with a copy for each path.
fn inherited(recurrent: &Network, removed: &[usize], normalization: PathNormalization) -> Network {
    let architecture = recurrent.architecture();
    let removed = removed.iter().copied().collect();
    let circuit = multi_path(&architecture.circuit, &removed, normalization).unwrap();
    let surroundings = &architecture.surroundings;
    let weights = recurrent.weights().inherited(&architecture.circuit, &circuit, surroundings).unwrap();
    Network::new(Architecture { circuit, ..architecture.clone() }, weights).unwrap()
}

/// The reformulation ignores activation functions and biases (paper, 4.2), so without them it is exact. A
/// ReLU is linear if its input is never negative.
#[test]
fn a_linear_recurrent_network_is_its_multi_path_network() {
    for (blocks, iterations) in [(1, 7), (2, 4)] {
        for readout in Readout::ALL {
            let architecture = Architecture {
                circuit: circuit(blocks, iterations, readout, Activation::Relu),
                surroundings: Surroundings::default(),
                epsilon: EPSILON,
            };
            let mut recurrent = network(&architecture, Kind::Double);
            let _guard = tch::no_grad_guard();
            let mut weights = Weights::default();
            for (name, tensor) in recurrent.weights().iter() {
                let shared = name.starts_with("bn[") && name.contains(',');
                let kernel = name.starts_with("conv[") && !name.starts_with("conv[1]");
                let changed = if shared && (name.ends_with(".bias") || name.ends_with("running_mean")) {
                    tensor.zeros_like()
                } else if kernel {
                    tensor.abs() * 0.3
                } else {
                    tensor.shallow_clone()
                };
                weights.insert(name, changed);
            }
            recurrent = Network::new(architecture, weights).unwrap();
            let images = images(3);
            let expected = recurrent.readings(&images, Mode::Evaluation).unwrap();
            for normalization in [PathNormalization::Shared, PathNormalization::PerPath] {
                let paths = inherited(&recurrent, &[], normalization);
                let found = paths.readings(&images, Mode::Evaluation).unwrap();
                assert!(difference(&found, &expected) < 1e-9, "{blocks} {iterations} {readout}");
            }
            // The agreement is no accident: without one length, the two networks differ.
            let ablated = inherited(&recurrent, &[blocks + 1], PathNormalization::Shared);
            let found = ablated.readings(&images, Mode::Evaluation).unwrap();
            assert!(difference(&found, &expected) > 1e-3, "{blocks} {iterations} {readout}");
        }
    }
}

#[test]
fn an_ablated_network_is_read_out_where_it_has_paths() {
    let recurrent = circuit(1, 5, Readout::TwoAvg, Activation::Relu);
    let circuit = multi_path(&recurrent, &[1, 2].into(), PathNormalization::PerPath).unwrap();
    let surroundings = Surroundings::default();
    let mut network = network(&Architecture { circuit, surroundings, epsilon: EPSILON }, Kind::Double);
    let images = images(2);
    assert_eq!(network.readings(&images, Mode::Evaluation).unwrap().size()[0], 3);
    let error = network.read_out_at(2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the network has 5 iterations, so it cannot be read out at iteration 2: give 3 to 5"
    );
    network.read_out_at(4).unwrap();
    assert_eq!(network.readings(&images, Mode::Evaluation).unwrap().size()[0], 2);
}

/// A block with only an identity left has the channels of its source.
#[test]
fn a_block_may_lose_all_its_convolutions() {
    let mut recurrent = circuit(1, 1, Readout::NoAvg, Activation::Relu);
    recurrent.connections.push(Connection::new(1, 2, 0, Operation::Identity));
    let architecture =
        Architecture { circuit: recurrent, surroundings: Surroundings::default(), epsilon: EPSILON };
    let whole = network(&architecture, Kind::Double);
    let ablated = inherited(&whole, &[1], PathNormalization::PerPath);
    assert!(ablated.weights().find("conv[2].bottom_up.weight").is_none());
    let images = images(2);
    let expected = PathByPath::new(&ablated, Mode::Evaluation).readings(&images);
    assert!(difference(&ablated.readings(&images, Mode::Evaluation).unwrap(), &expected) < 1e-9);
}

/// Averages are over batches, and every path through a shared normalization has the same weight.
#[test]
fn statistics_that_paths_share_are_averages_over_paths_and_batches() {
    let recurrent = circuit(1, 2, Readout::TwoAvg, Activation::Relu);
    let circuit = multi_path(&recurrent, &[].into(), PathNormalization::Shared).unwrap();
    let surroundings =
        Surroundings { input_normalization: false, first_block: vec![], ..Surroundings::default() };
    let mut network = network(&Architecture { circuit, surroundings, epsilon: EPSILON }, Kind::Double);
    let batches = [images(3), numbers(&[3, 1, SIZES.image, SIZES.image], 1.0, 100)];
    let mut sums = [
        Tensor::zeros([3], (Kind::Double, tch::Device::Cpu)),
        Tensor::zeros([3], (Kind::Double, tch::Device::Cpu)),
    ];
    let dimensions = [0i64, 2, 3];
    let weights = network.weights();
    let kernel = |name: &str| weights.get(name).unwrap();
    for batch in &batches {
        let same =
            |map: &Tensor, kernel: &Tensor| map.conv2d(kernel, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1);
        let input = batch.conv2d(kernel("conv[1].weight"), None::<&Tensor>, [1, 1], [0, 0], [1, 1], 1);
        let drive = same(&input, kernel("conv[2].bottom_up.weight"));
        let first = normalize(weights, "bn[2,1]", &drive, Mode::Training).relu();
        // At iteration 2 one path comes from below, the other from iteration 1.
        for seen in [&drive, &same(&first, kernel("conv[2].lateral.weight"))] {
            sums[0] += seen.mean_dim(dimensions.as_slice(), false, None).detach();
            sums[1] += seen.var_dim(dimensions.as_slice(), true, false).detach();
        }
    }
    for (index, batch) in batches.iter().enumerate() {
        network.average_statistics(index + 1);
        let _ = network.readings(batch, Mode::Training).unwrap();
    }
    for (part, sum) in ["running_mean", "running_var"].iter().zip(&sums) {
        let found = network.weights().get(format!("bn[2,2].{part}")).unwrap();
        assert!(difference(found, &(sum / 4.0)) < 1e-9, "{part}");
    }
}
