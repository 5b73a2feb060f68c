//! Contributions for tests.

use super::{Contributions, Mark};
use crate::arrays::read_npy;
use crate::dataset::generator;
use ndarray::{Array3, Axis, Ix3};
use rand_distr::{Distribution, StandardNormal};
use std::path::Path;

/// Returns random contributions of lengths from 1 on.
///
/// # Arguments
///
/// * `sizes` - how many images, units and lengths
pub fn random_contributions([images, units, lengths]: [usize; 3], seed: u64) -> Contributions {
    let mut random = generator(seed);
    let parts =
        Array3::from_shape_simple_fn((images, units, lengths + 1), || StandardNormal.sample(&mut random));
    of_parts((1..=lengths).collect(), parts)
}

/// Returns contributions of lengths whose outputs are the sums of the parts.
pub fn of_parts(lengths: Vec<usize>, parts: Array3<f64>) -> Contributions {
    let outputs = parts.sum_axis(Axis(2));
    Contributions { mark: Mark::Length, marks: lengths, parts, outputs }
}

/// Reads parts of a fixture, such as `reference/recurrent-1block-t3-no-avg`.
pub fn fixture_parts(name: &str) -> Array3<f64> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join("contributions.npy");
    read_npy(&file).unwrap().0.to_f64().into_dimensionality::<Ix3>().unwrap()
}
