use super::*;
use crate::data::explained_variance::normalized_explained_variance;
use crate::files::arrays::read_npy;
use crate::statistics::correlation;
use ndarray::{Array2, Array3, Ix3, s};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::path::Path;

fn fixture(name: &str) -> ndarray::ArrayD<f64> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reference/ccnorm");
    read_npy(&folder.join(name)).unwrap().0.to_f64()
}

/// [images, trials, neurons]
fn reference() -> Array3<f64> {
    let responses = fixture("responses.npy").into_dimensionality::<Ix3>().unwrap();
    responses.permuted_axes([2, 1, 0]).as_standard_layout().into_owned()
}

#[test]
fn the_authors_numbers() {
    let found = correlation_ceiling(reference().view());
    let expected = fixture("cc_max.npy");
    assert_eq!(found.len(), expected.len());
    let mut ceilings = 0;
    for (neuron, (found, expected)) in found.iter().zip(&expected).enumerate() {
        match found {
            Some(found) => {
                assert!((found - expected).abs() < 1e-14, "{neuron}: {found} {expected}");
                ceilings += 1;
            }
            None => assert!(expected.is_nan(), "{neuron}: {expected}"),
        }
    }
    assert!(ceilings > 0);
}

#[test]
fn equal_numbers_of_trials_at_different_places_are_equal() {
    let all = reference();
    let first_eight = correlation_ceiling(all.slice(s![.., ..8, ..]));
    let mut some = all.clone();
    some.slice_mut(s![.., 8.., ..]).fill(f64::NAN);
    for image in (0..100).step_by(3) {
        let moved = some.slice(s![image, ..8, ..]).to_owned();
        some.slice_mut(s![image, 30..38, ..]).assign(&moved);
        some.slice_mut(s![image, ..8, ..]).fill(f64::NAN);
    }
    assert_eq!(correlation_ceiling(some.view()), first_eight);
}

#[test]
fn images_of_one_trial_are_left_out_where_others_have_several() {
    let mut some = reference();
    some.slice_mut(s![..60, 1.., ..]).fill(f64::NAN);
    let mixed = ceilings(some.view(), None);
    assert!(mixed.iter().all(|ceiling| ceiling.formula == CeilingFormula::UnequalTrials), "{mixed:?}");
    some.slice_mut(s![70, 20.., ..]).fill(f64::NAN);
    let found = ceilings(some.view(), None);
    assert!(
        found.iter().all(|ceiling| (ceiling.images, ceiling.fewest, ceiling.most) == (40, 20, 50)),
        "{found:?}"
    );
    assert_eq!(
        correlation_ceiling(some.view()),
        correlation_ceiling(some.slice(s![60.., .., ..])),
        "as if there were only the others"
    );
    // A single image with several trials cannot give a ceiling.
    some.slice_mut(s![..99, 1.., ..]).fill(f64::NAN);
    assert_eq!(correlation_ceiling(some.view()), vec![None; 10]);
}

#[test]
fn neurons_without_a_ceiling() {
    let opposite = ndarray::array![[[1.0_f32], [2.0]], [[2.0], [1.0]]];
    assert_eq!(correlation_ceiling(opposite.view()), [None]);
    let noise = ndarray::array![[[1.0_f32], [4.0], [f32::NAN]], [[2.0], [3.0], [2.0]]];
    assert_eq!(ceilings(noise.view(), None)[0].formula, CeilingFormula::UnequalTrials);
    assert_eq!(correlation_ceiling(noise.view()), [None]);
    assert_eq!(correlation_ceiling(Array3::<f32>::ones((9, 4, 2)).view()), [None, None]);
    assert_eq!(correlation_ceiling(reference().slice(s![.., ..1, ..])), vec![None; 10]);
    assert_eq!(correlation_ceiling(reference().slice(s![..1, .., ..])), vec![None; 10]);
    assert!(correlation_ceiling(Array3::<f32>::ones((0, 4, 0)).view()).is_empty());
    assert_eq!(correlation_ceiling(Array3::<f32>::ones((0, 4, 1)).view()), [None]);
}

