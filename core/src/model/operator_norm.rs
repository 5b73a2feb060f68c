//! The norm of a convolution as a linear operator on periodic maps.
//!
//! This follows Sedghi, Gupta and Long, *The singular values of convolutional layers*, ICLR 2019, Theorem 6.
//! On maps with n points a side that wrap around, the two-dimensional discrete Fourier transform decomposes a
//! convolution into one matrix for each frequency (u, v),
//!
//! ```text
//! K(u,v)[o,i] = Σ_xy weight[o,i,x,y] · exp(-2πi (u·x + v·y) / n),
//! ```
//!
//! and the singular values of the convolution are those of all these matrices together. The largest one is
//! the factor by which the convolution can lengthen an input (in the 2-norm) at most. It does not depend on
//! where the kernel is centred. The convolutions of our networks pad with zeros and do not wrap. So for them
//! it is an approximation, which is close if the map is much larger than the kernel.

use ndarray::ArrayViewD;
use thiserror::Error;

/// Whether this build supports [`operator_norm`], which needs the feature `lapack`.
pub const AVAILABLE: bool = cfg!(feature = "lapack");

/// The reason why an operator norm cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OperatorNormError {
    /// The feature `lapack` is off.
    #[error(
        "operator-norm needs a pathscope that is built with LAPACK: `cargo xtask install` in a clone of it, or `cargo install --path . --features lapack`, after installing OpenBLAS and pkg-config (Debian: apt install libopenblas-dev pkg-config)"
    )]
    NotBuiltIn,
    /// The shape is not that of a convolution's kernel with so many groups.
    #[error(
        "a kernel of shape {shape:?} in {groups} groups on maps of {map_size} points a side has no operator norm: expected [output channels, input channels, …kernel] with a multiple of {groups} output channels, and no extent of 0"
    )]
    Shape {
        /// The shape of the kernel.
        shape: Vec<usize>,
        /// The number of channel groups.
        groups: usize,
        /// Points along each side of the map.
        map_size: usize,
    },
    /// LAPACK failed.
    #[error("LAPACK could not find the singular values: {0}")]
    Lapack(String),
}

/// Returns the largest singular value of a convolution on periodic maps.
///
/// # Arguments
///
/// * `weight` - [output channels, input channels of a group, …kernel], with any number of kernel axes; a
///   kernel may be larger than the map and then wraps around it
/// * `groups` - the number of channel groups, which are not mixed; 1 for an ordinary convolution
/// * `map_size` - n, the points along each side of the map
///
/// # Returns
///
/// The largest factor by which the 2-norm of a map can grow. With groups, it is that of the strongest group.
///
/// # Errors
///
/// [`OperatorNormError::NotBuiltIn`] without the feature `lapack`; [`OperatorNormError::Shape`].
///
/// # Complexity
///
/// With d kernel axes of k points, O(n^d / 2 · o·i·(k + min(o, i))) time for o output and i input channels.
/// The kernel is real, so opposite frequencies have the same singular values, and the transform is taken one
/// axis after the other. O(weights) memory.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "lapack")] {
/// use ndarray::{Array, array};
/// use pathscope_core::model::operator_norm::operator_norm;
///
/// // A 1×1 kernel does the same to every frequency: the spectral norm of diag(3, 4).
/// let weight = array![[[[3.0]], [[0.0]]], [[[0.0]], [[4.0]]]].into_dyn();
/// assert!((operator_norm(weight.view(), 1, 8)? - 4.0).abs() < 1e-12);
/// // A moving average leaves a constant map as it is and weakens all others.
/// let mean = Array::from_elem((1, 1, 3, 3), 1.0 / 9.0).into_dyn();
/// assert!((operator_norm(mean.view(), 1, 8)? - 1.0).abs() < 1e-12);
/// # }
/// # Ok::<(), pathscope_core::model::operator_norm::OperatorNormError>(())
/// ```
pub fn operator_norm(
    weight: ArrayViewD<'_, f64>,
    groups: usize,
    map_size: usize,
) -> Result<f64, OperatorNormError> {
    let shape = weight.shape();
    if shape.len() < 2
        || shape.contains(&0)
        || map_size == 0
        || groups == 0
        || !shape[0].is_multiple_of(groups)
    {
        return Err(OperatorNormError::Shape { shape: shape.to_vec(), groups, map_size });
    }
    blocks::largest_of_groups(weight, groups, map_size)
}

