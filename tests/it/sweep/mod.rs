//! `pathscope sweep` with a companion that only seems to train: it counts steps, keeps its state, stops
//! with its input, and leaves what is prepared as a trained network.

#![cfg(unix)]

mod altered;
mod contributions;
mod failures;
mod folders;
mod interrupted;
mod slurm;
mod support;
