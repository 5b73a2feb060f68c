use super::*;
use crate::data::explained_variance::{Ceiling, correlation_ceiling};
use crate::files::arrays::read_npy;
use crate::statistics::{correlation, mean, variance};
use ndarray::{Array2, Array3, Axis, Ix2, Ix3, s};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How closely the authors' code is met. Some of it computes in single precision.
const TOLERANCE: f64 = 1e-6;

/// The values of `reference.json`, by neuron and name.
#[derive(Deserialize)]
struct Reference {
    neurons: Vec<BTreeMap<String, Option<f64>>>,
    missing_trials: Vec<BTreeMap<String, f64>>,
    #[serde(rename = "r2_er_intervals_90_np_random_seed_0_defaults")]
    intervals: BTreeMap<usize, ReferenceInterval>,
}

#[derive(Deserialize)]
struct ReferenceInterval {
    ecci_90_defaults: [f64; 2],
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/scores").join(name)
}

fn reference() -> Reference {
    serde_json::from_slice(&std::fs::read(fixture("reference.json")).unwrap()).unwrap()
}

/// Returns the responses \[images, trials, neurons\].
fn responses() -> Array3<f64> {
    read_npy(&fixture("responses.npy")).unwrap().0.to_f64().into_dimensionality::<Ix3>().unwrap()
}

/// Returns the responses with NaN for the trials that are missing.
fn missing() -> Array3<f64> {
    let present = read_npy(&fixture("present.npy")).unwrap().0.to_f64().into_dimensionality::<Ix2>().unwrap();
    let mut responses = responses();
    for ((image, trial, _), response) in responses.indexed_iter_mut() {
        if present[[image, trial]] == 0.0 {
            *response = f64::NAN;
        }
    }
    responses
}

fn predictions() -> Array2<f64> {
    read_npy(&fixture("predictions.npy")).unwrap().0.to_f64().into_dimensionality::<Ix2>().unwrap()
}

/// Returns the trials of each neuron.
fn trials(responses: &Array3<f64>) -> Vec<Trials> {
    let neurons = responses.axis_iter(Axis(2));
    neurons.map(|images| Trials::new(images.outer_iter().map(|image| image.to_vec()))).collect()
}

fn assert_near(found: Option<f64>, expected: f64, what: &str) {
    let found = found.unwrap_or_else(|| panic!("{what} is not defined"));
    let allowed = TOLERANCE * expected.abs().max(1.0);
    assert!((found - expected).abs() <= allowed, "{what}: {found}, expected {expected}");
}

#[test]
fn the_authors_numbers() {
    let (reference, predictions, responses) = (reference(), predictions(), responses());
    let ceilings = correlation_ceiling(responses.view());
    let names = [
        (Score::CcRaw, "cc_raw"),
        (Score::CcMax, "cc_max_schoppe"),
        (Score::CcNorm2, "cc_norm2_pathscope"),
        (Score::R2Er, "r2_er"),
        (Score::Feve, "feve_neuralpredictors"),
        (Score::Feve, "feve_cadena"),
        (Score::Fev, "fev_neuralpredictors"),
        (Score::Fev, "explainable_var"),
        (Score::Snr, "snr_anscombe"),
        (Score::SnrCorrected, "snr_er"),
        (Score::OracleJackknife, "oracle_jackknife"),
        (Score::OracleConservative, "oracle_conservative"),
        (Score::SingleTrialCorrelation, "single_trial_correlation"),
        (Score::SplitHalf, "split_half_mean_of_35"),
        (Score::SpearmanBrown, "spearman_brown"),
        (Score::CeiledR2, "r2_sb_normed_all_splits"),
    ];
    assert_eq!(reference.neurons.len(), predictions.ncols());
    for (neuron, (trials, expected)) in trials(&responses).iter().zip(&reference.neurons).enumerate() {
        let predicted = predictions.column(neuron).to_vec();
        let scores = ScoreValues::new(trials, Some(&predicted), ceilings[neuron]);
        assert!(scores.undefined.is_empty(), "{:?}", scores.undefined);
        for (score, name) in names {
            assert_near(scores.get(score), expected[name].unwrap(), &format!("{name} of neuron {neuron}"));
        }
        // er_est divides every variance by M.
        let cc_norm = scores.get(Score::CcNorm2).unwrap() * 400.0 / 399.0;
        assert_near(Some(cc_norm), expected["cc_norm_er_est"].unwrap().powi(2), "cc_norm_er_est");
        // The r²_ER that the responses were simulated with is not far.
        let error = scores.get(Score::R2Er).unwrap() - expected["true_r2"].unwrap();
        assert!(error.abs() < 0.05, "{neuron}: {error}");
    }
}

