//! Broadcasting of shapes, forwards and backwards.

use super::super::kernels::{Reason, Tensor};
use crate::program::Element;
use ndarray::{Axis, Zip};
use rayon::prelude::*;

/// The largest number of elements for which several threads are not worthwhile.
const FEW: usize = 1 << 14;

fn apart(first: &[usize], second: &[usize]) -> Reason {
    Reason::Shapes { first: first.to_vec(), second: second.to_vec() }
}

/// Repeats a tensor along axes of extent 1 until it has the given shape.
pub(super) fn fitted<T: Element>(tensor: Tensor<T>, shape: &[usize]) -> Result<Tensor<T>, Reason> {
    if tensor.shape() == shape {
        return Ok(tensor);
    }
    let repeated = tensor.broadcast(shape).ok_or_else(|| apart(tensor.shape(), shape))?;
    Ok(repeated.to_owned().into_shared())
}

/// Sums a tensor along the axes in which a smaller one was repeated: the adjoint of [`fitted`].
pub(super) fn added_up<T: Element>(tensor: &Tensor<T>, shape: &[usize]) -> Result<Tensor<T>, Reason> {
    if tensor.shape() == shape {
        return Ok(tensor.clone());
    }
    let mut sum = tensor.clone();
    let more = tensor.ndim().checked_sub(shape.len()).ok_or_else(|| apart(tensor.shape(), shape))?;
    for _ in 0..more {
        sum = sum.sum_axis(Axis(0)).into_shared();
    }
    for (axis, &extent) in shape.iter().enumerate() {
        if sum.shape()[axis] != extent {
            if extent != 1 {
                return Err(apart(tensor.shape(), shape));
            }
            sum = sum.sum_axis(Axis(axis)).insert_axis(Axis(axis)).into_shared();
        }
    }
    Ok(sum)
}

/// Multiplies two tensors element by element, broadcasting either.
pub(super) fn product<T: Element>(tensor: Tensor<T>, factors: &Tensor<T>) -> Result<Tensor<T>, Reason> {
    combined(tensor, factors, |number, factor| *number *= factor)
}

/// Adds two tensors element by element, broadcasting either.
pub(super) fn sum<T: Element>(tensor: Tensor<T>, other: &Tensor<T>) -> Result<Tensor<T>, Reason> {
    combined(tensor, other, |number, other| *number += other)
}

fn combined<T: Element>(
    tensor: Tensor<T>,
    other: &Tensor<T>,
    change: impl Fn(&mut T, T) + Send + Sync,
) -> Result<Tensor<T>, Reason> {
    let shape = common(tensor.shape(), other.shape())?;
    let mut result = fitted(tensor, &shape)?;
    if let (Some(block), Some(others)) = (repeated_block(&shape, other.shape()), other.as_slice())
        && let Some(numbers) = result.as_slice_mut()
    {
        by_block(numbers, others, block, change);
        return Ok(result);
    }
    let other = other.broadcast(shape.as_slice()).ok_or_else(|| apart(&shape, other.shape()))?;
    Zip::from(result.view_mut()).and(other).par_for_each(|number, &other| change(number, other));
    Ok(result)
}

/// Returns how many consecutive elements meet the same element of a broadcast tensor. The tensor must have
/// all elements, or those along one stretch of axes, such as one for each channel.
fn repeated_block(shape: &[usize], other: &[usize]) -> Option<usize> {
    let more = shape.len() - other.len();
    let repeated = |axis: usize| axis < more || (other[axis - more] == 1 && shape[axis] != 1);
    let last = (0..shape.len()).rev().find(|&axis| !repeated(axis))?;
    let first = (0..=last).rev().take_while(|&axis| !repeated(axis)).last()?;
    // The axes before the stretch must be repeated too; otherwise the elements are not in order.
    (0..first).all(|axis| repeated(axis) || shape[axis] == 1).then(|| shape[last + 1..].iter().product())
}

