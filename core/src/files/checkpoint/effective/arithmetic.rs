//! The formulas of effective kernels.

use super::{Reparametrization, spectral_dimensions};
use ndarray::{ArrayD, Axis, Zip};

/// Computes an effective kernel from its parts, whose shapes have been checked.
pub(super) fn compute(kind: Reparametrization, mut parts: Vec<ArrayD<f64>>) -> ArrayD<f64> {
    let mut next = || if parts.is_empty() { ArrayD::zeros(vec![]) } else { parts.remove(0) };
    match kind {
        Reparametrization::WeightNormalization => {
            let (magnitude, direction) = (next(), next());
            weight_normalized(&magnitude, direction)
        }
        Reparametrization::Pruning => {
            let (original, mask) = (next(), next());
            original * mask
        }
        Reparametrization::SpectralNormalization => {
            let (original, u, v) = (next(), next(), next());
            spectrally_normalized(original, &u, &v)
        }
    }
}

/// Returns g · v / ‖v‖ (Salimans and Kingma 2016, Eq. 2), with a norm for every index of the dimension that g
/// runs along.
fn weight_normalized(magnitude: &ArrayD<f64>, mut direction: ArrayD<f64>) -> ArrayD<f64> {
    let norm = |numbers: ndarray::ArrayViewD<'_, f64>| {
        numbers.iter().map(|number| number * number).sum::<f64>().sqrt()
    };
    let along = (0..magnitude.ndim()).find(|&dimension| magnitude.len_of(Axis(dimension)) > 1);
    match along {
        Some(dimension) => {
            for (mut part, &magnitude) in direction.axis_iter_mut(Axis(dimension)).zip(magnitude) {
                let factor = magnitude / norm(part.view());
                part *= factor;
            }
        }
        None => {
            let factor = magnitude.first().copied().unwrap_or(f64::NAN) / norm(direction.view());
            direction *= factor;
        }
    }
    direction
}

/// Returns W / σ with σ = u · (W v). As in evaluation mode, the stored vectors are used unchanged.
fn spectrally_normalized(original: ArrayD<f64>, u: &ArrayD<f64>, v: &ArrayD<f64>) -> ArrayD<f64> {
    let products: Vec<(f64, f64)> = spectral_dimensions(original.shape(), u.shape(), v.shape())
        .into_iter()
        .map(|dimension| {
            let image = matrix_times(&original, dimension, v);
            let sigma = Zip::from(u).and(&image).fold(0.0, |sum, u, image| sum + u * image);
            let length = image.iter().map(|number| number * number).sum::<f64>().sqrt();
            (sigma, (sigma / length).abs())
        })
        .collect();
    // If the lengths fit several dimensions, the vectors decide: after every training step u is W v,
    // normalized. Before the first step they decide nothing. Dimension 0 is then right for all but transposed
    // convolutions.
    let Some(&first) = products.first() else { return original };
    let (sigma, _) = products
        .into_iter()
        .skip(1)
        .fold(first, |best, other| if other.1 >= ALIGNED && other.1 > best.1 { other } else { best });
    original / sigma
}

/// The cosine between u and W v above which the two are taken to belong together.
const ALIGNED: f64 = 0.9;

/// Returns W v, with `dimension` as the rows of W and the others, in order, as its columns.
fn matrix_times(original: &ArrayD<f64>, dimension: usize, v: &ArrayD<f64>) -> ArrayD<f64> {
    let rows = original.axis_iter(Axis(dimension));
    let image = rows.map(|row| row.iter().zip(v).map(|(weight, v)| weight * v).sum::<f64>());
    ArrayD::from_shape_vec(vec![original.len_of(Axis(dimension))], image.collect())
        .unwrap_or_else(|_| ArrayD::zeros(vec![0]))
}
