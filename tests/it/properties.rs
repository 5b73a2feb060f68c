//! Properties of random circuits. Results that are computed without listing paths agree with listing them,
//! and the unrolled circuit computes the same as the recurrent one.

use pathscope_core::circuit::{
    Block, Circuit, Connection, INPUT_BLOCK, MultiPath, Normalization, Operation, Readout,
};
use pathscope_core::graph::unroll::without_lengths;
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::paths::strength::Strengths;
use pathscope_core::paths::strongest::strongest;
use pathscope_core::paths::through::PathsThrough;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Circuits of one to three blocks, up to four iterations, and up to four connections beside the
/// bottom-up ones, with any ends, delays of 0 to 2 and identities among them; some of these are active
/// at some iterations only, and some of all have factors and normalizations of their own.
fn circuits() -> impl Strategy<Value = Circuit> {
    let blocks = (1usize..=3, 1usize..=4);
    blocks.prop_flat_map(|(blocks, iterations)| {
        let normalization = prop_oneof![
            Just(Normalization::None),
            Just(Normalization::Shared),
            Just(Normalization::PerIteration)
        ];
        let block = (1..=iterations, normalization);
        let operation = prop_oneof![
            3 => Just(Operation::Convolution),
            1 => Just(Operation::ConvolutionPerIteration),
            1 => Just(Operation::Identity)
        ];
        let last = INPUT_BLOCK + blocks;
        let iterations_of = prop_oneof![
            2 => Just("1-"),
            2 => prop::sample::select(vec!["1", "2-", "1-2", "1,3", "4"])
        ];
        let connection = (INPUT_BLOCK..=last, INPUT_BLOCK + 1..=last, 0usize..=2, operation, iterations_of);
        let on_the_way = (
            prop_oneof![2 => Just(1.0), 1 => Just(-0.5)],
            prop_oneof![
                2 => Just(Normalization::None),
                1 => Just(Normalization::Shared),
                1 => Just(Normalization::PerIteration)
            ],
        );
        let readout = prop::sample::select(Readout::ALL.to_vec());
        let more = prop::collection::vec(connection, 0..=4);
        let all = prop::collection::vec(on_the_way, 2 * blocks + 4);
        (prop::collection::vec(block, blocks), more, all, readout).prop_map(
            move |(described, more, on_the_way, readout)| {
                let mut circuit = Circuit::of_recurrent_blocks(blocks, iterations);
                circuit.readout = Some(readout);
                for (block, (own, normalization)) in circuit.blocks.iter_mut().zip(described) {
                    *block = Block { iterations: own, normalization, ..block.clone() };
                }
                for (from, to, delay, operation, active) in more {
                    // Only connections upward may have no delay. Others would close a cycle.
                    let delay = if from < to { delay } else { delay.max(1) };
                    let iterations = active.parse().unwrap();
                    circuit
                        .connections
                        .push(Connection { iterations, ..Connection::new(from, to, delay, operation) });
                }
                for (connection, (factor, normalization)) in circuit.connections.iter_mut().zip(on_the_way) {
                    (connection.factor, connection.normalization) = (factor, normalization);
                }
                circuit
            },
        )
    })
}

/// Returns a strength between 1/2 and 2 that depends only on the component.
fn strength_of(component: &Component) -> f64 {
    let seed = match *component {
        Component::Convolution { connection, iteration } => connection * 31 + iteration.unwrap_or(0) * 7 + 1,
        Component::Identity { .. } => return 1.0,
        Component::Normalization { block, iteration, .. } => block * 17 + iteration.unwrap_or(0) * 5 + 3,
        Component::ConnectionNormalization { connection, iteration } => {
            connection * 13 + iteration.unwrap_or(0) * 3 + 2
        }
    };
    0.5 + (seed * 2_654_435_761 % 1000) as f64 / 1000.0 * 1.5
}

/// Returns the strengths, with the factors of a circuit's connections.
fn strengths_of(circuit: &Circuit) -> impl Fn(&Component) -> f64 {
    |component| {
        let factor = match *component {
            Component::Convolution { connection, .. } | Component::Identity { connection } => {
                circuit.connections[connection].factor.abs()
            }
            Component::Normalization { .. } | Component::ConnectionNormalization { .. } => 1.0,
        };
        factor * strength_of(component)
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-300)
}

/// Lists the paths of a readout with their strengths.
fn listed(unrolled: &UnrolledCircuit, strengths: &Strengths, readout: Readout) -> Vec<(usize, f64)> {
    let weights = unrolled.readout_weights(readout);
    unrolled
        .paths()
        .filter(|path| weights[path.end] > 0.0)
        .map(|path| {
            let strength = strengths.of_read_path(unrolled.graph(), &path, &weights);
            (path.length(unrolled.graph()), strength.to_f64().unwrap())
        })
        .collect()
}