#[cfg(not(feature = "lapack"))]
mod blocks {
    use super::{ArrayViewD, OperatorNormError};

    pub(super) fn largest_of_groups(
        _weight: ArrayViewD<'_, f64>,
        _groups: usize,
        _map_size: usize,
    ) -> Result<f64, OperatorNormError> {
        Err(OperatorNormError::NotBuiltIn)
    }
}

#[cfg(feature = "lapack")]
mod blocks {
    use super::OperatorNormError;
    use ndarray::{ArrayD, ArrayViewD, Axis, Ix2};
    use ndarray_linalg::{SVDInplace, c64};
    use std::f64::consts::TAU;

    pub(super) fn largest_of_groups(
        weight: ArrayViewD<'_, f64>,
        groups: usize,
        map_size: usize,
    ) -> Result<f64, OperatorNormError> {
        // Scaled, so that sums do not overflow prematurely.
        let scale = weight.iter().fold(0.0, |scale: f64, weight| scale.max(weight.abs()));
        if scale == 0.0 {
            return Ok(0.0);
        }
        // exp(-2πi j/n) for j < n.
        let angle = |step: usize| -TAU * step as f64 / map_size as f64;
        let roots: Vec<c64> = (0..map_size).map(|step| c64::from_polar(1.0, angle(step))).collect();
        // [output channels, input channels, …kernel] → […kernel, output channels, input channels]
        let axes: Vec<usize> = (2..weight.ndim()).chain([0, 1]).collect();
        let mut largest: f64 = 0.0;
        for group in weight.axis_chunks_iter(Axis(0), weight.len_of(Axis(0)) / groups) {
            let kernel = group.permuted_axes(axes.as_slice()).mapv(|weight| c64::new(weight / scale, 0.0));
            largest = largest.max(largest_over_frequencies(kernel, &roots, true)?);
        }
        Ok(largest * scale)
    }

    /// # Arguments
    ///
    /// * `kernel` - [kernel axes not yet transformed, output channels, input channels]
    /// * `roots` - exp(-2πi j/n) for j < n
    /// * `real` - whether opposite frequencies along the remaining axes give conjugate matrices, so that one
    ///   of each two is enough. This holds as long as the frequencies chosen so far are their own opposites
    fn largest_over_frequencies(
        kernel: ArrayD<c64>,
        roots: &[c64],
        real: bool,
    ) -> Result<f64, OperatorNormError> {
        if kernel.ndim() == 2 {
            return largest_singular_value(kernel);
        }
        let map_size = roots.len();
        let frequencies = if real { map_size / 2 + 1 } else { map_size };
        let mut largest: f64 = 0.0;
        for frequency in 0..frequencies {
            let mut transformed = ArrayD::zeros(&kernel.shape()[1..]);
            for (point, values) in kernel.outer_iter().enumerate() {
                transformed.scaled_add(roots[frequency * point % map_size], &values);
            }
            let own_opposite = (2 * frequency).is_multiple_of(map_size);
            largest = largest.max(largest_over_frequencies(transformed, roots, real && own_opposite)?);
        }
        Ok(largest)
    }

    fn largest_singular_value(matrix: ArrayD<c64>) -> Result<f64, OperatorNormError> {
        let failed = |error: &dyn std::fmt::Display| OperatorNormError::Lapack(error.to_string());
        let mut matrix = matrix.into_dimensionality::<Ix2>().map_err(|error| failed(&error))?;
        let (_, singular_values, _) = matrix.svd_inplace(false, false).map_err(|error| failed(&error))?;
        Ok(singular_values.iter().fold(0.0, |largest: f64, value| largest.max(*value)))
    }
}

#[cfg(all(test, feature = "lapack"))]
mod tests;

#[cfg(all(test, not(feature = "lapack")))]
mod tests_without_lapack {
    use super::*;
    use ndarray::array;

    #[test]
    fn says_how_to_get_it() {
        let error = operator_norm(array![[1.0]].into_dyn().view(), 1, 4).unwrap_err();
        assert_eq!(error, OperatorNormError::NotBuiltIn);
        assert!(error.to_string().contains("cargo install --path . --features lapack"), "{error}");
    }
}
