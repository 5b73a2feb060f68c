//! Export for PyTorch: the whole network, with all that it computes, as a Python module or as a
//! TorchScript archive.
//!
//! [`WholeNetwork::open`] reads a checkpoint that describes more than its recurrent stage. What is
//! to be computed is planned once (blocks at iterations, or chains of blocks), and written twice:
//! as a readable module that loops over blocks and paths, and as straight-line TorchScript.

mod error;
mod network;
mod plan;
mod pytorch;
mod shapes;
mod torchscript;

pub use error::ExportError;
pub use network::WholeNetwork;

/// Most blocks, at each iteration or on each path, that an exported network may compute.
pub const MAX_STEPS: usize = 20_000;

/// The name of the weights in an exported folder, which is also theirs in the folder of a run.
pub const WEIGHTS: &str = "model.safetensors";

/// The name of the Python module in an exported folder.
pub const MODULE: &str = "model.py";
