//! Tests with damaged files. They are a separate binary, whose allocator counts the memory of the whole
//! process.

#![allow(unreachable_pub, reason = "what modules share is reached from nowhere else anyway")]

mod checkpoints;
#[path = "../it/common.rs"]
mod common;
mod damage;
mod programs;