/// Draws an approximately normal number of mean 0 and variance 1.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| f64::from(random.next_u32()) / f64::from(u32::MAX)).sum::<f64>() - 6.0
}

/// Simulates signals of variance 1 \[images, neurons\], and trials with noise of a given standard deviation.
fn simulated(
    images: usize,
    neurons: usize,
    deviation: f64,
    seed: u64,
    count: impl Fn(usize) -> usize,
) -> (Array2<f64>, Array3<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let signal = Array2::from_shape_simple_fn((images, neurons), || normal(&mut random));
    let most = (0..images).map(&count).max().unwrap_or(0);
    let trials = Array3::from_shape_fn((images, most, neurons), |(image, trial, neuron)| {
        let noise = deviation * normal(&mut random);
        if trial < count(image) { signal[[image, neuron]] + noise } else { f64::NAN }
    });
    (signal, trials)
}

/// Returns the mean over neurons of a perfect model's CC_norm².
fn perfect(signal: &Array2<f64>, trials: &Array3<f64>) -> f64 {
    let score = |(neuron, cc_max): (usize, Option<f64>)| {
        let averages: Vec<f64> =
            trials.index_axis(Axis(2), neuron).outer_iter().map(|trials| mean(present(trials))).collect();
        let raw = correlation(&signal.column(neuron).to_vec(), &averages);
        normalized_explained_variance(raw, cc_max).unwrap()
    };
    mean(correlation_ceiling(trials.view()).into_iter().enumerate().map(score))
}

#[test]
fn a_perfect_model_scores_one_on_unequal_trials() {
    // CC_max² is about 0.72, and a mean over 24 neurons has a standard error of about 0.01. A ceiling of the
    // fewest trials would give about 1.2.
    let count = |image: usize| [2, 3, 5, 12][image % 4];
    let (signal, trials) = simulated(500, 24, 1.2, 1, count);
    let found = perfect(&signal, &trials);
    assert!((found - 1.0).abs() < 0.03, "{found}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// With 600 images, a CC_max² of 0.5 and more has a standard error below 0.03, and the formulas share
    /// nearly all of it. They differ by the covariances of noise between images, about √(2 / 600) of the
    /// noise's share, and by n-1 over n.
    #[test]
    fn both_formulas_estimate_the_same(trials in 2_usize..10, deviation in 0.2_f64..1.4, seed in any::<u64>()) {
        let (_, responses) = simulated(600, 1, deviation, seed, |_| trials);
        let images: Vec<Vec<f64>> = responses.index_axis(Axis(2), 0).outer_iter().map(present).collect();
        let images: Vec<&[f64]> = images.iter().map(Vec::as_slice).collect();
        let equal = of_equal_trials(&images, trials).unwrap().powi(2);
        let unequal = of_unequal_trials(&images).unwrap().powi(2);
        let truth = 1.0 / (1.0 + deviation * deviation / trials as f64);
        prop_assert!((equal - unequal).abs() < 0.002 + 0.15 * (1.0 - truth), "{equal} {unequal}");
        prop_assert!((equal - truth).abs() < 0.15 && (unequal - truth).abs() < 0.15, "{equal} {unequal} {truth}");
    }

    #[test]
    fn the_ceiling_does_not_depend_on_unit_and_offset(scale in 1e-3_f64..1e3, offset in -1e3_f64..1e3, seed in any::<u64>()) {
        let (_, responses) = simulated(40, 1, 0.8, seed, |image| 2 + image % 5);
        let found = correlation_ceiling(responses.mapv(|value| scale * value + offset * scale).view())[0];
        let expected = correlation_ceiling(responses.view())[0];
        prop_assert!((found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-6, "{found:?} {expected:?}");
    }
}
