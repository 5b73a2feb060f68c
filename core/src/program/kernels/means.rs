//! Sums along axes with the same weights everywhere.

use super::table::{Kernel, Row as Line};
use super::weights::{Axis, Row};
use super::{AxisWeights, Call, Reason};
use crate::program::Element;
use Kernel::Weighted;

/// Returns the kernels of sums along axes.
pub(super) fn table<T: Element>() -> Vec<Line<T>> {
    vec![
        ("sum", Weighted(|call| of_axes(call, |_| 1.0))),
        ("mean", Weighted(|call| of_axes(call, |extent| extent as f64))),
        ("cumsum", Weighted(cumulative)),
    ]
}

/// Sums along the axes `dim`, and divides by a function of the number of elements.
fn of_axes<T: Element>(call: &Call<T>, divisor: fn(usize) -> f64) -> Result<Vec<AxisWeights>, Reason> {
    let shape = call.first()?.shape().to_vec();
    let mut axes = call.axes("dim", shape.len())?;
    axes.sort_unstable();
    axes.dedup();
    let fate = if call.flag("keepdim", false)? { Axis::Kept } else { Axis::Removed };
    // The last axis comes first, so that those before it keep their numbers.
    let weights = axes.into_iter().rev().map(|axis| {
        let length = shape[axis];
        AxisWeights { axis, length, rows: vec![Row::of_ones(0, length, divisor(length))], fate }
    });
    Ok(weights.collect())
}

/// Computes cumulative sums along an axis.
fn cumulative<T: Element>(call: &Call<T>) -> Result<Vec<AxisWeights>, Reason> {
    let shape = call.first()?.shape().to_vec();
    let axis = call.axis("dim", None, shape.len())?;
    let length = shape[axis];
    call.limits.elements(&[length, length])?;
    let rows = (0..length).map(|index| Row::of_ones(0, index + 1, 1.0)).collect();
    Ok(vec![AxisWeights { axis, length, rows, fate: Axis::Kept }])
}
