//! Resizing of images: every element of the result is a weighted sum of neighbours along each axis.

use super::spatial::first_axis;
use super::table::{Kernel, Row as Line};
use super::weights::{Axis, Row};
use super::{AxisWeights, Call, Reason};
use crate::program::{Argument, Element};
use Kernel::Weighted;
use std::collections::BTreeMap;

/// Returns the kernels of resizing.
pub(super) fn table<T: Element>() -> Vec<Line<T>> {
    vec![
        ("upsample_nearest1d", Weighted(|call| resized(call, 1, nearest))),
        ("upsample_nearest2d", Weighted(|call| resized(call, 2, nearest))),
        ("upsample_nearest3d", Weighted(|call| resized(call, 3, nearest))),
        ("_upsample_nearest_exact1d", Weighted(|call| resized(call, 1, nearest_exact))),
        ("_upsample_nearest_exact2d", Weighted(|call| resized(call, 2, nearest_exact))),
        ("_upsample_nearest_exact3d", Weighted(|call| resized(call, 3, nearest_exact))),
        ("upsample_linear1d", Weighted(|call| resized(call, 1, linear))),
        ("upsample_bilinear2d", Weighted(|call| resized(call, 2, linear))),
        ("upsample_trilinear3d", Weighted(|call| resized(call, 3, linear))),
        ("upsample_bicubic2d", Weighted(|call| resized(call, 2, cubic))),
        (
            "_upsample_bilinear2d_aa",
            Weighted(|call| resized(call, 2, |change| smooth(change, 1.0, triangle))),
        ),
        (
            "_upsample_bicubic2d_aa",
            Weighted(|call| resized(call, 2, |change| smooth(change, 2.0, cubic_smooth))),
        ),
    ]
}

/// The change of an axis's extent.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// The number of elements before resizing.
    length: usize,
    /// The number of elements after resizing.
    count: usize,
    /// The number of old elements for each new one, if the arguments state it.
    scale: f64,
    /// Whether the outermost elements keep their places.
    aligned: bool,
}

impl Change {
    /// Returns the number of old elements for each new one.
    fn step(&self) -> f64 {
        if !self.aligned {
            self.scale
        } else if self.count > 1 {
            (self.length as f64 - 1.0) / (self.count as f64 - 1.0)
        } else {
            0.0
        }
    }

    /// Returns the place of a new element among the old ones.
    fn place(&self, index: usize) -> f64 {
        if self.aligned { self.step() * index as f64 } else { self.step() * (index as f64 + 0.5) - 0.5 }
    }

    /// Returns the index of the old element nearest to a place, computed in single precision as in PyTorch.
    fn index(&self, place: f32) -> usize {
        ((place * self.scale as f32).floor() as usize).min(self.length - 1)
    }
}

/// Resizes the last axes.
fn resized<T: Element>(
    call: &Call<T>,
    axes: usize,
    rows: fn(Change) -> Vec<Row>,
) -> Result<Vec<AxisWeights>, Reason> {
    let shape = call.first()?.shape().to_vec();
    let first = first_axis(&shape, axes)?;
    let factors = factors(call, axes)?;
    let sizes = call.ints("output_size", &[])?;
    let aligned = call.flag("align_corners", false)?;
    let weights = (0..axes).map(|position| {
        let length = shape[first + position];
        let factor = factors[position];
        let count = match (sizes.get(position), factor) {
            (Some(&size), _) => usize::try_from(size).ok(),
            (None, Some(factor)) => Some((length as f64 * factor).floor() as usize),
            (None, None) => None,
        };
        let count = count.ok_or_else(|| Reason::argument("output_size", "a size for each axis"))?;
        if length == 0 {
            return Err(Reason::argument("self", "an image with elements"));
        }
        call.limits.elements(&[count])?;
        let scale = factor.map_or(length as f64 / count as f64, f64::recip);
        // An element that covers many has that many weights.
        call.limits.elements(&[count, (scale.abs() * 6.0) as usize + 6])?;
        let rows = rows(Change { length, count, scale, aligned });
        Ok(AxisWeights { axis: first + position, length, rows, fate: Axis::Kept })
    });
    weights.collect()
}

