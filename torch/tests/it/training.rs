//! Losses, their gradients, and training steps.

use crate::plain::{EPSILON, SIZES, Silent, circuit, network, numbers};
use pathscope::study::run::Settings;
use pathscope::study::run::settings::Loss;
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::model::network::Network as Surroundings;
use pathscope_torch::error::NetworkError;
use pathscope_torch::network::{Architecture, Mode, Network};
use pathscope_torch::training::{
    Adam, Ending, Recordings, State, TrainingError, prediction_loss, readout_penalty, smoothness_penalty,
};
use pathscope_torch::weights::Weights;
use std::sync::atomic::AtomicBool;
use tch::{Kind, Tensor};

fn value(tensor: &Tensor) -> f64 {
    tensor.double_value(&[])
}

#[test]
fn losses_follow_their_formulas() {
    // Two readings of one image and two neurons.
    let readings = Tensor::from_slice(&[1.0f64, 2.0, 3.0, 4.0]).reshape([2, 1, 2]);
    let responses = Tensor::from_slice(&[0.0f64, 2.0]).reshape([1, 2]);
    let mse = prediction_loss(Loss::Mse, &readings, &responses).unwrap();
    assert!((value(&mse) - (1.0 + 0.0 + 9.0 + 4.0) / 4.0).abs() < 1e-12);
    let poisson = prediction_loss(Loss::Poisson, &readings, &responses).unwrap();
    let expected = (1.0 + 2.0 - 2.0 * 2.00001f64.ln() + 3.0 + 4.0 - 2.0 * 4.00001f64.ln()) / 4.0;
    assert!((value(&poisson) - expected).abs() < 1e-12);
}

#[test]
fn penalties_follow_their_formulas() {
    let mut weights = Weights::default();
    weights.insert("readout.feature", Tensor::from_slice(&[1.0f64, -2.0, 0.5, 0.0]).reshape([2, 2]));
    weights.insert("readout.spatial", Tensor::from_slice(&[1.0f64, -1.0, 2.0, 4.0]).reshape([2, 1, 2]));
    // (3 · 2 + 0.5 · 6) / 2
    assert!((value(&readout_penalty(&weights).unwrap()) - 4.5).abs() < 1e-12);
    // One pixel in the middle: the Laplacian itself, 4/16 + 4/4 + 9, whatever the pixel is.
    let mut middle = [0.0f64; 9];
    middle[4] = 7.0;
    weights.insert("conv[1].weight", Tensor::from_slice(&middle).reshape([1, 1, 3, 3]));
    assert!((value(&smoothness_penalty(&weights).unwrap()) - 10.25).abs() < 1e-12);
    // A pixel in a corner: the Laplacian's weights outside are lost.
    let mut corner = [0.0f64; 9];
    corner[0] = 2.0;
    weights.insert("conv[1].weight", Tensor::from_slice(&corner).reshape([1, 1, 3, 3]));
    assert!((value(&smoothness_penalty(&weights).unwrap()) - (9.0 + 0.25 + 0.25 + 0.0625)).abs() < 1e-12);
    weights.insert("conv[1].weight", Tensor::zeros([1, 1, 3, 3], (Kind::Double, tch::Device::Cpu)));
    assert_eq!(value(&smoothness_penalty(&weights).unwrap()), 0.0);
}

fn architecture(readout: Readout) -> Architecture {
    Architecture {
        circuit: circuit(1, 2, readout, Activation::Softplus),
        surroundings: Surroundings { output_activation: Activation::Softplus, ..Surroundings::default() },
        epsilon: EPSILON,
    }
}

/// Compares gradients with finite differences for every value of every parameter.
fn check_gradients(objective: &dyn Fn(&Network) -> Result<Tensor, NetworkError>) {
    const STEP: f64 = 1e-5;
    let network = network(&architecture(Readout::TwoAvg), Kind::Double);
    let total = objective(&network).unwrap();
    let nothing: Tensor =
        network.weights().parameters().map(|(_, parameter)| parameter.sum(None) * 0.0).sum();
    let parameters: Vec<&Tensor> = network.weights().parameters().map(|(_, tensor)| tensor).collect();
    let gradients = Tensor::run_backward(&[total + nothing], &parameters, false, false);
    let _guard = tch::no_grad_guard();
    let (mut checked, mut slopes) = (0, 0.0);
    for ((name, parameter), gradient) in network.weights().parameters().zip(&gradients) {
        let (flat, gradient) = (parameter.reshape([-1]), gradient.reshape([-1]));
        for index in (0..flat.numel() as i64).step_by(7) {
            let before = flat.double_value(&[index]);
            let at = |value: f64| {
                let _ = flat.narrow(0, index, 1).fill_(value);
                self::value(&objective(&network).unwrap())
            };
            let numeric = (at(before + STEP) - at(before - STEP)) / (2.0 * STEP);
            let _ = flat.narrow(0, index, 1).fill_(before);
            let found = gradient.double_value(&[index]);
            assert!(
                (found - numeric).abs() < 1e-6 * numeric.abs().max(1e-2),
                "{name}[{index}]: {found} {numeric}"
            );
            checked += 1;
            slopes += numeric.abs();
        }
    }
    assert!(checked > 40 && slopes > 1e-3, "{checked} {slopes}");
}

