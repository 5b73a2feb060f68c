//! Why a program is not executed.

use super::Failure;
use crate::program::kernels::Reason;
use crate::program::{Program, operation};
use std::error::Error as StdError;
use thiserror::Error;

/// Why a program is not executed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// Too few or too many inputs.
    #[error("the program takes {expected} inputs, and {found} are given")]
    Count {
        /// How many the program takes.
        expected: usize,
        /// How many are given.
        found: usize,
    },
    /// An input of another shape than the program takes.
    #[error(
        "input {input} has shape {found:?} where the program takes {expected}: give it in that shape, or export the \
         program with inputs of the shape that is given"
    )]
    Shape {
        /// The input.
        input: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that the program takes, `?` where it takes any extent.
        expected: String,
    },
    /// Inputs whose sizes contradict each other.
    #[error(
        "input {input} has shape {found:?}, and an input before it another size where the program takes equal ones, \
         such as that of the batch: give as much of each"
    )]
    Sizes {
        /// The input.
        input: String,
        /// Its shape.
        found: Vec<usize>,
    },
    /// A stored tensor that cannot be read.
    #[error(transparent)]
    Stored(Box<dyn StdError + Send + Sync>),
    /// A stored tensor whose numbers the precision does not hold.
    #[error("tensor {tensor} cannot be computed with, because {reason}: compute in double precision")]
    Numbers {
        /// The tensor's name in the program.
        tensor: String,
        /// Why.
        reason: Box<Reason>,
    },
    /// An operation that cannot be performed.
    #[error(
        "operation {operation} ({target}{}) cannot be performed, because {reason}: {}",
        operation::inside(.module),
        remedy(.reason)
    )]
    Operation {
        /// The operation's name in the program.
        operation: String,
        /// What it does, in PyTorch's words.
        target: String,
        /// The module that it is in; empty for the model itself.
        module: String,
        /// Why it is not performed.
        reason: Box<Reason>,
    },
}

impl ExecutionError {
    /// The error that a step of a program failed.
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
