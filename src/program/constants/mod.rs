//! Tensors of a program that depend on no input: weights that are computed from parameters, masks, factors.
//!
//! A weight may be the result of weight or spectral normalization, of a mask, or of a product of small
//! matrices. What a path is made of is the kernel that the program convolves with, so it is computed here.
//! `table.rs` lists what is computed, one line for each operation.

mod arrangements;
mod call;
mod convolutions;
mod elementwise;
mod error;
mod evaluation;
mod indexing;
mod making;
mod normalizations;
mod plan;
mod products;
mod reductions;
mod shapes;
mod storages;
mod table;
#[cfg(test)]
mod tests;
mod types;
mod views;

pub use error::{ConstantError, Reason};

use super::{ExportedProgram, Program, ValueId};
use evaluation::Evaluation;
use ndarray::{ArcArray, ArrayD, IxDyn};
use std::error::Error as StdError;
use std::sync::atomic::AtomicU64;
use storages::Storages;

/// The most elements that are held at a time.
const MOST_ELEMENTS: usize = 1 << 28;

/// An array whose copies share memory; whole numbers and truth values are numbers too.
pub type Tensor<T = f64> = ArcArray<T, IxDyn>;

/// The stored tensors of a program.
pub trait Tensors {
    /// Returns the content of a parameter, a buffer or a constant.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn tensor(&self, value: ValueId) -> Result<ArrayD<f64>, Box<dyn StdError + Send + Sync>>;
}

impl Tensors for ExportedProgram {
    fn tensor(&self, value: ValueId) -> Result<ArrayD<f64>, Box<dyn StdError + Send + Sync>> {
        Ok(Self::tensor(self, value)?)
    }
}

/// The content of a tensor that depends on no input.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// Its elements.
    Array(Tensor),
    /// The number that all its elements are, of a tensor whose shape may be known only when the program runs.
    Uniform(f64),
}

/// The tensors of a program that depend on no input.
///
/// An operation in place changes the content of a tensor, so every question names the operation that reads
/// the tensor. The number of operations stands for a reader after the last.
pub struct Constants<'a> {
    program: &'a Program,
    tensors: &'a dyn Tensors,
    storages: Storages,
    /// What has been spent on all tensors together.
    work: AtomicU64,
}

impl<'a> Constants<'a> {
    /// Finds out which tensors of a program depend on no input; computes nothing.
    pub fn new(program: &'a Program, tensors: &'a dyn Tensors) -> Self {
        Self { program, tensors, storages: Storages::new(program), work: AtomicU64::new(0) }
    }

    /// Returns whether a tensor depends on no input when operation number `reader` reads it.
    pub fn is_constant(&self, value: ValueId, reader: usize) -> bool {
        self.storages.is_constant(value, reader)
    }

    /// Computes the content of a tensor as operation number `reader` reads it.
    ///
    /// # Errors
    ///
    /// If it depends on an input, a stored tensor cannot be read, or an operation is not computed.
    pub fn tensor(&self, value: ValueId, reader: usize) -> Result<Constant, ConstantError> {
        Evaluation::new(self.program, self.tensors, &self.storages, &self.work).content(value, reader)
    }

    /// Computes the mean absolute value of a tensor's elements as operation number `reader` reads it.
    ///
    /// # Errors
    ///
    /// As for [`Constants::tensor`].
    pub fn mean_absolute(&self, value: ValueId, reader: usize) -> Result<f64, ConstantError> {
        Ok(match self.tensor(value, reader)? {
            Constant::Uniform(number) => number.abs(),
            Constant::Array(array) => {
                array.iter().map(|number| number.abs()).sum::<f64>() / array.len() as f64
            }
        })
    }
}
