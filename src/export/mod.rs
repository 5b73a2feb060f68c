//! Export for PyTorch: the whole network, with all that it computes, as a Python module or as a
//! TorchScript archive.
//!
//! What a [`WholeNetwork`](pathscope_core::network::WholeNetwork) computes is written twice: as a readable module that loops over
//! blocks and paths, and as straight-line TorchScript.
//!
//! In comes a whole network or a table of results, out come files for PyTorch or Jupyter. Read [`python_module`] first.

mod error;
pub mod notebook;
mod pytorch;
mod torchscript;
mod weights;

pub use error::ExportError;
pub use pytorch::python_module;
pub use torchscript::torchscript;
pub use weights::safetensors;

/// The name of the weights in an exported folder, which is also theirs in the folder of a run.
pub const WEIGHTS: &str = "model.safetensors";

/// The name of the Python module in an exported folder.
pub const MODULE: &str = "model.py";
