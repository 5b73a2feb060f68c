//! The errors of executing a program.

use super::Failure;
use crate::program::kernels::Reason;
use crate::program::{Program, operation};
use std::error::Error as StdError;
use thiserror::Error;

/// The reasons why a program cannot be executed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// There are too few or too many inputs.
    #[error("the program takes {expected} inputs, but {found} were given")]
    Count {
        /// The number of inputs that the program takes.
        expected: usize,
        /// The number of inputs that were given.
        found: usize,
    },
    /// An input has another shape than the program takes.
    #[error(
        "input {input} has shape {found:?}, but the program takes {expected}: give it in that shape, or export the \
         program with inputs of the shape that is given"
    )]
    Shape {
        /// The input.
        input: String,
        /// The shape of the input.
        found: Vec<usize>,
        /// The shape that the program takes, with `?` for any extent.
        expected: String,
    },
    /// The sizes of inputs contradict each other.
    #[error(
        "input {input} has shape {found:?}, which contradicts the size of an earlier input: give inputs of equal size \
         where the program takes equal ones, such as for the batch"
    )]
    Sizes {
        /// The input.
        input: String,
        /// The shape of the input.
        found: Vec<usize>,
    },
    /// A stored tensor cannot be read.
    #[error(transparent)]
    Stored(Box<dyn StdError + Send + Sync>),
    /// The precision cannot represent the numbers of a stored tensor.
    #[error("tensor {tensor} cannot be computed with, because {reason}: compute in double precision")]
    Numbers {
        /// The tensor's name in the program.
        tensor: String,
        /// The reason.
        reason: Box<Reason>,
    },
    /// An operation cannot be performed.
    #[error(
        "operation {operation} ({target}{}) cannot be performed, because {reason}: {}",
        operation::inside(.module),
        remedy(.reason)
    )]
    Operation {
        /// The operation's name in the program.
        operation: String,
        /// The operation's target, as PyTorch names it.
        target: String,
        /// The path of the module that contains it; empty for the model itself.
        module: String,
        /// The reason.
        reason: Box<Reason>,
    },
}

impl ExecutionError {
    /// Returns the error for a failed step of a program.
    pub(in crate::program) fn new(program: &Program, failure: Failure) -> Self {
        let operation = &program.operations[failure.operation];
        Self::Operation {
            operation: operation.name.clone(),
            target: operation.target.to_string(),
            module: operation.module().to_owned(),
            reason: Box::new(failure.reason),
        }
    }
}

fn remedy(reason: &Reason) -> &'static str {
    match reason {
        Reason::Unlisted | Reason::Only(_) => {
            "export the program after exported.run_decompositions(), which writes it in fewer kinds of operations, or \
             replace the operation in the model"
        }
        Reason::Memory { .. } | Reason::Work => "give fewer images at a time",
        Reason::Inexact { .. } => "compute in double precision",
        Reason::Sharing { .. } => "export the program after exported.run_decompositions()",
        _ => "export the program again with the version of PyTorch that it is for, or replace the operation",
    }
}
