//! Export of a network to PyTorch, and of analyses and results to Jupyter notebooks.
//!
//! A [`WholeNetwork`](pathscope_core::network::WholeNetwork) is exported in two forms: as a readable Python
//! module that loops over blocks and paths, and as straight-line TorchScript.
//!
//! A whole network, an analysis or a table of results comes in, files for PyTorch or Jupyter go out. Read
//! [`python_module`] first.

mod error;
pub mod notebook;
mod pytorch;
mod torchscript;
mod weights;

pub use error::ExportError;
pub use pytorch::python_module;
pub use torchscript::torchscript;
pub use weights::safetensors;

/// The name of the file of weights in an exported folder, which is the same in the folder of a run.
pub const WEIGHTS: &str = "model.safetensors";

/// The name of the Python module in an exported folder.
pub const MODULE: &str = "model.py";
