//! Contributions for tests.

use super::{
    ContributionSummary, Contributions, ContributionsDocument, ContributionsSettings, ContributionsSource,
    ImagesSource, Mark, Recordings, StrengthDistribution, StrengthShare,
};
use crate::files::arrays::read_npy;
use crate::statistics::Bootstrap;
use crate::statistics::generator;
use ndarray::{Array3, Axis, Ix3};
use rand_distr::{Distribution, StandardNormal};
use std::path::Path;

/// Returns random contributions with lengths from 1.
///
/// # Arguments
///
/// * `sizes` - the numbers of images, units and lengths
pub fn random_contributions([images, units, lengths]: [usize; 3], seed: u64) -> Contributions {
    let mut random = generator(seed);
    let parts =
        Array3::from_shape_simple_fn((images, units, lengths + 1), || StandardNormal.sample(&mut random));
    of_parts((1..=lengths).collect(), parts)
}

/// Returns contributions by length whose outputs are the sums of the parts.
pub fn of_parts(lengths: Vec<usize>, parts: Array3<f64>) -> Contributions {
    let outputs = parts.sum_axis(Axis(2));
    Contributions { mark: Mark::Length, marks: lengths, parts, outputs }
}

/// Reads parts of a fixture, such as `reference/recurrent-1block-t3-no-avg`.
pub fn fixture_parts(name: &str) -> Array3<f64> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name).join("contributions.npy");
    read_npy(&file).unwrap().0.to_f64().into_dimensionality::<Ix3>().unwrap()
}

/// Returns a document of contributions, with recordings if there are any.
pub fn document_of(contributions: &Contributions, recordings: Option<&Recordings>) -> ContributionsDocument {
    let share = |length, probability| StrengthShare { length, probability: Some(probability) };
    let strength = StrengthDistribution {
        average_path_length: Some(2.25),
        lengths: vec![share(1, 0.25), share(2, 0.25), share(3, 0.5)],
    };
    let bootstrap = Bootstrap { resamples: 100, ..Bootstrap::default() };
    let strength = (contributions.mark == Mark::Length).then_some(strength);
    let summary = ContributionSummary::new(contributions, strength, recordings, &bootstrap).unwrap();
    let source = ContributionsSource {
        path: "net.safetensors".to_owned(),
        sha256: "00ff".to_owned(),
        inputs: Vec::new(),
    };
    let images_source = ImagesSource {
        path: "images.npy".to_owned(),
        sha256: [("images.npy".to_owned(), "01".to_owned())].into(),
        dataset: None,
    };
    let settings = ContributionsSettings {
        gate: "secant".to_owned(),
        baseline: ContributionsSettings::ZERO.to_owned(),
        precision: "single".to_owned(),
        from: None,
        to: None,
        output: None,
        readout: Some("no-avg".to_owned()),
        count: "convolutions".to_owned(),
        batch: 8,
    };
    ContributionsDocument::new(source, images_source, settings, summary)
}
