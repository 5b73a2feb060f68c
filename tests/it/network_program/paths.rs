//! The paths of a network's program are those of its circuit.

use super::nets::{IMAGE, file_of, nets, published};
use pathscope_core::analysis::{Analysis, AnalysisOptions, Subject};
use pathscope_core::circuit::Readout;
use pathscope_core::network::{FIRST_BLOCK, NetworkError, NetworkProgram, WholeNetwork};
use pathscope_core::paths::Reading;
use pathscope_core::paths::ensemble::LengthShare;
use pathscope_core::paths::strength::{BatchNormStrength, ConvolutionStrength, Strengths};
use pathscope_core::program::ComponentKind;
use pathscope_core::program::strengths::Measure;
use pathscope_core::program::tracing::{Role, Settings, Traced, trace};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-12 * expected.abs().max(1e-300)
}

/// Returns the paths of a program from the first block, with the strengths of its components.
fn traced(whole: &NetworkProgram) -> (Traced, Vec<f64>) {
    let settings = Settings { from: Some(FIRST_BLOCK.to_owned()), ..Settings::default() };
    let traced = trace(&whole.program, whole, &settings).unwrap();
    let (convolution, batch_norm) = (ConvolutionStrength::KernelNorm, BatchNormStrength::Effective);
    let measure = Measure::new(&whole.program, whole, &traced, convolution, batch_norm);
    let strengths = traced.layers.iter().map(|layer| measure.strength(layer).unwrap()).collect();
    (traced, strengths)
}

/// Returns the strengths of the recurrent stage's components on paths, by name.
fn components(traced: &Traced, strengths: &[f64]) -> BTreeMap<String, f64> {
    let of_stage = |kind| matches!(kind, ComponentKind::Conv | ComponentKind::BatchNorm);
    traced
        .layers
        .iter()
        .zip(&traced.roles)
        .zip(strengths)
        .filter(|((layer, role), _)| of_stage(layer.kind) && **role == Role::Path)
        .map(|((layer, _), &strength)| (layer.name.clone(), strength))
        .collect()
}

/// Returns the components in an analysis of the checkpoint that the readout sees.
fn analyzed_components(analysis: &Analysis) -> BTreeMap<String, f64> {
    let Subject::Checkpoint(subject) = &analysis.subject else { panic!("a checkpoint") };
    let model = &subject.model;
    let graph = model.unrolled.graph();
    let weights = model.unrolled.readout_weights(analysis.ensembles[0].readout.unwrap());
    let read: Vec<_> = model.unrolled.paths().filter(|path| weights[path.end] > 0.0).collect();
    let strength = |index| analysis.strengths.of_component(index).to_f64().unwrap();
    let nodes = read.iter().flat_map(|path| &path.nodes);
    nodes
        .filter_map(|&node| graph.component(node))
        .map(|index| (model.component_name(index).to_owned(), strength(index)))
        .filter(|(name, _)| !name.starts_with("identity"))
        .collect()
}

fn assert_same_paths(file: &Path, network: &WholeNetwork, image: [usize; 2]) {
    let analysis = Analysis::of_checkpoint(file, &AnalysisOptions::default()).unwrap();
    let whole = network.program(image).unwrap();
    let (traced, strengths) = traced(&whole);
    let (found, expected) = (components(&traced, &strengths), analyzed_components(&analysis));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, strength) in found {
        assert!(close(strength, expected[&name]), "{name}: {strength} and {}", expected[&name]);
    }
    let by_node = Strengths::new(&strengths, |&strength| strength);
    let found = Reading::of_graph(&traced.graph, &by_node).ensemble();
    let expected = &analysis.ensembles[0];
    assert_eq!(found.lengths.len(), expected.lengths.len());
    for (found, expected) in found.lengths.iter().zip(&expected.lengths) {
        assert_eq!(found.length, expected.length);
        let probability = |share: &LengthShare| share.probability.unwrap();
        assert!(close(probability(found), probability(expected)), "{found:?} and {expected:?}");
    }
    // If a block is held, a path that is the same at several iterations is one path of the program. With
    // 2-avg, it is another path in every later average.
    let Subject::Checkpoint(subject) = &analysis.subject else { panic!("a checkpoint") };
    let circuit = &subject.model.circuit;
    let is_held = circuit.blocks.iter().any(|block| block.iterations < circuit.iterations);
    if !is_held && expected.readout != Some(Readout::TwoAvg) {
        assert_eq!(found.paths, expected.paths);
    }
}

#[test]
fn programs_of_published_networks_have_the_paths_of_their_checkpoints() {
    for model in [
        "feedforward-1block",
        "recurrent-1block-t3-no-avg",
        "recurrent-1block-t7-2-avg",
        "recurrent-2block-t5-late-avg-softplus",
        "multipath-1block-t4-2-avg-separate-bn",
        "multipath-1block-t5-late-avg-removed-1-2",
    ] {
        let file = published(model);
        let network = WholeNetwork::open(&file, None, &Default::default()).unwrap();
        let (_, [(height, _), (_, width)]) = network.image();
        assert_same_paths(&file, &network, [height, width]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn programs_of_networks_have_the_paths_of_their_circuits(net in nets()) {
        let file = file_of(&net);
        let network = match WholeNetwork::open(&file.path, None, &Default::default()) {
            // The output of a block before any input may pass through layers without paths.
            Err(NetworkError::MissingTensor { .. }) => return Err(TestCaseError::reject("a layer that no path has")),
            network => network.unwrap(),
        };
        assert_same_paths(&file.path, &network, [IMAGE[1], IMAGE[2]]);
    }
}
