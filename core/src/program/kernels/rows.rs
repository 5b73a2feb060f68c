//! Iteration over broadcast tensors in rows of contiguous elements.

use super::{Reason, Tensor};
use crate::program::Element;
use rayon::prelude::*;

/// The number of elements that a thread processes at a time.
const AT_A_TIME: usize = 1 << 14;

/// The elements of an operand in a row of the result.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a, T> {
    /// An element for each element of the row.
    Each(&'a [T]),
    /// One element for the whole row.
    All(T),
}

impl<'a, T: Copy> Part<'a, T> {
    /// Returns an operand's elements for a range of a row.
    fn between(self, start: usize, end: usize) -> Self {
        match self {
            Self::Each(elements) => Self::Each(&elements[start..end]),
            all => all,
        }
    }

    /// Returns the element at a place in the row.
    pub(super) fn at(&self, place: usize) -> T {
        match self {
            Self::Each(elements) => elements[place],
            Self::All(element) => *element,
        }
    }
}

/// An operand with contiguous elements, and its strides along the axes of the result.
struct Strided<'a, T> {
    elements: &'a [T],
    /// The strides along each outer axis; 0 where the operand is repeated.
    outer: Vec<usize>,
    /// Whether it has an element for each element of a row.
    each: bool,
}

/// Calls a function for every row of a result, with the matching parts of the operands.
///
/// # Arguments
///
/// * `shape` - the shape of the result
/// * `elements` - the elements of the result, which the function changes
/// * `operands` - tensors that can be broadcast to that shape
///
/// # Errors
///
/// Fails if an operand cannot be broadcast.
pub(super) fn for_each_row<T: Element>(
    shape: &[usize],
    elements: &mut [T],
    operands: &[Tensor<T>],
    function: impl Fn(&mut [T], &[Part<T>]) + Sync,
) -> Result<(), Reason> {
    let ordered: Vec<_> = operands.iter().map(|operand| operand.as_standard_layout()).collect();
    let strides: Vec<Vec<usize>> =
        operands.iter().map(|operand| strides(operand.shape(), shape)).collect::<Result<_, _>>()?;
    let axes = merged(shape, &strides);
    let (length, inner) = axes.last().cloned().unwrap_or_else(|| (1, vec![0; operands.len()]));
    let outer = &axes[..axes.len().saturating_sub(1)];
    let strided = ordered.iter().enumerate().map(|(number, operand)| Strided {
        elements: operand.as_slice().unwrap_or(&[]),
        outer: outer.iter().map(|(_, strides)| strides[number]).collect(),
        each: inner[number] != 0,
    });
    let strided: Vec<Strided<T>> = strided.collect();
    let extents: Vec<usize> = outer.iter().map(|(extent, _)| *extent).collect();
    if elements.is_empty() {
        return Ok(());
    }
    let rows_at_a_time = (AT_A_TIME / length).max(1);
    let of_rows = |(chunk, rows): (usize, &mut [T])| {
        let mut parts = Vec::with_capacity(strided.len());
        for (index, row) in rows.chunks_mut(length).enumerate() {
            parts.clear();
            parts.extend(
                strided.iter().map(|operand| operand.part(chunk * rows_at_a_time + index, &extents, length)),
            );
            if length <= 2 * AT_A_TIME {
                function(row, &parts);
                continue;
            }
            row.par_chunks_mut(AT_A_TIME).enumerate().for_each(|(place, row)| {
                let (start, end) = (place * AT_A_TIME, place * AT_A_TIME + row.len());
                let parts: Vec<Part<T>> = parts.iter().map(|part| part.between(start, end)).collect();
                function(row, &parts);
            });
        }
    };
    if elements.len() <= 2 * AT_A_TIME {
        elements.chunks_mut(rows_at_a_time * length).enumerate().for_each(of_rows);
    } else {
        elements.par_chunks_mut(rows_at_a_time * length).enumerate().for_each(of_rows);
    }
    Ok(())
}

impl<'a, T: Copy> Strided<'a, T> {
    /// Returns the elements for a row of the result.
    fn part(&self, row: usize, extents: &[usize], length: usize) -> Part<'a, T> {
        let mut rest = row;
        let mut start = 0;
        for (&extent, &stride) in extents.iter().zip(&self.outer).rev() {
            start += rest % extent * stride;
            rest /= extent;
        }
        if self.each {
            Part::Each(&self.elements[start..start + length])
        } else {
            Part::All(self.elements[start])
        }
    }
}