fn recordings(kind: Kind) -> Recordings {
    Recordings {
        images: numbers(&[6, 1, SIZES.image, SIZES.image], 1.0, 3).to_kind(kind),
        responses: numbers(&[6, SIZES.neurons], 0.5, 4).abs().to_kind(kind),
    }
}

#[test]
fn gradients_of_the_losses_are_their_slopes() {
    for loss in [Loss::Mse, Loss::Poisson] {
        let recordings = recordings(Kind::Double);
        check_gradients(&|network| {
            let readings = network.readings(&recordings.images, Mode::Training)?;
            Ok(prediction_loss(loss, &readings, &recordings.responses)?)
        });
    }
}

#[test]
fn gradients_of_the_penalties_are_their_slopes() {
    check_gradients(&|network| readout_penalty(network.weights()));
    check_gradients(&|network| smoothness_penalty(network.weights()));
}

#[test]
fn adam_follows_its_algorithm() {
    let mut weights = Weights::default();
    weights.insert("a", Tensor::from_slice(&[1.0f32, -2.0]));
    weights.insert("b", Tensor::from_slice(&[3.0f32]).reshape([1, 1]));
    let mut adam = Adam::new(&weights).unwrap();
    let gradients = [Tensor::from_slice(&[0.5f32, -1.0]), Tensor::from_slice(&[2.0f32]).reshape([1, 1])];
    let (mut expected, mut first, mut second) = ([1.0f64, -2.0, 3.0], [0.0f64; 3], [0.0f64; 3]);
    for step in 1..=5 {
        adam.step(&weights, &gradients, 0.1).unwrap();
        for (index, gradient) in [0.5f64, -1.0, 2.0].into_iter().enumerate() {
            first[index] = 0.9 * first[index] + 0.1 * gradient;
            second[index] = 0.999 * second[index] + 0.001 * gradient * gradient;
            let (m, v) =
                (first[index] / (1.0 - 0.9f64.powi(step)), second[index] / (1.0 - 0.999f64.powi(step)));
            expected[index] -= 0.1 * m / (v.sqrt() + 1e-8);
        }
    }
    let found: Vec<f64> =
        weights.iter().flat_map(|(_, tensor)| Vec::<f64>::try_from(tensor.reshape([-1])).unwrap()).collect();
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}

#[test]
fn training_ends_in_the_best_state() {
    let settings = Settings {
        batch: 4,
        validate_every: 2,
        patience: 2,
        phases: 2,
        max_steps: 40,
        learning_rate: 0.02,
        ..Settings::default()
    };
    let mut state = State::new(network(&architecture(Readout::LateAvg), Kind::Float)).unwrap();
    let recordings = recordings(Kind::Float);
    let stop = AtomicBool::new(false);
    let ending = state.train(&settings, &recordings, &recordings, &mut Silent, &stop).unwrap();
    assert_eq!(ending, Ending::Finished);
    assert!(state.schedule.phase == 2 && state.validations.len() > 4);
    let readings = state.network.readings(&recordings.images, Mode::Evaluation).unwrap();
    let loss = value(&prediction_loss(Loss::Mse, &readings, &recordings.responses).unwrap());
    let best = state.schedule.best.unwrap();
    assert!((loss - best).abs() < 1e-6, "{loss} {best}");
    assert!(best < state.validations[0].loss);
    let rates: Vec<f64> = state.validations.iter().map(|validation| validation.learning_rate).collect();
    assert!((rates[0] / rates[rates.len() - 1] - 3.0).abs() < 1e-12);
}

#[test]
fn a_loss_that_is_not_finite_stops_the_training() {
    let mut state = State::new(network(&architecture(Readout::NoAvg), Kind::Float)).unwrap();
    let mut recordings = recordings(Kind::Float);
    recordings.responses *= f64::INFINITY;
    let stop = AtomicBool::new(false);
    let error = state.train(&Settings::default(), &recordings, &recordings, &mut Silent, &stop).unwrap_err();
    assert!(matches!(error, TrainingError::NotFinite { step: 1, .. }), "{error}");
    assert_eq!(state.adam.steps, 0);
}
