//! Batches of as many images as a program takes at once.

use super::{Element, Tensor, Value};
use ndarray::{ArrayD, ArrayView4, Axis, s};

/// A batch of images for a program.
#[derive(Clone, Debug)]
pub struct ImageBatch<T> {
    /// The index of the first image.
    pub first: usize,
    /// The number of images. If the program takes more, copies of the first image follow.
    pub images: usize,
    /// The images \[number, channels, height, width\]; without channels where the program has no axis for them.
    pub tensor: Tensor<T>,
}

/// Returns the batch size of an input; `None` if it takes any number of images.
pub fn fixed_batch(input: &Value) -> Option<usize> {
    let extent = input.tensor.as_ref()?.shape.first()?.known()?;
    usize::try_from(extent).ok().filter(|&images| images > 0)
}

/// Returns whether an input lacks the channel axis of images with one channel.
pub fn is_without_channels(input: &Value, channels: usize) -> bool {
    channels == 1 && input.tensor.as_ref().is_some_and(|tensor| tensor.shape.len() == 3)
}

/// Divides images into batches for an input. With a fixed batch size, the last batch is filled with copies of
/// its first image.
///
/// # Arguments
///
/// * `images` - \[number, channels, height, width\]
/// * `size` - the batch size where the input takes any number of images
///
/// # Complexity
///
/// Memory for one batch at a time.
pub fn image_batches<'i, T: Element>(
    input: &Value,
    images: ArrayView4<'i, f32>,
    size: usize,
) -> impl Iterator<Item = ImageBatch<T>> + use<'i, T> {
    let fixed = fixed_batch(input);
    let squeezed = is_without_channels(input, images.len_of(Axis(1)));
    let size = fixed.unwrap_or(size).max(1);
    let count = images.len_of(Axis(0));
    (0..count).step_by(size).map(move |first| {
        let given = (count - first).min(size);
        let mut shape = images.shape().to_vec();
        shape[0] = fixed.unwrap_or(given);
        let mut all = ArrayD::zeros(shape);
        for (place, mut image) in all.outer_iter_mut().enumerate() {
            let from = first + if place < given { place } else { 0 };
            let from = images.slice(s![from, .., .., ..]);
            image.iter_mut().zip(from).for_each(|(to, &pixel)| *to = T::of(f64::from(pixel)));
        }
        let tensor = if squeezed { all.index_axis_move(Axis(1), 0) } else { all };
        ImageBatch { first, images: given, tensor: tensor.into_shared() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::testing::{SYMBOLIC, TestProgram};
    use ndarray::array;

    fn batches(shape: &[i64], size: usize) -> Vec<(usize, usize, Vec<usize>, Vec<f64>)> {
        let mut net = TestProgram::new();
        let input = net.input("x", shape);
        let images = array![[[[1.0_f32]]], [[[2.0]]], [[[3.0]]]];
        let batches = image_batches::<f64>(net.program.value(input), images.view(), size);
        batches
            .map(|batch| {
                let numbers = batch.tensor.iter().copied().collect();
                (batch.first, batch.images, batch.tensor.shape().to_vec(), numbers)
            })
            .collect()
    }

    #[test]
    fn the_last_batch_is_filled_up_with_its_first_image() {
        let last = batches(&[2, 1, 1, 1], 16).pop().unwrap();
        assert_eq!(last, (2, 1, vec![2, 1, 1, 1], vec![3.0, 3.0]));
    }

    #[test]
    fn batches_of_any_size_are_not_filled_up() {
        let last = batches(&[SYMBOLIC, 1, 1, 1], 2).pop().unwrap();
        assert_eq!(last, (2, 1, vec![1, 1, 1, 1], vec![3.0]));
    }

    #[test]
    fn grey_images_may_lack_the_axis_of_channels() {
        assert_eq!(batches(&[3, 1, 1], 16), [(0, 3, vec![3, 1, 1], vec![1.0, 2.0, 3.0])]);
    }
}
