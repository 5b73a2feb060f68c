//! Results whose elements are chosen from a tensor.

use super::{Reason, Tensor, reshape};
use crate::program::Element;
use ndarray::{ArrayD, IxDyn};
use rayon::prelude::*;
use std::iter::zip;

/// The place in a tensor of each element of a result.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::program) struct Selection {
    /// The shape of the tensor.
    pub(in crate::program) from: Vec<usize>,
    /// The place of each element in the tensor's elements, in the shape of the result.
    pub(in crate::program) places: ArrayD<usize>,
}

impl Selection {
    fn checked(&self, found: &[usize], expected: &[usize]) -> Result<(), Reason> {
        if found == expected {
            return Ok(());
        }
        Err(Reason::Shapes { first: found.to_vec(), second: expected.to_vec() })
    }

    /// Returns the chosen elements of a tensor.
    ///
    /// # Errors
    ///
    /// Fails if the tensor has another shape, or a place lies outside it.
    pub(in crate::program) fn apply<T: Element>(&self, tensor: &Tensor<T>) -> Result<Tensor<T>, Reason> {
        self.checked(tensor.shape(), &self.from)?;
        let flat = reshape(tensor, &[tensor.len()])?;
        let numbers = flat.as_slice().unwrap_or(&[]);
        let places = self.places.as_standard_layout();
        let places = places.as_slice().unwrap_or(&[]);
        let chosen: Option<Vec<T>> = places.par_iter().map(|&place| numbers.get(place).copied()).collect();
        super::array(self.places.shape(), chosen.ok_or_else(outside)?)
    }

    /// Adds each element of a tensor with the shape of the result to the place that it was chosen from: the
    /// adjoint of [`Selection::apply`].
    ///
    /// # Errors
    ///
    /// Fails if the tensor has another shape than the result, or a place lies outside.
    pub(in crate::program) fn adjoint<T: Element>(&self, tensor: &Tensor<T>) -> Result<Tensor<T>, Reason> {
        self.checked(tensor.shape(), self.places.shape())?;
        let mut sums = Tensor::zeros(IxDyn(&self.from));
        let numbers = sums.as_slice_mut().ok_or_else(outside)?;
        for (&place, &number) in zip(&self.places, tensor) {
            *numbers.get_mut(place).ok_or_else(outside)? += number;
        }
        Ok(sums)
    }
}

fn outside() -> Reason {
    Reason::argument("index", "within the tensor")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{arr1, arr2};

    #[test]
    fn elements_are_taken_and_put_back() {
        let selection = Selection { from: vec![2, 2], places: arr1(&[3, 0, 3]).into_dyn() };
        let chosen = selection.apply(&arr2(&[[1.0, 2.0], [3.0, 4.0]]).into_dyn().into_shared()).unwrap();
        assert_eq!(chosen, arr1(&[4.0, 1.0, 4.0]).into_dyn());
        let back = selection.adjoint(&arr1(&[1.0_f32, 10.0, 100.0]).into_dyn().into_shared()).unwrap();
        assert_eq!(back, arr2(&[[10.0, 0.0], [0.0, 101.0]]).into_dyn());
    }

    #[test]
    fn other_shapes_and_places_outside_are_refused() {
        let selection = Selection { from: vec![2], places: arr1(&[2]).into_dyn() };
        let pair = arr1(&[1.0, 2.0]).into_dyn().into_shared();
        assert_eq!(selection.apply(&pair).unwrap_err(), outside());
        let refused = Reason::Shapes { first: vec![2], second: vec![1] };
        assert_eq!(selection.adjoint(&pair).unwrap_err(), refused);
    }
}