/// Computes the recurrence directly (paper, Eqs. 2f-i), with one number for each block and no nonlinearity.
/// Returns the sum of the top block's outputs, weighted by the readout.
fn recurrence(circuit: &Circuit, readout: Readout) -> f64 {
    let normalization = |number: usize, t: usize| match circuit.block(number).normalization {
        Normalization::None => 1.0,
        Normalization::Shared => {
            strength_of(&Component::Normalization { block: number, iteration: None, path_use: 0 })
        }
        _ => strength_of(&Component::Normalization { block: number, iteration: Some(t), path_use: 0 }),
    };
    let mut outputs: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for t in 1..=circuit.iterations {
        outputs.insert((INPUT_BLOCK, t), 1.0);
        for number in circuit.block_numbers() {
            let own = circuit.block(number).iterations;
            if t > own {
                let held = outputs[&(number, own)];
                outputs.insert((number, t), held);
                continue;
            }
            let arriving =
                circuit.connections.iter().enumerate().filter(|(_, connection)| connection.to == number);
            let sum: f64 = arriving
                .filter(|(_, connection)| t > connection.delay && connection.iterations.contains(t))
                .map(|(index, connection)| {
                    let layer = |iteration| {
                        strength_of(&Component::ConnectionNormalization { connection: index, iteration })
                    };
                    let normalized = match connection.normalization {
                        Normalization::None => 1.0,
                        Normalization::Shared => layer(None),
                        _ => layer(Some(t)),
                    };
                    let factor = match connection.operation {
                        Operation::Identity => 1.0,
                        Operation::Convolution => {
                            strength_of(&Component::Convolution { connection: index, iteration: None })
                        }
                        Operation::ConvolutionPerIteration => {
                            strength_of(&Component::Convolution { connection: index, iteration: Some(t) })
                        }
                    };
                    normalized
                        * connection.factor.abs()
                        * factor
                        * outputs[&(connection.from, t - connection.delay)]
                })
                .sum();
            outputs.insert((number, t), sum * normalization(number, t));
        }
    }
    let weights = readout.weights(circuit.iterations);
    (1..=circuit.iterations).map(|t| weights[t - 1] * outputs[&(circuit.read_from, t)]).sum()
}

