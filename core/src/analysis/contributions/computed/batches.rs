//! Batches of as many images as a network takes at once.

use super::ComputeError;
use super::model::ContributedModel;
use crate::program::{Element, ImageBatch, image_batches, is_without_channels};
use ndarray::{ArrayView4, Axis};

/// Divides images \[number, channels, height, width\] into batches, if the model's input has an axis for each
/// of theirs.
pub(super) fn batches<'i, T: Element>(
    model: &ContributedModel,
    images: ArrayView4<'i, f32>,
    size: usize,
) -> Result<impl Iterator<Item = ImageBatch<T>> + use<'i, T>, ComputeError> {
    let input = model.input()?;
    let axes = input.tensor.as_ref().map_or(4, |tensor| tensor.shape.len());
    if axes != 4 && !is_without_channels(input, images.len_of(Axis(1))) {
        let reason = format!(
            "its input has {axes} axes, but images have 4, or 3 where they have one channel: export the model for images [N, C, H, W]"
        );
        return Err(ComputeError::Images { path: model.path.clone(), reason });
    }
    Ok(image_batches(input, images, size))
}
