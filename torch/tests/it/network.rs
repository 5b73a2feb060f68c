//! Networks, compared with a direct computation of the paper's equations.

use crate::plain::{EPSILON, Plain, SIZES, circuit, difference, network, numbers, recurrent_circuits};
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::model::layout::Given;
use pathscope_core::model::network::{Network as Surroundings, Step};
use pathscope_core::network::NetworkError as WholeNetworkError;
use pathscope_torch::checkpoint;
use pathscope_torch::error::NetworkError;
use pathscope_torch::network::{Architecture, Mode};
use proptest::prelude::*;
use tch::{Kind, Tensor};

fn images(batch: i64) -> Tensor {
    numbers(&[batch, 1, SIZES.image, SIZES.image], 1.0, 99)
}

fn architectures() -> impl Strategy<Value = Architecture> {
    let outputs = prop::sample::select(vec![Activation::Relu, Activation::Softplus]);
    let first_blocks = prop::sample::select(vec![
        vec![Step::Normalization, Step::Activation],
        vec![Step::Activation, Step::Normalization],
        vec![],
    ]);
    (recurrent_circuits(), outputs, first_blocks, any::<bool>())
        .prop_map(|(circuit, output_activation, first_block, input_normalization)| {
            let surroundings = Surroundings {
                first_block,
                input_normalization,
                output_activation,
                ..Surroundings::default()
            };
            Architecture { circuit, surroundings, epsilon: EPSILON }
        })
        .prop_filter("valid", |architecture| architecture.circuit.validate().is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Outputs and all gradients agree, with batch statistics and with running ones.
    #[test]
    fn networks_compute_the_equations(architecture in architectures(), training in any::<bool>()) {
        let mode = if training { Mode::Training } else { Mode::Evaluation };
        let images = images(4);
        let network = network(&architecture, Kind::Double);
        let plain = Plain { architecture: &architecture, weights: network.weights(), mode };
        let expected = plain.readings(&images);
        let parameters: Vec<&Tensor> = network.weights().parameters().map(|(_, tensor)| tensor).collect();
        // A weighted sum with different weights for all readings.
        let objective = |readings: &Tensor| (readings * numbers(&readings.size(), 1.0, 5)).sum(None);
        let slopes = |readings: &Tensor| gradients(&objective(readings), &parameters);
        let expected_slopes = slopes(&expected);
        let found = network.readings(&images, mode).unwrap();
        prop_assert!(difference(&found, &expected) < 1e-9);
        for (found, expected) in slopes(&found).iter().zip(&expected_slopes) {
            prop_assert!(difference(found, expected) < 1e-7);
        }
    }
}

/// Returns gradients, which are 0 for unused parameters.
fn gradients(objective: &Tensor, parameters: &[&Tensor]) -> Vec<Tensor> {
    let nothing: Tensor = parameters.iter().map(|parameter| parameter.sum(None) * 0.0).sum();
    Tensor::run_backward(&[objective + nothing], parameters, true, false)
}

fn recurrent(readout: Readout) -> Architecture {
    Architecture {
        circuit: circuit(1, 3, readout, Activation::Relu),
        surroundings: Surroundings::default(),
        epsilon: EPSILON,
    }
}

#[test]
fn a_batch_updates_the_running_statistics_by_the_momentum() {
    let network = network(&recurrent(Readout::TwoAvg), Kind::Double);
    let mean = || Vec::<f64>::try_from(network.weights().get("bn[input].running_mean").unwrap()).unwrap()[0];
    let before = mean();
    let images = images(4);
    let _ = network.readings(&images, Mode::Evaluation).unwrap();
    assert_eq!(mean(), before);
    let _ = network.readings(&images, Mode::Training).unwrap();
    let expected = 0.9 * before + 0.1 * images.mean(None).double_value(&[]);
    assert!((mean() - expected).abs() < 1e-12);
}

#[test]
fn an_early_readout_gives_the_network_of_fewer_iterations() {
    for readout in Readout::ALL {
        let whole = recurrent(readout);
        let mut network = network(&whole, Kind::Double);
        let mut shorter = whole.clone();
        shorter.circuit.iterations = 2;
        shorter.circuit.blocks[0].iterations = 2;
        let plain = Plain { architecture: &shorter, weights: network.weights(), mode: Mode::Evaluation };
        let images = images(2);
        let expected = plain.readings(&images);
        network.read_out_at(2).unwrap();
        assert!(difference(&network.readings(&images, Mode::Evaluation).unwrap(), &expected) < 1e-12);
        assert!(matches!(
            network.read_out_at(4),
            Err(NetworkError::Whole(WholeNetworkError::Iterations { found: 4, first: 1, available: 3 }))
        ));
        assert!(network.read_out_at(0).is_err());
    }
}

#[test]
fn images_of_another_size_are_refused() {
    let network = network(&recurrent(Readout::NoAvg), Kind::Float);
    let wrong = Tensor::zeros([2, 1, 30, 30], (Kind::Float, tch::Device::Cpu));
    let error = network.predict(&wrong).unwrap_err().to_string();
    assert_eq!(
        error,
        "the images have shape [2, 1, 30, 30], but the network expects [number, 1, 9 to 11, 9 to 11]"
    );
}

#[test]
fn a_saved_network_is_the_same_network_and_can_be_analyzed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut architecture = recurrent(Readout::LateAvg);
    architecture.circuit.blocks[0].iterations = 2;
    architecture.surroundings.first_block = vec![Step::Activation, Step::Normalization];
    let network = network(&architecture, Kind::Float);
    checkpoint::save(&path, &network).unwrap();
    let first = std::fs::read(&path).unwrap();
    let opened = checkpoint::open(&path, None, &Given::default()).unwrap();
    assert_eq!(opened.network.architecture(), &architecture);
    let images = images(3).to_kind(Kind::Float);
    let (found, expected) = (opened.network.predict(&images).unwrap(), network.predict(&images).unwrap());
    assert_eq!(difference(&found, &expected), 0.0);
    checkpoint::save(&path, &opened.network).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), first);
    let analysis = pathscope_core::analysis::Analysis::of_file(&path, &Default::default()).unwrap();
    // t = 1: one path; t = 2: two paths; t = 3: the block is held.
    assert_eq!(analysis.ensembles[0].paths.to_u64(), Some(3));
}

#[test]
fn checkpoints_that_cannot_be_run_are_refused_with_a_reason() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let file = "nets/fig5.safetensors";
    let error = checkpoint::open(&fixtures.join(file), None, &Given::default()).unwrap_err().to_string();
    let expected = "its metadata describes only the recurrent stage";
    assert!(error.contains(expected) && error.contains(file), "{error}");
}
