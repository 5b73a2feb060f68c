//! Images, as many as a network takes at once.

use super::ComputeError;
use super::model::ContributedModel;
use crate::program::{Element, Tensor};
use ndarray::{ArrayD, ArrayView4, Axis, s};

/// Images that go through a network together.
pub(super) struct ImageBatch<T> {
    /// The index of the first of them.
    pub(super) first: usize,
    /// How many there are. Where the network takes more, copies of the first follow.
    pub(super) images: usize,
    /// The images, as the network takes them.
    pub(super) tensor: Tensor<T>,
}

/// Divides images [number, channels, height, width] into batches.
pub(super) fn batches<'i, T: Element>(
    model: &ContributedModel,
    images: ArrayView4<'i, f32>,
    size: usize,
) -> Result<impl Iterator<Item = ImageBatch<T>> + use<'i, T>, ComputeError> {
    let fixed = model.batch();
    let axes = model.input_axes().unwrap_or(4);
    let channels = images.len_of(Axis(1));
    if axes != 4 && (axes, channels) != (3, 1) {
        let reason = format!(
            "its input has {axes} axes, but images have 4, or 3 where they have one channel: export the model for images [N, C, H, W]"
        );
        return Err(ComputeError::Images { path: model.path.clone(), reason });
    }
    let size = fixed.unwrap_or(size).max(1);
    let count = images.len_of(Axis(0));
    Ok((0..count).step_by(size).map(move |first| {
        let given = (count - first).min(size);
        let mut all = ArrayD::zeros(images.slice(s![..0, .., .., ..]).shape().to_vec());
        let taken = if fixed.is_some() { size } else { given };
        for place in 0..taken {
            let image = images.slice(s![first + if place < given { place } else { 0 }, .., .., ..]);
            let image = image.mapv(|pixel| T::of(f64::from(pixel))).into_dyn();
            // Only images of another shape could fail, and all have that of one array.
            let _ = all.push(Axis(0), image.view());
        }
        let tensor = if axes == 3 { all.index_axis_move(Axis(1), 0) } else { all };
        ImageBatch { first, images: given, tensor: tensor.into_shared() }
    }))
}
