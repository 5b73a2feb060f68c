//! Programs: networks as lists of operations, with every use of every layer written out.
//!
//! `torch.export` writes any model without data-dependent control flow as a program. Reading a program
//! requires no knowledge of specific models: the operations alone determine the paths and their strengths.
//!
//! In comes an exported program. Out come its graph with the strengths of its components, its outputs for
//! images, and the contributions of its paths. Read [`tracing`] first.

mod archive;
mod argument;
mod component;
mod constants;
pub mod contributions;
mod element;
mod error;
mod execution;
mod images;
mod kernels;
mod operation;
pub mod rules;
pub mod strengths;
#[cfg(test)]
pub(crate) mod testing;
pub mod tracing;
mod value;

pub use archive::{ExportedProgram, is_exported_program};
pub use argument::{Argument, Extent, Symbol};
pub use component::{ComponentKind, Counted, OffPath, ProgramComponent, ProgramGraph};
pub use constants::{ConstantError, Constants, Tensors};
pub use element::Element;
pub use error::ProgramError;
pub use execution::{Execution, ExecutionError};
pub use images::{ImageBatch, fixed_batch, image_batches, is_without_channels};
pub use kernels::{Content, Reason, Tensor};
pub use operation::{ModuleCall, Operation};
pub use value::{Origin, TensorType, Value, ValueId};

/// A network as a list of operations.
///
/// Operations are in the order of execution: each reads only values that are defined before it.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Every value, by [`ValueId`]: parameters, buffers, constants, inputs, then results of operations.
    pub values: Vec<Value>,
    /// The operations, first to last.
    pub operations: Vec<Operation>,
    /// The user's inputs, in the order of the model's arguments.
    pub inputs: Vec<ValueId>,
    /// The results that the model returns, flattened; `None` for an output that is not a tensor.
    pub outputs: Vec<Option<ValueId>>,
}

impl Program {
    /// Returns a value.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.index()]
    }
}