/// Combines each element of one slice with a run of consecutive elements of another, in turn.
fn by_block<T: Element>(
    numbers: &mut [T],
    others: &[T],
    block: usize,
    change: impl Fn(&mut T, T) + Send + Sync,
) {
    if block == 0 || others.is_empty() {
        return;
    }
    let period = others.len() * block;
    let combine = |numbers: &mut [T], others: &[T]| {
        if block == 1 {
            numbers.iter_mut().zip(others).for_each(|(number, &other)| change(number, other));
        } else {
            for (numbers, &other) in numbers.chunks_mut(block).zip(others) {
                numbers.iter_mut().for_each(|number| change(number, other));
            }
        }
    };
    if numbers.len() < FEW {
        numbers.chunks_mut(period).for_each(|numbers| combine(numbers, others));
    } else if numbers.len() > period {
        numbers.par_chunks_mut(period).for_each(|numbers| combine(numbers, others));
    } else {
        let piece = others.len().div_ceil(rayon::current_num_threads()).max(1);
        let pieces = numbers.par_chunks_mut(piece * block).zip(others.par_chunks(piece));
        pieces.for_each(|(numbers, others)| combine(numbers, others));
    }
}

/// Returns the shape to which two shapes are broadcast.
fn common(first: &[usize], second: &[usize]) -> Result<Vec<usize>, Reason> {
    let axes = first.len().max(second.len());
    let extent =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(axes).map_or(1, |axis| shape[axis]);
    let both = (0..axes).map(|axis| match (extent(first, axis), extent(second, axis)) {
        (1, other) | (other, 1) => Ok(other),
        (one, other) if one == other => Ok(one),
        _ => Err(apart(first, second)),
    });
    both.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::ArrayD;
    use proptest::prelude::*;

    fn tensor(shape: &[usize], numbers: &[f64]) -> Tensor<f64> {
        ArrayD::from_shape_vec(shape, numbers.to_vec()).unwrap().into_shared()
    }

    #[test]
    fn what_is_repeated_is_added_up_again() {
        let column = tensor(&[2, 1], &[1.0, 2.0]);
        let repeated = fitted(column, &[2, 2, 3]).unwrap();
        assert_eq!(repeated.sum(), 18.0);
        assert_eq!(added_up(&repeated, &[2, 1]).unwrap(), tensor(&[2, 1], &[6.0, 12.0]));
    }

    #[test]
    fn one_factor_for_each_channel_meets_all_its_elements() {
        let maps = tensor(&[2, 2, 1, 2], &[1.0; 8]);
        let channels = tensor(&[1, 2, 1, 1], &[3.0, 4.0]);
        let expected = tensor(&[2, 2, 1, 2], &[3.0, 3.0, 4.0, 4.0, 3.0, 3.0, 4.0, 4.0]);
        assert_eq!(product(maps, &channels).unwrap(), expected);
        assert_eq!(repeated_block(&[2, 2, 1, 2], &[1, 2, 1, 1]), Some(2));
        assert_eq!(repeated_block(&[2, 3, 4], &[3, 4]), Some(1));
        assert_eq!(repeated_block(&[2, 3, 4], &[2, 1, 4]), None);
    }

    proptest! {
        #[test]
        fn blocks_are_as_ndarray_broadcasts(extents in [1..4_usize, 1..4_usize, 1..4_usize], kept in any::<[bool; 3]>()) {
            let other: Vec<usize> = extents.iter().zip(kept).map(|(extent, kept)| if kept { *extent } else { 1 }).collect();
            let count = |shape: &[usize]| shape.iter().product::<usize>();
            let numbers = |shape: &[usize]| tensor(shape, &(0..count(shape)).map(|place| place as f64 + 1.0).collect::<Vec<_>>());
            let expected = (numbers(&extents).to_owned() * numbers(&other)).into_shared();
            prop_assert_eq!(product(numbers(&extents), &numbers(&other)).unwrap(), expected);
        }
    }

    #[test]
    fn either_factor_may_be_the_larger_one() {
        let (row, column) = (tensor(&[2], &[1.0, 2.0]), tensor(&[2, 1], &[10.0, 20.0]));
        let expected = tensor(&[2, 2], &[10.0, 20.0, 20.0, 40.0]);
        assert_eq!(product(row.clone(), &column).unwrap(), expected);
        assert_eq!(product(column, &row).unwrap(), expected);
        assert!(product(row, &tensor(&[3], &[0.0; 3])).is_err());
    }
}