proptest! {
    #[test]
    fn dynamic_programming_agrees_with_listing(circuit in circuits()) {
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let strengths = Strengths::new(unrolled.components(), strengths_of(&circuit));
        let ensembles = Ensemble::of_readouts(&unrolled, &strengths, &Readout::ALL);
        for ensemble in ensembles {
            let listed = listed(&unrolled, &strengths, ensemble.readout.unwrap());
            let mut by_length: BTreeMap<usize, (u64, f64)> = BTreeMap::new();
            for &(length, strength) in &listed {
                let entry = by_length.entry(length).or_default();
                entry.0 += 1;
                entry.1 += strength;
            }
            prop_assert_eq!(ensemble.paths.to_u64(), Some(listed.len() as u64));
            prop_assert_eq!(ensemble.lengths.len(), by_length.len());
            for share in &ensemble.lengths {
                let (count, strength) = by_length[&share.length];
                prop_assert_eq!(share.paths.to_u64(), Some(count));
                prop_assert!(close(share.strength.to_f64().unwrap(), strength));
            }
            let total: f64 = listed.iter().map(|(_, strength)| strength).sum();
            let moments = ensemble.moments.unwrap();
            let average = listed.iter().map(|&(length, s)| s / total * length as f64).sum::<f64>();
            prop_assert!(close(moments.average_path_length + 1.0, average + 1.0));
            let entropy: f64 = listed.iter().map(|&(_, s)| -(s / total) * (s / total).ln()).sum();
            prop_assert!(close(moments.effective_paths, entropy.exp()));
        }
    }

    #[test]
    fn the_strongest_come_first_and_each_once(circuit in circuits()) {
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let strengths = Strengths::new(unrolled.components(), strengths_of(&circuit));
        let readout = circuit.readout.unwrap();
        let weights = unrolled.readout_weights(readout);
        let found: Vec<_> = strongest(unrolled.graph(), &strengths, &weights).collect();
        let mut expected: Vec<f64> =
            listed(&unrolled, &strengths, readout).into_iter().map(|(_, strength)| strength).collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        prop_assert_eq!(found.len(), expected.len());
        for (path, expected) in found.iter().zip(&expected) {
            prop_assert!(close(path.strength.to_f64().unwrap(), *expected));
        }
        let distinct: BTreeSet<_> = found.iter().map(|found| found.path.nodes.clone()).collect();
        prop_assert_eq!(distinct.len(), found.len());
    }

    #[test]
    fn the_unrolled_circuit_computes_the_same_as_the_recurrent_one(circuit in circuits()) {
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let strengths = Strengths::new(unrolled.components(), strengths_of(&circuit));
        for readout in Readout::ALL {
            let ensemble = &Ensemble::of_readouts(&unrolled, &strengths, &[readout])[0];
            prop_assert!(close(ensemble.total_strength.to_f64().unwrap(), recurrence(&circuit, readout)));
        }
    }

    #[test]
    fn counts_through_nodes_are_those_of_the_listed_paths(circuit in circuits()) {
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let weights = unrolled.readout_weights(circuit.readout.unwrap());
        let through = PathsThrough::new(unrolled.graph(), &weights);
        let mut nodes: BTreeMap<usize, u64> = BTreeMap::new();
        let mut edges: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for path in unrolled.paths().filter(|path| weights[path.end] > 0.0) {
            for node in &path.nodes {
                *nodes.entry(node.index()).or_default() += 1;
            }
            for pair in path.nodes.windows(2) {
                *edges.entry((pair[0].index(), pair[1].index())).or_default() += 1;
            }
        }
        for node in unrolled.graph().nodes() {
            let expected = nodes.get(&node.index()).copied().unwrap_or(0);
            prop_assert_eq!(through.node(node).to_u64(), Some(expected));
            for &predecessor in unrolled.graph().predecessors(node) {
                let edge = (predecessor.index(), node.index());
                let expected = edges.get(&edge).copied().unwrap_or(0);
                prop_assert_eq!(through.edge(predecessor, node).to_u64(), Some(expected));
            }
        }
    }

    #[test]
    fn ablation_removes_the_paths_of_its_lengths_and_no_others(
        circuit in circuits(),
        removed in prop::collection::btree_set(0usize..5, 1..3),
    ) {
        let full = UnrolledCircuit::new(&circuit).unwrap();
        let describe = |unrolled: &UnrolledCircuit, path: &pathscope_core::paths::Path| -> Vec<Component> {
            path.nodes.iter().filter_map(|node| unrolled.component(*node).copied()).collect()
        };
        let mut expected: Vec<_> = full
            .paths()
            .filter(|path| !removed.contains(&path.length(full.graph())))
            .map(|path| describe(&full, &path))
            .collect();
        expected.sort();
        match without_lengths(&full, &removed) {
            Err(_) => prop_assert!(expected.is_empty()),
            Ok(ablated) => {
                let mut left: Vec<_> = ablated.paths().map(|path| describe(&ablated, &path)).collect();
                left.sort();
                prop_assert_eq!(left, expected);
            }
        }
    }

    /// This holds for ablated models too. Only kept paths take a normalization, in the order in which the
    /// full model lists them.
    #[test]
    fn paths_of_a_multi_path_model_take_their_normalizations_in_order(
        circuit in circuits(),
        removed in prop::collection::btree_set(0usize..5, 0..3),
    ) {
        let full = UnrolledCircuit::new(&circuit).unwrap();
        let mut multi_path = circuit.clone();
        multi_path.multi_path = Some(MultiPath { lengths_removed: removed.clone() });
        for block in &mut multi_path.blocks {
            if block.normalization == Normalization::PerIteration {
                block.normalization = Normalization::PerPath;
            }
        }
        let mut uses: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut expected = Vec::new();
        for path in full.paths().filter(|path| !removed.contains(&path.length(full.graph()))) {
            let mut components = Vec::new();
            for mut component in path.nodes.iter().filter_map(|node| full.component(*node).copied()) {
                if let Component::Normalization { block, iteration: Some(t), path_use } = &mut component {
                    let used = uses.entry((*block, *t)).or_default();
                    *path_use = *used;
                    *used += 1;
                }
                components.push(component);
            }
            expected.push(components);
        }
        match UnrolledCircuit::new(&multi_path) {
            Err(_) => prop_assert!(expected.is_empty()),
            Ok(separated) => {
                let found: Vec<Vec<Component>> = separated
                    .paths()
                    .map(|path| path.nodes.iter().filter_map(|node| separated.component(*node).copied()).collect())
                    .collect();
                prop_assert!(!expected.is_empty());
                let has_own = multi_path.blocks.iter().any(|block| block.normalization == Normalization::PerPath);
                if has_own {
                    prop_assert_eq!(found, expected);
                } else {
                    prop_assert_eq!(found.len(), expected.len());
                }
            }
        }
    }
}
