//! Limits on the size of tensors and on the work of operations.

use super::{Reason, Tensor};
use crate::program::Element;

/// The limits of one operation, so that a program of a few bytes cannot take all memory or time.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct Limits {
    /// The largest number of elements of one tensor, and of all tensors held at once.
    pub(in crate::program) elements: usize,
    /// The largest number of products of two numbers.
    pub(in crate::program) products: u64,
}

impl Limits {
    /// Returns the number of elements of a shape.
    pub(in crate::program) fn elements(self, shape: &[usize]) -> Result<usize, Reason> {
        let product = shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
        product.filter(|&elements| elements <= self.elements).ok_or_else(|| self.memory())
    }

    /// Returns the reason for refusing a tensor that is too large.
    pub(in crate::program) fn memory(self) -> Reason {
        Reason::Memory { most: self.elements }
    }

    /// Fails if the given number of products would take too long.
    pub(super) fn products(self, extents: impl IntoIterator<Item = usize>) -> Result<(), Reason> {
        let product =
            extents.into_iter().try_fold(1_u64, |product, extent| product.checked_mul(extent as u64));
        product.filter(|&products| products <= self.products).map(|_| ()).ok_or(Reason::Work)
    }

    /// Returns an array with the given shape and a single repeated number.
    pub(in crate::program) fn filled<T: Element>(
        self,
        shape: &[usize],
        number: f64,
    ) -> Result<Tensor<T>, Reason> {
        self.elements(shape)?;
        Ok(Tensor::from_elem(shape, T::of(number)))
    }
}
