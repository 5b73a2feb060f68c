//! All scores of a large recording, and the interval of r²_ER of one neuron.

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::{Array2, Array3, s};
use pathscope_core::data::Dataset;
use pathscope_core::data::scores::{Predicted, ScoreTable, Trials, r2_er_interval};
use pathscope_core::files::arrays::npy_bytes;
use pathscope_core::statistics::{Bootstrap, below, generator};
use std::fs;
use std::hint::black_box;

const NEURONS: usize = 200;
const IMAGES: usize = 1000;
const TRIALS: usize = 10;

/// Returns a recording of counts whose expectation depends on the image, and these expectations.
fn recording() -> (Array3<f32>, Array2<f64>) {
    let mut random = generator(0);
    let expected = Array2::from_shape_simple_fn((IMAGES, NEURONS), || below(20, &mut random) as f64);
    let responses = Array3::from_shape_fn((IMAGES, TRIALS, NEURONS), |(image, _, neuron)| {
        (expected[[image, neuron]] + below(10, &mut random) as f64) as f32
    });
    (responses, expected)
}

fn scores(criterion: &mut Criterion) {
    let (mut responses, predictions) = recording();
    score(criterion, "10 trials", &responses, &predictions);
    for (image, mut trials) in responses.outer_iter_mut().enumerate() {
        trials.slice_mut(s![4 + image % 7.., ..]).fill(f32::NAN);
    }
    score(criterion, "4 to 10 trials", &responses, &predictions);
}

fn score(criterion: &mut Criterion, trials: &str, responses: &Array3<f32>, predictions: &Array2<f64>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let images = Array3::from_shape_fn((IMAGES, 2, 2), |(image, y, x)| ((image + y + x) % 251) as u8);
    for (name, bytes) in [("images.npy", npy_bytes(&images)), ("responses.npy", npy_bytes(responses))] {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    fs::write(folder.path().join("dataset.toml"), "name = \"bench\"").expect("a file");
    let dataset = Dataset::open(folder.path()).expect("a data set");
    let ceilings = dataset.correlation_ceiling();
    let all: Vec<usize> = (0..IMAGES).collect();
    let neurons: Vec<usize> = (0..NEURONS).collect();
    let predicted = Predicted { values: predictions.view(), images: &all, neurons: &neurons };
    let none = Bootstrap { resamples: 0, ..Bootstrap::default() };
    criterion.bench_function(&format!("scores/200 neurons, 1000 images, {trials}"), |bencher| {
        bencher.iter(|| ScoreTable::new(black_box(&dataset), predicted, &ceilings, &none));
    });
}

fn interval(criterion: &mut Criterion) {
    let (responses, predictions) = recording();
    let trials =
        Trials::new((0..IMAGES).map(|image| {
            (0..TRIALS).map(|trial| f64::from(responses[[image, trial, 0]])).collect::<Vec<_>>()
        }));
    let predicted = predictions.column(0).to_vec();
    criterion.bench_function("interval of r²_ER/1000 images, 10 trials", |bencher| {
        bencher.iter(|| r2_er_interval(black_box(&trials), &predicted, 0));
    });
}

criterion_group!(benches, scores, interval);
criterion_main!(benches);
