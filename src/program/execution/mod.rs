//! The operations of a program, performed one after the other.
//!
//! An operation in place changes what several tensors show. `storages.rs` follows which tensors share memory,
//! `plan.rs` lists what has to be computed as steps none of which changes anything, and `machine.rs` performs
//! a step.

mod budget;
mod evaluation;
mod machine;
mod plan;
mod storages;

pub(super) use budget::Budget;
pub(super) use evaluation::Evaluation;
pub(super) use machine::{Held, Machine};
pub(super) use plan::{Failure, Plan, Step, Steps};
pub(super) use storages::{Storages, View, Write, needs};