/// Returns the strides of an operand along the axes of a result; 0 where it is repeated.
fn strides(from: &[usize], to: &[usize]) -> Result<Vec<usize>, Reason> {
    let other = || Reason::Shapes { first: from.to_vec(), second: to.to_vec() };
    let missing = to.len().checked_sub(from.len()).ok_or_else(other)?;
    let mut strides = vec![0; to.len()];
    let mut apart = 1;
    for (axis, &extent) in from.iter().enumerate().rev() {
        if extent == to[missing + axis] {
            strides[missing + axis] = if extent == 1 { 0 } else { apart };
        } else if extent != 1 {
            return Err(other());
        }
        apart *= extent;
    }
    Ok(strides)
}

/// Returns the extents and strides of a result's axes, after merging axes that all operands traverse in
/// order.
fn merged(shape: &[usize], strides: &[Vec<usize>]) -> Vec<(usize, Vec<usize>)> {
    let mut axes: Vec<(usize, Vec<usize>)> = Vec::new();
    for (axis, &extent) in shape.iter().enumerate().rev().filter(|(_, extent)| **extent != 1) {
        let apart: Vec<usize> = strides.iter().map(|strides| strides[axis]).collect();
        match axes.last_mut() {
            Some((inner, of_inner))
                if of_inner.iter().zip(&apart).all(|(inside, outside)| inside * *inner == *outside) =>
            {
                *inner *= extent;
            }
            _ => axes.push((extent, apart)),
        }
    }
    axes.reverse();
    axes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(shape: &[usize]) -> Tensor {
        let mut number = 0.0;
        Tensor::from_shape_simple_fn(shape, || {
            number += 1.0;
            number
        })
    }

    fn sum(shape: &[usize], operands: &[Tensor]) -> Tensor {
        let mut sum = Tensor::zeros(shape);
        let add = |row: &mut [f64], parts: &[Part<f64>]| {
            for (place, element) in row.iter_mut().enumerate() {
                *element += parts.iter().map(|part| part.at(place)).sum::<f64>();
            }
        };
        for_each_row(shape, sum.as_slice_mut().unwrap(), operands, add).unwrap();
        sum
    }

    proptest! {
        #[test]
        fn rows_are_those_of_broadcast_arrays(
            shape in prop::collection::vec(0..4_usize, 0..5), kept in any::<[u8; 2]>(), less in 0..3_usize,
        ) {
            let operand = |kept: u8| {
                let bit = |axis: usize| kept >> axis & 1 == 1;
                let extents = shape.iter().enumerate();
                let extents: Vec<usize> = extents.map(|(axis, &extent)| if bit(axis) { extent } else { 1 }).collect();
                let first = less.min(extents.iter().take_while(|extent| **extent == 1).count());
                numbers(&extents[first..])
            };
            let operands = kept.map(operand);
            let zeros: Tensor = Tensor::zeros(shape.as_slice());
            let expected = operands.iter().fold(zeros, |sum: Tensor, operand| sum + operand);
            prop_assert_eq!(sum(&shape, &operands), expected);
        }
    }

    #[test]
    fn long_rows_are_cut_and_turned_operands_put_in_order() {
        let long = numbers(&[3, 2 * AT_A_TIME + 5]);
        let column = numbers(&[3, 1]);
        assert_eq!(sum(long.shape(), &[long.clone(), column.clone()]), &long + &column);
        let turned = numbers(&[200, 300]).reversed_axes();
        let row = numbers(&[200]);
        assert_eq!(sum(&[300, 200], &[turned.clone(), row.clone()]), &turned + &row);
    }

    #[test]
    fn operands_of_other_shapes_are_refused() {
        let other = for_each_row(&[2, 3], &mut [0.0; 6], &[numbers(&[2])], |_, _| ());
        assert_eq!(other.unwrap_err(), Reason::Shapes { first: vec![2], second: vec![2, 3] });
        assert!(for_each_row(&[3], &mut [0.0; 3], &[numbers(&[1, 3])], |_, _| ()).is_err());
    }
}
