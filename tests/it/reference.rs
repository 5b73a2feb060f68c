//! The published models. Every number of the published implementation is matched to a relative 1e-5.

use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::circuit::{Circuit, Readout};
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::graph::unroll::Component;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TOLERANCE: f64 = 1e-5;

/// The numbers of the published implementation for a model.
#[derive(Deserialize)]
struct Expected {
    readout: Readout,
    iterations: usize,
    recurrent_blocks: usize,
    activation: String,
    multi_path: bool,
    path_lengths_kept: Option<Vec<usize>>,
    conv_strength: BTreeMap<String, f64>,
    bn_strength: BTreeMap<String, f64>,
    unnormalized_strength_by_length: BTreeMap<usize, f64>,
    length_distribution: BTreeMap<usize, f64>,
    average_path_length: f64,
    unnormalized_strength_by_conv_sequence: BTreeMap<String, f64>,
    number_of_parameters: usize,
    iterations_left: Option<usize>,
}

fn model(name: &str) -> (PathBuf, Analysis, Expected) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference").join(name);
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let checkpoint = folder.join("best.pth");
    let analysis = Analysis::of_file(&checkpoint, &AnalysisOptions::default()).unwrap();
    (checkpoint, analysis, serde_json::from_str(&expected).unwrap())
}

/// Returns the published name of a component: `B1`, `R1`, `s1,2` or `s1,2,3`.
fn published_name(circuit: &Circuit, component: &Component) -> String {
    match *component {
        Component::Convolution { connection, .. } | Component::Identity { connection } => {
            let connection = &circuit.connections[connection];
            let kind = if connection.from == connection.to { 'R' } else { 'B' };
            format!("{kind}{}", connection.to - 1)
        }
        Component::Normalization { block, iteration, path_use } => {
            let plain = format!("s{},{}", block - 1, iteration.unwrap());
            if path_use == 0 { plain } else { format!("{plain},{path_use}") }
        }
        Component::ConnectionNormalization { .. } => panic!("no published model has one"),
    }
}

#[track_caller]
fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE * expected.abs(), "{what}: {found}, expected {expected}");
}

#[track_caller]
fn assert_all_close<K: Ord + std::fmt::Debug>(found: &BTreeMap<K, f64>, expected: &BTreeMap<K, f64>) {
    let (found_keys, expected_keys): (Vec<_>, Vec<_>) = (found.keys().collect(), expected.keys().collect());
    assert_eq!(found_keys, expected_keys);
    for (key, expected) in expected {
        assert_close(found[key], *expected, &format!("{key:?}"));
    }
}

fn check(name: &str) {
    let (path, analysis, expected) = model(name);
    let model = &analysis.checkpoint().unwrap().model;
    let (circuit, unrolled) = (&model.circuit, &model.unrolled);
    assert_eq!(circuit.readout, Some(expected.readout));
    assert_eq!(circuit.iterations, expected.iterations);
    assert_eq!(circuit.blocks.len(), expected.recurrent_blocks);
    assert_eq!(circuit.activation.unwrap().as_str(), expected.activation);
    assert_eq!(circuit.multi_path.is_some(), expected.multi_path);
    if let Some(left) = expected.iterations_left {
        assert_eq!(unrolled.readout_iterations().len(), left);
    }

    let mut found = BTreeMap::new();
    for (index, component) in unrolled.components().iter().enumerate() {
        let strength = analysis.strengths.of_component(index).to_f64().unwrap();
        found.insert(published_name(circuit, component), strength);
    }
    // For an ablated model, the published implementation also lists the normalizations of removed paths.
    let used = |table: &BTreeMap<String, f64>| -> BTreeMap<String, f64> {
        let complete = circuit.lengths_removed().is_empty();
        table
            .iter()
            .filter(|(name, _)| complete || found.contains_key(*name))
            .map(|(name, strength)| (name.clone(), *strength))
            .collect()
    };
    let mut components = used(&expected.conv_strength);
    components.extend(used(&expected.bn_strength));
    assert_all_close(&found, &components);

    let [ensemble] = analysis.ensembles.as_slice() else { panic!("one readout, one ensemble") };
    let by_length =
        |value: &dyn Fn(&pathscope_core::paths::ensemble::LengthShare) -> f64| -> BTreeMap<usize, f64> {
            ensemble.lengths.iter().map(|share| (share.length, value(share))).collect()
        };
    assert_all_close(
        &by_length(&|share| share.strength.to_f64().unwrap()),
        &expected.unnormalized_strength_by_length,
    );
    assert_all_close(&by_length(&|share| share.probability.unwrap()), &expected.length_distribution);
    assert_close(
        ensemble.moments.unwrap().average_path_length,
        expected.average_path_length,
        "average path length",
    );
    if let Some(kept) = &expected.path_lengths_kept {
        assert_eq!(&ensemble.lengths.iter().map(|share| share.length).collect::<Vec<_>>(), kept);
    }

    let weights = unrolled.readout_weights(expected.readout);
    let mut sequences: BTreeMap<String, f64> = BTreeMap::new();
    for path in unrolled.paths().filter(|path| weights[path.end] > 0.0) {
        let mut sequence = "I".to_owned();
        for node in &path.nodes {
            if let Some(component @ Component::Convolution { .. }) = unrolled.component(*node) {
                sequence = format!("{sequence}>{}", published_name(circuit, component));
            }
        }
        let strength = analysis.strengths.of_read_path(unrolled.graph(), &path, &weights);
        *sequences.entry(sequence).or_default() += strength.to_f64().unwrap();
    }
    assert_all_close(&sequences, &expected.unnormalized_strength_by_conv_sequence);

    let checkpoint = Checkpoint::open(&path, None).unwrap();
    let tensors = model.tensor_uses(&checkpoint);
    assert_eq!(tensors.iter().map(|tensor| tensor.parameters).sum::<usize>(), expected.number_of_parameters);
}

macro_rules! published {
    ($($test:ident: $name:literal),+ $(,)?) => {
        $(
            #[test]
            fn $test() {
                check($name);
            }
        )+
    };
}

published! {
    feed_forward: "feedforward-1block",
    one_block_no_avg: "recurrent-1block-t3-no-avg",
    one_block_2_avg: "recurrent-1block-t7-2-avg",
    two_blocks_late_avg_in_the_legacy_container: "recurrent-2block-t5-late-avg-softplus",
    multi_path: "multipath-1block-t4-2-avg-separate-bn",
    ablated: "multipath-1block-t5-late-avg-removed-1-2",
}
