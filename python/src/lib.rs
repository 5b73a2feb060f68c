//! The compiled half of the Python package `pathscope`.
//!
//! In come paths, dictionaries and NumPy arrays from the modules in `python/pathscope`, which have the public functions
//! and their documentation. Out come the classes that hold results. Read `analysis.rs` first.

mod analysis;
mod circuit;
mod computing;
mod contributions;
mod ensemble;
mod errors;
mod figure;
mod keywords;
mod model_file;
mod options;
mod state_dict;
mod table;

use pyo3::prelude::*;

#[pymodule]
mod _pathscope {
    #[pymodule_export]
    use crate::analysis::{Analysis, analyze};
    #[pymodule_export]
    use crate::circuit::{Circuit, UnrolledCircuit, unroll};
    #[pymodule_export]
    use crate::contributions::{Contributions, contributions, receptive_fields};
    #[pymodule_export]
    use crate::ensemble::Ensemble;
    #[pymodule_export]
    use crate::figure::Figure;
    #[pymodule_export]
    use crate::state_dict::{analyze_tensors, write_safetensors};
    #[pymodule_export]
    use crate::table::Table;
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
