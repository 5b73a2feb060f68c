//! Network operations on the maps of one image, [channels, pixels].

use ndarray::Array2;

/// The side of square maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Side(pub usize);

/// Returns the convolution of kernels [out, in · k · k] with maps of a given side, with `padding` zeros
/// around.
pub(super) fn convolve(
    maps: &Array2<f32>,
    side: Side,
    kernels: &Array2<f32>,
    k: usize,
    padding: usize,
) -> Array2<f32> {
    kernels.dot(&columns(maps, side, k, padding))
}

/// Returns the k by k neighbourhood of every pixel of the result, as columns [in · k · k, pixels].
fn columns(maps: &Array2<f32>, Side(side): Side, k: usize, padding: usize) -> Array2<f32> {
    let out = side + 2 * padding + 1 - k;
    let channels = maps.nrows();
    let mut values = vec![0.0_f32; channels * k * k * out * out];
    for (index, row) in values.chunks_exact_mut(out * out).enumerate() {
        let (channel, dy, dx) = (index / (k * k), index / k % k, index % k);
        let map = maps.row(channel);
        // The maps are created here, so they are in row-major order.
        let Some(map) = map.as_slice() else { continue };
        // The pixels of a row of the result whose source is not padding.
        let (first, end) = (padding.saturating_sub(dx), out.min(side + padding - dx));
        for (y, line) in row.chunks_exact_mut(out).enumerate() {
            let Some(source) = (y + dy).checked_sub(padding).filter(|&source| source < side) else {
                continue;
            };
            let start = source * side + first + dx - padding;
            line[first..end].copy_from_slice(&map[start..start + (end - first)]);
        }
    }
    Array2::from_shape_vec((channels * k * k, out * out), values)
        .expect("as many values as rows times columns")
}

/// Returns the average pooling in ceil mode. Windows at the border average only the pixels that they cover.
pub(super) fn pool(
    maps: &Array2<f32>,
    Side(side): Side,
    kernel: usize,
    stride: usize,
    out: usize,
) -> Array2<f32> {
    Array2::from_shape_fn((maps.nrows(), out * out), |(channel, pixel)| {
        let range = |place: usize| place * stride..(place * stride + kernel).min(side);
        let (rows, columns) = (range(pixel / out), range(pixel % out));
        let count = rows.len() * columns.len();
        let sum: f32 =
            rows.map(|y| columns.clone().map(|x| maps[[channel, y * side + x]]).sum::<f32>()).sum();
        sum / count as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The convolution by its definition.
    fn direct(
        maps: &Array2<f32>,
        side: usize,
        kernels: &Array2<f32>,
        k: usize,
        padding: usize,
    ) -> Array2<f32> {
        let out = side + 2 * padding + 1 - k;
        Array2::from_shape_fn((kernels.nrows(), out * out), |(o, pixel)| {
            let mut sum = 0.0;
            for (index, weight) in kernels.row(o).iter().enumerate() {
                let (channel, dy, dx) = (index / (k * k), index / k % k, index % k);
                let (y, x) = (pixel / out + dy, pixel % out + dx);
                if (padding..side + padding).contains(&y) && (padding..side + padding).contains(&x) {
                    sum += weight * maps[[channel, (y - padding) * side + x - padding]];
                }
            }
            sum
        })
    }

    proptest! {
        #[test]
        fn convolutions_are_what_they_should_be(
            channels in 1_usize..4, out in 1_usize..4, side in 3_usize..9, padded in any::<bool>(), seed in 0_u32..1000
        ) {
            let value = |place: (usize, usize)| ((place.0 * 31 + place.1 * 17 + seed as usize * 7) % 13) as f32 - 6.0;
            let maps = Array2::from_shape_fn((channels, side * side), value);
            let kernels = Array2::from_shape_fn((out, channels * 9), value);
            let padding = usize::from(padded);
            let found = convolve(&maps, Side(side), &kernels, 3, padding);
            prop_assert_eq!(found, direct(&maps, side, &kernels, 3, padding));
        }
    }

    #[test]
    fn pooling_in_ceil_mode() {
        let maps = Array2::from_shape_fn((1, 16), |(_, pixel)| pixel as f32);
        // Windows of 3 by 3, 3 by 1, 1 by 3 and 1 by 1 pixels.
        assert_eq!(pool(&maps, Side(4), 3, 3, 2), ndarray::arr2(&[[5.0, 7.0, 13.0, 15.0]]));
    }
}
