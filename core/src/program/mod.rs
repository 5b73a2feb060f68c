//! Programs: networks as the list of operations that they perform, every use of every layer written out.
//!
//! `torch.export` writes any model without data-dependent control flow as a program. Reading one knows no
//! model by name: which operations a path leads through, and how strong they are, follows from the
//! operations alone.
//!
//! In comes an exported program, out come its graph with the strengths of its components, its outputs for images, and
//! what paths contribute to them. Read [`tracing`] first.

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

/// A network as the list of operations that it performs.
///
/// Operations are in the order in which they are performed: each reads only values that stand before it.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Every value, by [`ValueId`]: parameters, buffers, constants, inputs, then what operations give.
    pub values: Vec<Value>,
    /// The operations, first to last.
    pub operations: Vec<Operation>,
    /// The inputs that the user gives, in the order of the model's arguments.
    pub inputs: Vec<ValueId>,
    /// What the model returns, flattened; `None` for an output that is no tensor.
    pub outputs: Vec<Option<ValueId>>,
}

impl Program {
    /// Returns a value.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.index()]
    }
}
