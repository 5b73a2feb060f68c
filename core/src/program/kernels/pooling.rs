//! Average pooling, along one axis after another.

use super::spatial::{Sliding, first_axis, for_each_axis};
use super::table::{Kernel, Row as Line};
use super::weights::{Axis, Row};
use super::{AxisWeights, Call, Reason};
use crate::program::Element;
use Kernel::Weighted;

/// Returns the kernels of average pooling.
pub(super) fn table<T: Element>() -> Vec<Line<T>> {
    vec![
        ("avg_pool1d", Weighted(|call| average(call, 1))),
        ("avg_pool2d", Weighted(|call| average(call, 2))),
        ("avg_pool3d", Weighted(|call| average(call, 3))),
        ("adaptive_avg_pool1d", Weighted(|call| adaptive_average(call, 1))),
        ("adaptive_avg_pool2d", Weighted(|call| adaptive_average(call, 2))),
        ("adaptive_avg_pool3d", Weighted(|call| adaptive_average(call, 3))),
        ("_adaptive_avg_pool2d", Weighted(|call| adaptive_average(call, 2))),
        ("_adaptive_avg_pool3d", Weighted(|call| adaptive_average(call, 3))),
    ]
}

/// Averages windows along the last axes.
fn average<T: Element>(call: &Call<T>, axes: usize) -> Result<Vec<AxisWeights>, Reason> {
    let shape = call.first()?.shape().to_vec();
    let first = first_axis(&shape, axes)?;
    let counts_padding = call.flag("count_include_pad", true)?;
    let given = call.has("divisor_override").then(|| call.number("divisor_override", None)).transpose()?;
    let sliding = Sliding::of_pooling(call, &shape, axes)?;
    let weights = sliding.iter().enumerate().map(|(position, along)| {
        let rows = (0..along.count).map(|index| {
            let place = index * along.stride;
            let start = place.max(along.padding) - along.padding;
            let end = (place + along.window).saturating_sub(along.padding).min(along.length);
            let count = end.saturating_sub(start);
            let covered = (place + along.window).min(along.length + 2 * along.padding) - place;
            let divisor = match given {
                Some(number) => [1.0, number][usize::from(position == 0)],
                None => (if counts_padding { covered } else { count.max(1) }) as f64,
            };
            Row::of_ones(start.min(along.length), count, divisor)
        });
        let rows = rows.collect();
        AxisWeights { axis: first + position, length: along.length, rows, fate: Axis::Kept }
    });
    Ok(weights.collect())
}

/// Averages the last axes over as many parts as the result has elements; parts overlap where the extent is
/// not divisible.
fn adaptive_average<T: Element>(call: &Call<T>, axes: usize) -> Result<Vec<AxisWeights>, Reason> {
    let shape = call.first()?.shape().to_vec();
    let first = first_axis(&shape, axes)?;
    let counts = for_each_axis(call, "output_size", &[], axes)?;
    let weights = counts.into_iter().enumerate().map(|(position, count)| {
        let length = shape[first + position];
        call.limits.elements(&[count, length.div_ceil(count.max(1)) + 1])?;
        let rows = (0..count).map(|index| {
            let (start, end) = part(index, count, length);
            Row::of_ones(start, end - start, (end - start) as f64)
        });
        Ok(AxisWeights { axis: first + position, length, rows: rows.collect(), fate: Axis::Kept })
    });
    weights.collect()
}

/// Returns the beginning and the end of a part of an axis.
pub(super) fn part(index: usize, count: usize, length: usize) -> (usize, usize) {
    (index * length / count, ((index + 1) * length).div_ceil(count))
}