/// Returns the scale factors of the axes, where they are given.
fn factors<T: Element>(call: &Call<T>, axes: usize) -> Result<Vec<Option<f64>>, Reason> {
    let factors: Vec<Option<f64>> = match call.operation.argument("scale_factors") {
        Argument::Floats(factors) => factors.iter().copied().map(Some).collect(),
        _ => {
            let names = ["scales_d", "scales_h", "scales_w"];
            let names = if axes == 1 { &["scales"][..] } else { &names[3 - axes..] };
            let factor = |name: &&str| call.has(name).then(|| call.number(name, None)).transpose();
            names.iter().map(factor).collect::<Result<_, _>>()?
        }
    };
    if factors.len() != axes || factors.iter().flatten().any(|&factor| factor <= 0.0 || factor.is_nan()) {
        return Err(Reason::argument("scale_factors", "a positive number for each axis"));
    }
    Ok(factors)
}

fn nearest(change: Change) -> Vec<Row> {
    let Change { length, count, .. } = change;
    let index = |index: usize| match count {
        _ if count == length => index,
        _ if count == 2 * length => index / 2,
        _ => change.index(index as f32),
    };
    (0..count).map(|place| Row::of_ones(index(place), 1, 1.0)).collect()
}

fn nearest_exact(change: Change) -> Vec<Row> {
    (0..change.count).map(|index| Row::of_ones(change.index(index as f32 + 0.5), 1, 1.0)).collect()
}

/// Interpolates every element linearly between its two neighbours.
fn linear(change: Change) -> Vec<Row> {
    let row = |index: usize| {
        if change.count == change.length {
            return Row::of_ones(index, 1, 1.0);
        }
        let place = change.place(index).max(0.0);
        let start = (place.floor() as usize).min(change.length - 1);
        if start + 1 == change.length {
            return Row::of_ones(start, 1, 1.0);
        }
        let behind = (place - start as f64).clamp(0.0, 1.0);
        Row { start, weights: vec![1.0 - behind, behind], divisor: 1.0 }
    };
    (0..change.count).map(row).collect()
}

/// Interpolates every element from its four neighbours; beyond the ends, the outermost is repeated.
fn cubic(change: Change) -> Vec<Row> {
    let row = |index: usize| {
        let place = change.place(index);
        let start = place.floor();
        let neighbours = (-1..3).map(|offset| {
            let neighbour = (start + f64::from(offset)).clamp(0.0, (change.length - 1) as f64) as usize;
            (neighbour, keys(place - start - f64::from(offset), -0.75))
        });
        let mut weights = BTreeMap::new();
        neighbours.for_each(|(neighbour, weight)| *weights.entry(neighbour).or_insert(0.0) += weight);
        let start = weights.keys().next().copied().unwrap_or(0);
        Row { start, weights: weights.into_values().collect(), divisor: 1.0 }
    };
    (0..change.count).map(row).collect()
}

/// Averages with a filter as wide as the covered elements.
///
/// # Arguments
///
/// * `reach` - the radius of the filter where the size does not change
fn smooth(change: Change, reach: f64, filter: fn(f64) -> f64) -> Vec<Row> {
    let step = change.step();
    let width = step.max(1.0);
    let row = |index: usize| {
        let center = step * (index as f64 + 0.5);
        let start = (center - reach * width + 0.5).max(0.0) as usize;
        let end = ((center + reach * width + 0.5) as usize).min(change.length);
        let weight = |place: usize| filter((place as f64 - center + 0.5) / width);
        let weights: Vec<f64> = (start..end).map(weight).collect();
        let divisor = weights.iter().sum();
        Row { start, weights, divisor }
    };
    (0..change.count).map(row).collect()
}

fn triangle(distance: f64) -> f64 {
    (1.0 - distance.abs()).max(0.0)
}

fn cubic_smooth(distance: f64) -> f64 {
    keys(distance, -0.5)
}

/// Returns the value of Keys' cubic convolution kernel, whose second derivative has a free parameter.
fn keys(distance: f64, parameter: f64) -> f64 {
    let x = distance.abs();
    if x <= 1.0 {
        ((parameter + 2.0) * x - (parameter + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * parameter
    } else {
        0.0
    }
}
