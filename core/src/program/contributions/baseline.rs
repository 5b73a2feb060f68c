//! The values at which paths begin, and the part of them that counts as a source.

use super::broadcast::sum;
use crate::program::Element;
use crate::program::execution::Step;
use crate::program::kernels::{Reason, Tensor};
use ndarray::{Axis, Slice};
use std::collections::HashMap;

/// The values at which paths begin; there are several where a module is called several times.
///
/// As a baseline, these values count as a source. An empty baseline is zero. An axis of images with extent 1
/// stands for all images.
#[derive(Clone, Debug)]
pub struct AtStart<T> {
    pub(super) values: HashMap<Step, Tensor<T>>,
}

impl<T> Default for AtStart<T> {
    fn default() -> Self {
        Self { values: HashMap::new() }
    }
}

impl<T: Element> AtStart<T> {
    /// Returns the sum over the first images, as values of one image.
    #[must_use]
    pub fn added_up(mut self, images: usize) -> Self {
        for value in self.values.values_mut() {
            let counted = value.slice_axis(Axis(0), Slice::from(0..images.min(value.shape()[0])));
            *value = counted.sum_axis(Axis(0)).insert_axis(Axis(0)).into_shared();
        }
        self
    }

    /// Adds other values at the same places.
    ///
    /// # Errors
    ///
    /// Fails if the shapes differ.
    pub fn add(&mut self, other: &Self) -> Result<(), Reason> {
        for (step, value) in &other.values {
            let before = self.values.remove(step);
            let together = before.map_or_else(|| Ok(value.clone()), |before| sum(before, value))?;
            self.values.insert(*step, together);
        }
        Ok(())
    }

    /// Divides all values, as for a mean.
    #[must_use]
    pub fn divided_by(mut self, divisor: f64) -> Self {
        for value in self.values.values_mut() {
            value.mapv_inplace(|number| T::of(number.double() / divisor));
        }
        self
    }
}