#[test]
fn the_authors_numbers_with_missing_trials() {
    let (reference, predictions, responses) = (reference(), predictions(), missing());
    let all = correlation_ceiling(responses.view());
    for (neuron, (trials, expected)) in trials(&responses).iter().zip(&reference.missing_trials).enumerate() {
        let predicted = predictions.column(neuron).to_vec();
        let scores = ScoreValues::new(trials, Some(&predicted), all[neuron]);
        assert!(scores.undefined.is_empty(), "{:?}", scores.undefined);
        for (score, name) in [
            (Score::CcRaw, "cc_raw"),
            (Score::Feve, "feve"),
            (Score::Fev, "fev"),
            (Score::OracleJackknife, "oracle_jackknife"),
        ] {
            assert_near(scores.get(score), expected[name], &format!("{name} of neuron {neuron}"));
        }
        let images: Vec<Vec<f64>> = (0..400).map(|image| trials.of(image)[..3].to_vec()).collect();
        assert_near(Ceiling::new(&images, Some(3)).cc_max, expected["cc_max"], "cc_max of three trials");
        // The reference divides the variance of the averages by M, and ours by M - 1.
        let cc_max = scores.get(Score::CcMax).unwrap() * (400.0_f64 / 399.0).sqrt();
        assert_near(Some(cc_max), expected["cc_max_all_trials"], "cc_max_all_trials");
    }
}

#[test]
fn the_authors_intervals() {
    let (reference, predictions) = (reference(), predictions());
    let trials = trials(&responses());
    assert_eq!(reference.intervals.len(), 3);
    for (&neuron, expected) in &reference.intervals {
        let predicted = predictions.column(neuron).to_vec();
        let found = r2_er_interval(&trials[neuron], &predicted, 0).unwrap();
        // Their ends are where 1000 simulations do not differ from the quantile at a level of 1 %.
        for (found, expected) in [found.low, found.high].iter().zip(expected.ecci_90_defaults) {
            assert!((found - expected).abs() < 0.006, "{neuron}: {found} {expected}");
        }
    }
}

#[test]
fn signs_are_kept() {
    let (trials, predictions) = (trials(&responses()), predictions());
    let against: Vec<f64> = predictions.column(11).iter().map(|prediction| -prediction).collect();
    let scores = ScoreValues::new(&trials[11], Some(&against), Some(1.0));
    let get = |score| scores.get(score).unwrap();
    assert!(
        get(Score::CcRaw) < -0.99 && get(Score::SingleTrialCorrelation) < -0.9 && get(Score::Feve) < -1.0
    );
    assert!(get(Score::R2Er) > 0.99, "a square hides the sign");
}

#[test]
fn what_is_not_defined_has_a_reason() {
    let predicted = [1.0, 2.0, 3.0, 4.0];
    let of = |images: [[f64; 2]; 4], predicted: &[f64]| {
        ScoreValues::new(&Trials::new(images), Some(predicted), None)
    };
    let single = of([[1.0, f64::NAN], [2.0, f64::NAN], [4.0, f64::NAN], [3.0, f64::NAN]], &predicted);
    let defined: Vec<Score> = single.values.keys().copied().collect();
    assert_eq!(defined, [Score::CcRaw, Score::CcRaw2, Score::SingleTrialCorrelation]);
    assert!(single.undefined.values().all(|&why| why == Undefined::SingleTrials), "{single:?}");

    let constant = of([[2.0; 2]; 4], &predicted);
    assert_eq!(constant.get(Score::CcRaw), Some(0.0));
    assert!(constant.undefined.values().all(|&why| why == Undefined::ConstantResponses), "{constant:?}");

    let flat = of([[0.0, 2.0], [3.0, 5.0], [6.0, 8.0], [7.0, 8.0]], &[0.3; 4]);
    assert_eq!(flat.undefined[&Score::R2Er], Undefined::ConstantPredictions);
    assert_eq!(flat.undefined[&Score::SingleTrialCorrelation], Undefined::ConstantPredictions);

    // Negative signal power.
    let noise = of([[0.0, 4.0], [4.0, 0.0], [0.0, 4.0], [4.0, 0.0]], &predicted);
    for score in [Score::R2Er, Score::Feve, Score::CcNorm2] {
        assert_eq!(noise.undefined[&score], Undefined::NoSignal, "{score}");
    }
    assert!(noise.get(Score::Fev) < Some(0.0) && noise.get(Score::SnrCorrected) < Some(0.0));

    let few = ScoreValues::new(&Trials::new([[1.0, 2.0]; 2]), Some(&[1.0, 2.0]), None);
    assert_eq!(few.undefined[&Score::Fev], Undefined::FewImages);
    for (trials, predicted) in [
        (Trials::new([[1.0, 2.0]; 3]), [1.0, f64::NAN, 2.0]),
        (Trials::new([[1.0, 2.0]; 3]), [1.0, f64::INFINITY, 2.0]),
        (Trials::new([[1.0, f64::INFINITY]; 3]), [1.0, 3.0, 2.0]),
    ] {
        let scores = ScoreValues::new(&trials, Some(&predicted), None);
        assert!(scores.values.is_empty() && scores.undefined.len() == 15, "{scores:?}");
        assert!(scores.undefined.values().all(|&why| why == Undefined::NotFinite));
    }
}

