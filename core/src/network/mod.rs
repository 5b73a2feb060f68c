//! Whole networks: what happens to an image before the recurrent stage and to the stage's output after it (paper,
//! Fig. 1a,b and Eqs. 1 and 2), and all that a prediction is computed from.
//!
//! [`crate::circuit`] describes the recurrent stage, which is all that strengths and paths are
//! about; to compute a prediction one must also know the rest. pathscope's own checkpoints hold
//! both, and the published ones say both in their configuration: [`WholeNetwork::open`] reads them. What is to be
//! computed is planned once, as blocks at iterations or as chains of blocks.
//!
//! In comes a checkpoint, out comes the program that it stands for. Read [`WholeNetwork`] first.

mod error;
mod plan;
mod program;
mod shapes;
mod whole;

pub use error::NetworkError;
pub use plan::{Chain, ChainStep, FIRST, Map, Plan, Structure};
pub use program::{ComponentUse, FIRST_BLOCK, NetworkProgram};
pub use whole::{FIRST_WEIGHT, Source, Tensor, WholeNetwork};

/// Most blocks, at each iteration or on each path, that are computed one by one.
pub const MAX_STEPS: usize = 20_000;
