//! Whole networks: the recurrent stage together with the layers before and after it (paper, Fig. 1a,b and
//! Eqs. 1 and 2), which is everything that a prediction needs.
//!
//! [`crate::circuit`] describes only the recurrent stage, which is enough for strengths and paths. A
//! prediction needs the other layers too. pathscope's own checkpoints contain both, and published ones
//! describe both in their configuration; [`WholeNetwork::open`] reads them. The computation is planned once,
//! as blocks at iterations or as chains of blocks.
//!
//! Input: a checkpoint. Output: the program that computes its predictions. Read [`WholeNetwork`] first.

mod error;
mod plan;
mod program;
mod shapes;
mod whole;

pub use error::NetworkError;
pub use plan::{Chain, ChainStep, FIRST, Map, Plan, Structure};
pub use program::{ComponentUse, FIRST_BLOCK, NetworkProgram};
pub use whole::{Source, Tensor, WholeNetwork};

/// The largest number of blocks, at each iteration or on each path, that are computed one by one.
pub const MAX_STEPS: usize = 20_000;
