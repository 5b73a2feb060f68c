//! Contributions of all images, collected from batches.

use super::ComputeError;
use crate::analysis::contributions::{Contributions, Mark};
use crate::program::contributions::{Batch, Grade};
use ndarray::{Array2, Array3};
use std::collections::BTreeMap;

/// The largest size of the results in bytes.
const MOST_BYTES: u128 = 8 << 30;

/// Contributions of all images collected so far.
pub(super) struct Collected {
    images: usize,
    units: usize,
    outputs: Vec<f64>,
    sources: Vec<f64>,
    parts: BTreeMap<Grade, Vec<f64>>,
}

impl Collected {
    pub(super) fn new(images: usize) -> Self {
        Self { images, units: 0, outputs: Vec::new(), sources: Vec::new(), parts: BTreeMap::new() }
    }

    /// Adds the first images of a batch.
    pub(super) fn add(&mut self, batch: &Batch, first: usize, images: usize) -> Result<(), ComputeError> {
        if first == 0 {
            self.units = batch.units;
            self.check(batch)?;
        }
        let (start, end) = (first * self.units, (first + images) * self.units);
        let length = self.images * self.units;
        let put = |all: &mut Vec<f64>, numbers: &[f64]| {
            all.resize(length, 0.0);
            all[start..end].copy_from_slice(&numbers[..end - start]);
        };
        put(&mut self.outputs, &batch.outputs);
        put(&mut self.sources, &batch.sources);
        for (grade, part) in &batch.parts {
            put(self.parts.entry(*grade).or_default(), part);
        }
        Ok(())
    }

    fn check(&self, batch: &Batch) -> Result<(), ComputeError> {
        let parts = batch.parts.len() + 1;
        // Once while they are collected, and once in their final order.
        let bytes = [self.images, self.units, parts, 2 * size_of::<f64>()].map(|count| count as u128);
        let bytes: u128 = bytes.into_iter().product();
        if bytes > MOST_BYTES {
            let (images, units) = (self.images, self.units);
            return Err(ComputeError::TooMany { images, units, parts, bytes, most: MOST_BYTES });
        }
        Ok(())
    }

    pub(super) fn finish(self, mark: Mark) -> Result<Contributions, ComputeError> {
        let (images, units) = (self.images, self.units);
        let marks: Vec<usize> = self.parts.keys().map(|&grade| grade as usize).collect();
        let mut parts = Array3::zeros((images, units, marks.len() + 1));
        for (place, part) in self.parts.into_values().chain([self.sources]).enumerate() {
            let numbers = part.into_iter();
            parts
                .index_axis_mut(ndarray::Axis(2), place)
                .iter_mut()
                .zip(numbers)
                .for_each(|(to, from)| *to = from);
        }
        let outputs =
            Array2::from_shape_fn((images, units), |(image, unit)| self.outputs[image * units + unit]);
        Ok(Contributions::new(mark, marks, parts, outputs)?)
    }
}
