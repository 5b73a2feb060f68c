//! Execution of programs on images, batch by batch.

use super::EngineProblem;
use crate::prediction::Problem;
use ndarray::{Array2, Array4, Axis, Ix2, s};
use pathscope_core::program::{
    Execution, Extent, Program, Tensor, Tensors, Value, image_batches, is_without_channels,
};

/// Returns the input that takes the images.
fn input(program: &Program) -> Result<&Value, EngineProblem> {
    match *program.inputs.as_slice() {
        [input] => Ok(program.value(input)),
        _ => Err(EngineProblem::Inputs { found: program.inputs.len() }),
    }
}

/// Checks that a program takes images of this shape. The number of images does not matter.
pub(super) fn check_shape(program: &Program, images: [usize; 4]) -> Result<(), EngineProblem> {
    let input = input(program)?;
    let Some(tensor) = &input.tensor else { return Ok(()) };
    let given = &images[if is_without_channels(input, images[1]) { 2.. } else { 1.. }];
    let takes =
        |(extent, &given): (&Extent, &usize)| extent.known().is_none_or(|known| known == given as i64);
    if tensor.shape.len() == given.len() + 1 && tensor.shape[1..].iter().zip(given).all(takes) {
        return Ok(());
    }
    let extent = |extent: &Extent| extent.known().map_or_else(|| "any".to_owned(), |known| known.to_string());
    let extents = tensor.shape.iter().skip(1).map(extent);
    let expected = std::iter::once("number".to_owned()).chain(extents).collect::<Vec<_>>().join(", ");
    Err(EngineProblem::Images { found: images, expected })
}

/// Executes a program on images, one batch at a time. If the program has a fixed batch size, the last batch
/// is filled with copies of its first image.
///
/// # Arguments
///
/// * `batch` - the batch size in images, if the program leaves it open
/// * `progress` - a callback with the number of finished images
///
/// # Returns
///
/// \[images, units\], or `None` if there are no images.
pub(super) fn in_batches(
    program: &Program,
    tensors: &dyn Tensors,
    images: &Array4<f32>,
    batch: usize,
    progress: &dyn Fn(usize),
) -> Result<Option<Array2<f32>>, Problem> {
    let input = input(program)?;
    let output = program.outputs.iter().rev().copied().flatten().next().ok_or(EngineProblem::NoOutput)?;
    let execution = Execution::<f32>::new(program, tensors, &[output])?;
    let number = images.len_of(Axis(0));
    let mut predictions: Option<Array2<f32>> = None;
    for batch in image_batches(input, images.view(), batch) {
        let (start, end) = (batch.first, batch.first + batch.images);
        let computed = batch.tensor.shape()[0];
        let found = execution.run(&[batch.tensor])?.swap_remove(0);
        let found = by_image(&found, computed)?;
        let all = predictions.get_or_insert_with(|| Array2::zeros((number, found.ncols())));
        if found.ncols() != all.ncols() {
            return Err(EngineProblem::Output { found: found.shape().to_vec() }.into());
        }
        all.slice_mut(s![start..end, ..]).assign(&found.slice(s![..end - start, ..]));
        progress(end);
    }
    Ok(predictions)
}

/// Flattens the output of a program to a row for each image.
fn by_image(output: &Tensor<f32>, images: usize) -> Result<Array2<f32>, EngineProblem> {
    let wrong = || EngineProblem::Output { found: output.shape().to_vec() };
    if output.shape().first() != Some(&images) {
        return Err(wrong());
    }
    let units = output.len() / images.max(1);
    let rows = output.to_shape((images, units)).map_err(|_| wrong())?;
    rows.into_owned().into_dimensionality::<Ix2>().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::ArrayD;

    #[test]
    fn maps_are_units_one_after_the_other() {
        let maps = ArrayD::from_shape_fn(vec![2, 2, 3], |at| (at[0] * 6 + at[1] * 3 + at[2]) as f32);
        let rows = by_image(&maps.clone().into_shared(), 2).unwrap();
        assert_eq!((rows.dim(), rows[[1, 4]]), ((2, 6), 10.0));
        assert!(by_image(&maps.into_shared(), 3).is_err());
    }
}
