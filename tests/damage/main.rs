//! Damaged files, in a binary of their own: it counts what they allocate, for which every allocation of the process has to
//! go by its allocator.

mod checkpoints;
#[path = "../it/common.rs"]
mod common;
mod damage;
mod programs;
