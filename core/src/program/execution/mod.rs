//! The execution of a program's operations in order.
//!
//! An in-place operation changes the content of several tensors. `storages.rs` tracks which tensors share
//! memory, `plan.rs` lists the required computations as steps without side effects, and `machine.rs` performs
//! a step. [`Execution`] performs all steps that a program's results need, on given inputs.

mod budget;
mod error;
mod evaluation;
mod machine;
mod plan;
mod prepared;
mod storages;
mod symbols;
#[cfg(test)]
mod tests;

pub(super) use budget::Budget;
pub use error::ExecutionError;
pub(super) use evaluation::Evaluation;
pub(super) use machine::{Action, Held, Machine};
pub(super) use plan::{Failure, Plan, Step, Steps};
pub(super) use prepared::{Planned, Prepared};
pub(super) use storages::{Storages, View, Write, needs};

use super::kernels::Tensor;
use super::{Element, Program, Tensors, ValueId};
use std::sync::{Arc, Mutex, PoisonError};
use symbols::Symbols;

/// A program that is prepared for execution on inputs, in single or double precision.
///
/// ```
/// use pathscope_core::program::{Execution, ExportedProgram, Tensor};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let exported = ExportedProgram::open("../fixtures/programs/conv-gru/model.pt2".as_ref())?;
/// let wanted: Vec<_> = exported.program.outputs.iter().copied().flatten().collect();
/// let execution = Execution::<f32>::new(&exported.program, &exported, &wanted)?;
/// let images = Tensor::zeros(vec![6, 1, 10, 10]);
/// let outputs = execution.run(&[images])?;
/// assert_eq!(outputs[0].shape()[0], 6);
/// # Ok(())
/// # }
/// ```
pub struct Execution<'a, T: Element> {
    program: &'a Program,
    prepared: Prepared<T>,
    /// The program with the symbols of the last inputs replaced by numbers.
    bound: Mutex<Option<(Symbols, Arc<Program>)>>,
}

impl<'a, T: Element> Execution<'a, T> {
    /// Reads the stored tensors that a program's results need, and computes values that depend on no input.
    ///
    /// # Arguments
    ///
    /// * `wanted` - the values whose contents at the end of the program are needed
    ///
    /// # Errors
    ///
    /// Fails if a tensor cannot be read, or an operation cannot be performed.
    ///
    /// # Complexity
    ///
    /// O(operations), plus the cost of operations on constants. The execution holds the tensors in memory.
    pub fn new(
        program: &'a Program,
        tensors: &dyn Tensors,
        wanted: &[ValueId],
    ) -> Result<Self, ExecutionError> {
        let prepared = Prepared::new(program, tensors, wanted)?;
        Ok(Self { program, prepared, bound: Mutex::new(None) })
    }

    /// Executes the program on inputs, and returns the wanted values.
    ///
    /// # Arguments
    ///
    /// * `inputs` - in the order of [`Program::inputs`]
    ///
    /// # Errors
    ///
    /// Fails if an input has another shape than the program takes, or an operation cannot be performed.
    ///
    /// # Complexity
    ///
    /// The cost of the operations. Every intermediate result is dropped after its last use.
    pub fn run(&self, inputs: &[Tensor<T>]) -> Result<Vec<Tensor<T>>, ExecutionError> {
        let shapes: Vec<&[usize]> = inputs.iter().map(|input| input.shape()).collect();
        let program = self.bound(&shapes)?;
        self.prepared.run(&program, inputs)
    }

    /// Returns the steps of the program, with the results of those that depend on no input.
    pub(in crate::program) fn prepared(&self) -> &Prepared<T> {
        &self.prepared
    }

    /// Returns the program with its symbols replaced by the sizes of the inputs.
    ///
    /// # Errors
    ///
    /// Fails if an input has another shape than the program takes.
    pub(in crate::program) fn bound(&self, shapes: &[&[usize]]) -> Result<Arc<Program>, ExecutionError> {
        let symbols = symbols::of_inputs(self.program, shapes)?;
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        match &*bound {
            Some((last, program)) if *last == symbols => Ok(Arc::clone(program)),
            _ => {
                let program = Arc::new(symbols::bound(self.program, &symbols));
                *bound = Some((symbols, Arc::clone(&program)));
                Ok(program)
            }
        }
    }
}
