//! `pathscope sweep` with a companion that only pretends to train. It counts steps, saves its state, stops
//! with its input, and writes a prepared file as the trained network.

#![cfg(unix)]

mod altered;
mod contributions;
mod failures;
mod folders;
mod interrupted;
mod slurm;
mod support;
