//! The contributions of paths to the outputs for some images.

use super::grades::Grade;
use super::parts::{Part, Parts};
use crate::program::Element;
use crate::program::kernels::Tensor;
use std::collections::BTreeMap;

/// The contributions of paths to the outputs for some images.
///
/// There is one row per image, with a number for each unit. Units are the outputs for one image, flattened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The number of images.
    pub images: usize,
    /// The number of units.
    pub units: usize,
    /// The outputs of the program.
    pub outputs: Vec<f64>,
    /// The contribution of the paths of each grade.
    pub parts: BTreeMap<Grade, Vec<f64>>,
    /// The contribution of other sources: biases, shifts, values of nonlinearities at 0, and the baseline.
    pub sources: Vec<f64>,
}

impl Batch {
    /// Returns the largest difference between the sum of all parts and the output.
    pub fn distance(&self) -> f64 {
        let mut left = self.outputs.clone();
        for part in self.parts.values().chain([&self.sources]) {
            left.iter_mut().zip(part).for_each(|(left, part)| *left -= part);
        }
        left.into_iter().map(f64::abs).fold(0.0, f64::max)
    }

    /// Adds the units of another value for the same images.
    ///
    /// # Errors
    ///
    /// Returns the shape of the value if its first axis is not that of images.
    pub(super) fn add<T: Element>(
        &mut self,
        whole: &Tensor<T>,
        parts: Option<&Parts<T>>,
    ) -> Result<(), Vec<usize>> {
        if whole.shape().first() != Some(&self.images) || self.images == 0 {
            return Err(whole.shape().to_vec());
        }
        let more = whole.len() / self.images;
        let rows = (self.units, more);
        let zeros = || vec![0.0; whole.len()];
        let numbers = |tensor: &Tensor<T>| tensor.iter().map(|number| number.double()).collect();
        let of = parts.map(|parts| &parts.of);
        let none = BTreeMap::new();
        let of = of.unwrap_or(&none);
        // A value that no path leads to comes from other sources altogether.
        let sources = match (parts, of.get(&Part::Sources)) {
            (None, _) => numbers(whole),
            (Some(_), sources) => sources.map_or_else(zeros, numbers),
        };
        let mut grades: Vec<Grade> = self.parts.keys().copied().collect();
        grades.extend(of.keys().filter_map(|part| match part {
            Part::Paths(grade) => Some(*grade),
            Part::Sources => None,
        }));
        for grade in grades {
            let part = of.get(&Part::Paths(grade)).map_or_else(zeros, numbers);
            let before = self.parts.remove(&grade).unwrap_or_else(|| vec![0.0; self.images * rows.0]);
            if before.len() == self.images * rows.0 {
                self.parts.insert(grade, side_by_side(&before, &part, rows));
            } else {
                self.parts.insert(grade, before);
            }
        }
        self.outputs = side_by_side(&self.outputs, &numbers(whole), rows);
        self.sources = side_by_side(&self.sources, &sources, rows);
        self.units += more;
        Ok(())
    }
}

/// Joins rows of the given lengths.
fn side_by_side(first: &[f64], second: &[f64], (one, other): (usize, usize)) -> Vec<f64> {
    if one == 0 {
        return second.to_vec();
    }
    let rows = first.chunks(one).zip(second.chunks(other.max(1)));
    rows.flat_map(|(first, second)| first.iter().chain(second).copied()).collect()
}
