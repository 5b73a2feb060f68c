//! Damaged files, in a binary of their own: it counts what they allocate, for which every allocation of the process has to
//! go by its allocator.

#![allow(unreachable_pub, reason = "what modules share is reached from nowhere else anyway")]

mod checkpoints;
#[path = "../it/common.rs"]
mod common;
mod damage;
mod programs;
