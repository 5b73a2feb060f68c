//! Maximum pooling: the largest element of every window.

use super::pooling::part;
use super::spatial::{Sliding, first_axis, for_each_axis};
use super::table::{Chosen, Kernel, Row};
use super::{Call, Content, Reason, Selection, Tensor, reshape, types};
use crate::program::Element;
use Kernel::Selected;
use ndarray::{ArrayD, IxDyn};
use rayon::prelude::*;

/// Returns the kernels of maximum pooling.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("max_pool1d", Selected(|call| without_indices(sliding(call, 1)))),
        ("max_pool2d", Selected(|call| without_indices(sliding(call, 2)))),
        ("max_pool3d", Selected(|call| without_indices(sliding(call, 3)))),
        ("max_pool1d_with_indices", Selected(|call| sliding(call, 1))),
        ("max_pool2d_with_indices", Selected(|call| sliding(call, 2))),
        ("max_pool3d_with_indices", Selected(|call| sliding(call, 3))),
        ("adaptive_max_pool1d", Selected(|call| adaptive(call, 1))),
        ("adaptive_max_pool2d", Selected(|call| adaptive(call, 2))),
        ("adaptive_max_pool3d", Selected(|call| adaptive(call, 3))),
    ]
}

/// The indices of a window along an axis: the first, one past the last, and their distance.
type Window = (usize, usize, usize);

fn without_indices<T>(chosen: Chosen<T>) -> Chosen<T> {
    chosen.map(|(selection, _)| (selection, Vec::new()))
}

fn sliding<T: Element>(call: &Call<T>, axes: usize) -> Chosen<T> {
    let image = call.first()?;
    let along = |along: Sliding| -> Vec<Window> {
        let windows = (0..along.count).map(|index| {
            let place = index * along.stride;
            // The first place of the window outside the padding.
            let skipped = along.padding.saturating_sub(place).div_ceil(along.dilation);
            let start = place + skipped * along.dilation - along.padding;
            let end = place + (along.window - 1) * along.dilation + 1;
            (start, end.saturating_sub(along.padding).min(along.length), along.dilation)
        });
        windows.collect()
    };
    let windows = Sliding::of_pooling(call, image.shape(), axes)?.into_iter().map(along).collect();
    largest(&image, windows, call)
}

fn adaptive<T: Element>(call: &Call<T>, axes: usize) -> Chosen<T> {
    let image = call.first()?;
    let first = first_axis(image.shape(), axes)?;
    let counts = for_each_axis(call, "output_size", &[], axes)?;
    let windows = counts.into_iter().zip(&image.shape()[first..]).map(|(count, &length)| {
        call.limits.elements(&[count])?;
        Ok((0..count).map(|index| part(index, count, length)).map(|(start, end)| (start, end, 1)).collect())
    });
    largest(&image, windows.collect::<Result<_, Reason>>()?, call)
}

/// Chooses the largest element of every combination of windows along the last axes.
fn largest<T: Element>(image: &Tensor<T>, windows: Vec<Vec<Window>>, call: &Call<T>) -> Chosen<T> {
    let first = first_axis(image.shape(), windows.len())?;
    let mut shape = image.shape()[..first].to_vec();
    shape.extend(windows.iter().map(Vec::len));
    let count = call.limits.elements(&shape)?;
    if windows.iter().flatten().any(|(start, end, _)| start >= end) {
        return Err(Reason::argument("kernel_size", "a window that holds elements wherever it stands"));
    }
    // Missing axes are added in front, up to three.
    let mut windows_of_three = vec![vec![(0, 1, 1)]; 3 - windows.len()];
    windows_of_three.extend(windows);
    let extents: Vec<usize> = image.shape()[first..].to_vec();
    let [height, width] = [2, 1].map(|back| extents.len().checked_sub(back).map_or(1, |axis| extents[axis]));
    let plane: usize = extents.iter().product();
    let elements = reshape(image, &[image.len()])?;
    let elements = elements.as_slice().unwrap_or(&[]);
    let in_plane: usize = windows_of_three.iter().map(Vec::len).product();
    let mut places = vec![0_usize; count];
    if count > 0 {
        let of_plane = |(number, places): (usize, &mut [usize])| {
            let start = number * plane;
            choose(&elements[start..start + plane], start, &windows_of_three, [height, width], places);
        };
        places.par_chunks_exact_mut(in_plane).enumerate().for_each(of_plane);
    }
    let shaped = |places: Vec<usize>| {
        ArrayD::from_shape_vec(IxDyn(&shape), places).map_err(|_| Reason::argument("self", "an image"))
    };
    let indices = places.par_iter().map(|place| types::index(place % plane));
    let indices = super::array(&shape, indices.collect::<Result<Vec<T>, _>>()?)?;
    let selection = Selection { from: image.shape().to_vec(), places: shaped(places)? };
    Ok((selection, vec![Content::Array(indices)]))
}

/// Chooses the largest elements of one plane.
///
/// # Arguments
///
/// * `start` - the place of the plane's first element in the tensor
/// * `[height, width]` - the plane's extents
fn choose<T: Element>(
    plane: &[T],
    start: usize,
    windows: &[Vec<Window>],
    [height, width]: [usize; 2],
    places: &mut [usize],
) {
    let mut places = places.iter_mut();
    for &(front, back, apart) in &windows[0] {
        for &(top, bottom, below) in &windows[1] {
            for &(left, right, beside) in &windows[2] {
                let mut most = T::neg_infinity();
                let mut chosen = (front * height + top) * width + left;
                for depth in (front..back).step_by(apart) {
                    for row in (top..bottom).step_by(below) {
                        let line = (depth * height + row) * width;
                        for column in (left..right).step_by(beside) {
                            let number = plane[line + column];
                            if number > most || number.is_nan() {
                                (most, chosen) = (number, line + column);
                            }
                        }
                    }
                }
                if let Some(place) = places.next() {
                    *place = start + chosen;
                }
            }
        }
    }
}
