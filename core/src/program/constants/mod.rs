//! Tensors of a program that depend on no input: computed weights, masks and factors.
//!
//! A weight may result from weight or spectral normalization, from a mask, or from a product of small
//! matrices. Paths consist of the kernels that the program actually convolves with, so these are computed
//! here.

mod error;
#[cfg(test)]
mod tests;

pub use error::ConstantError;

use super::execution::{Budget, Evaluation, Machine, Storages};
use super::kernels::{Content, Limits};
use super::{ExportedProgram, Program, ValueId};
use crate::statistics::mean;
use ndarray::ArrayD;
use std::error::Error as StdError;

/// The limits for one constant: elements at a time, and products of numbers in one operation.
const LIMITS: Limits = Limits { elements: 1 << 28, products: 1 << 35 };

/// The limit for all tensors of a program, in computed elements.
const MOST_WORK: u64 = 1 << 36;

/// The stored tensors of a program.
pub trait Tensors {
    /// Returns the content of a parameter, a buffer or a constant.
    ///
    /// # Errors
    ///
    /// Fails if the tensor cannot be read.
    fn tensor(&self, value: ValueId) -> Result<ArrayD<f64>, Box<dyn StdError + Send + Sync>>;

    /// Passes the same elements in the order of the axes, in pieces of any length.
    ///
    /// # Errors
    ///
    /// Fails if the tensor cannot be read.
    fn for_each_chunk(
        &self,
        value: ValueId,
        visit: &mut dyn FnMut(&[f64]),
    ) -> Result<(), Box<dyn StdError + Send + Sync>> {
        visit(&self.tensor(value)?.iter().copied().collect::<Vec<_>>());
        Ok(())
    }
}

impl Tensors for ExportedProgram {
    fn tensor(&self, value: ValueId) -> Result<ArrayD<f64>, Box<dyn StdError + Send + Sync>> {
        Ok(Self::tensor(self, value)?)
    }

    fn for_each_chunk(
        &self,
        value: ValueId,
        visit: &mut dyn FnMut(&[f64]),
    ) -> Result<(), Box<dyn StdError + Send + Sync>> {
        Ok(Self::for_each_chunk(self, value, visit)?)
    }
}

/// The tensors of a program that depend on no input.
///
/// An in-place operation changes the content of a tensor, so every query names the operation that reads the
/// tensor. The number of operations stands for a reader after the last operation.
pub struct Constants<'a> {
    program: &'a Program,
    tensors: &'a dyn Tensors,
    storages: Storages,
    /// The remaining budget for all tensors together.
    budget: Budget,
}

impl<'a> Constants<'a> {
    /// Determines which tensors of a program depend on no input, without computing any.
    pub fn new(program: &'a Program, tensors: &'a dyn Tensors) -> Self {
        Self { program, tensors, storages: Storages::new(program, &[]), budget: Budget::new(MOST_WORK) }
    }

    /// Returns whether a tensor depends on no input when operation number `reader` reads it.
    pub fn is_constant(&self, value: ValueId, reader: usize) -> bool {
        self.storages.is_constant(value, reader)
    }

    /// Computes the content of a tensor as operation number `reader` reads it.
    ///
    /// # Errors
    ///
    /// Fails if it depends on an input, a stored tensor cannot be read, or an operation is not supported.
    pub fn tensor(&self, value: ValueId, reader: usize) -> Result<Content, ConstantError> {
        let (program, storages, budget) = (self.program, &self.storages, &self.budget);
        let machine = Machine { program, storages, limits: LIMITS, budget };
        Evaluation::new(machine, self.tensors).content(value, reader)
    }

    /// Computes the mean absolute value of a tensor's elements as operation number `reader` reads it.
    ///
    /// # Errors
    ///
    /// The same as [`Constants::tensor`].
    pub fn mean_absolute(&self, value: ValueId, reader: usize) -> Result<f64, ConstantError> {
        Ok(match self.tensor(value, reader)? {
            Content::Uniform(number) => number.abs(),
            Content::Array(array) => mean(array.iter().map(|number| number.abs())),
        })
    }
}