#[test]
fn fewer_images_than_trials_are_scored() {
    let responses = responses().slice_move(s![..5, .., ..]);
    let predictions = predictions();
    for (neuron, trials) in trials(&responses).iter().enumerate() {
        let predicted = predictions.slice(s![..5, neuron]).to_vec();
        let scores = ScoreValues::new(trials, Some(&predicted), None);
        let finite = scores.values.values().all(|value| value.is_finite());
        assert!(finite && scores.values.len() + scores.undefined.len() == 15, "{scores:?}");
    }
}

#[test]
fn recordings_have_the_scores_that_need_no_prediction() {
    let scores = ScoreValues::new(&trials(&responses())[5], None, Some(0.9));
    let found: Vec<Score> = scores.values.keys().copied().collect();
    let expected: Vec<Score> = <Score as strum::VariantArray>::VARIANTS
        .iter()
        .copied()
        .filter(|score| !score.is_of_predictions())
        .collect();
    assert_eq!(found, expected);
}

/// Returns FEVE, FEV, the jackknife oracle and the single-trial correlation, trial by trial.
fn plain(images: &[Vec<f64>], predicted: &[f64]) -> [f64; 4] {
    let noise = mean(images.iter().map(|image| variance(image, 1.0)));
    let pooled: Vec<f64> = images.concat();
    let total = variance(&pooled, 1.0);
    let mut repeated = Vec::new();
    let mut others = Vec::new();
    for (image, &prediction) in images.iter().zip(predicted) {
        for left_out in 0..image.len() {
            let rest = image.iter().enumerate().filter(|&(trial, _)| trial != left_out);
            others.push(mean(rest.map(|(_, &response)| response)));
            repeated.push(prediction);
        }
    }
    let error = mean(pooled.iter().zip(&repeated).map(|(y, p)| (y - p).powi(2)));
    let feve = 1.0 - (error - noise) / (total - noise);
    let (oracle, single) = (correlation(&pooled, &others), correlation(&pooled, &repeated));
    [feve, (total - noise) / total, oracle, single]
}

/// Some images with 2 to 6 trials of one neuron each, and predictions.
fn recordings() -> impl Strategy<Value = Vec<(Vec<f64>, f64)>> {
    let image = (proptest::collection::vec(0.0_f64..40.0, 2..7), 0.0_f64..40.0);
    proptest::collection::vec(image, 3..30)
}

proptest! {
    #[test]
    fn sums_over_images_give_what_trials_give(recorded in recordings()) {
        let (images, predicted): (Vec<Vec<f64>>, Vec<f64>) = recorded.into_iter().unzip();
        let scores = ScoreValues::new(&Trials::new(images.clone()), Some(&predicted), None);
        let [feve, fev, oracle, single] = plain(&images, &predicted);
        let near = |score, expected: f64| {
            // A nearly vanishing denominator magnifies rounding.
            scores.get(score).is_none_or(|found| (found - expected).abs() < 1e-6 * expected.abs().max(1.0))
        };
        prop_assert!(near(Score::Feve, feve) && near(Score::Fev, fev), "{scores:?} {feve} {fev}");
        prop_assert!(near(Score::OracleJackknife, oracle), "{scores:?} {oracle}");
        prop_assert!(near(Score::SingleTrialCorrelation, single), "{scores:?} {single}");
    }

    #[test]
    fn correlations_do_not_depend_on_unit_and_offset(
        recorded in recordings(), scale in 1e-3_f64..1e3, offset in 0.0_f64..1e3,
    ) {
        let (images, predicted): (Vec<Vec<f64>>, Vec<f64>) = recorded.into_iter().unzip();
        let other = |value: &f64| scale * value + offset * scale;
        let moved = Trials::new(images.iter().map(|image| image.iter().map(other).collect::<Vec<_>>()));
        let found = ScoreValues::new(&moved, Some(&predicted), None);
        let expected = ScoreValues::new(&Trials::new(images), Some(&predicted), None);
        for score in [
            Score::CcRaw, Score::Fev, Score::SnrCorrected, Score::OracleJackknife, Score::OracleConservative,
            Score::SingleTrialCorrelation, Score::SplitHalf,
        ] {
            let (found, expected) = (found.get(score), expected.get(score));
            let near = found.zip(expected).is_some_and(|(a, b)| (a - b).abs() < 1e-6 * b.abs().max(1.0));
            prop_assert!(near || found == expected, "{score}: {found:?} {expected:?}");
        }
    }
}
