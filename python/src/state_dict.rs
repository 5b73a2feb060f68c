//! Weights in memory, as the bytes of a file that the library reads.

use crate::analysis::Analysis;
use crate::computing::run;
use crate::errors::Exception;
use crate::options::Options;
use numpy::PyReadonlyArray1;
use pathscope_core::analysis;
use pyo3::prelude::*;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use std::path::PathBuf;

/// The name of weights in memory, as `pathscope/_models.py` has it too.
const NAME: &str = "state_dict in memory";

/// A tensor: its name, the name of its type in PyTorch, its shape and its bytes.
type Tensor<'py> = (String, String, Vec<usize>, PyReadonlyArray1<'py, u8>);

/// Analyzes tensors in memory.
#[pyfunction]
pub(crate) fn analyze_tensors(
    py: Python<'_>,
    tensors: Vec<Tensor<'_>>,
    options: Options,
) -> PyResult<Analysis> {
    let options = options.resolve(py)?;
    let views = views(py, &tensors)?;
    let found = run(py, move || {
        let bytes = safetensors::serialize(views, None)?;
        Ok(analysis::Analysis::in_memory(NAME.as_ref(), bytes.into(), &options))
    })?;
    let found = found.map_err(|error: SafeTensorError| Exception::Model.of(py, &error))?;
    found.map(Analysis::new).map_err(|error| Exception::Model.of(py, &error))
}

/// Writes tensors into a safetensors file.
#[pyfunction]
pub(crate) fn write_safetensors(py: Python<'_>, path: PathBuf, tensors: Vec<Tensor<'_>>) -> PyResult<()> {
    let views = views(py, &tensors)?;
    py.detach(|| safetensors::serialize_to_file(views, None, &path))
        .map_err(|error| Exception::Output.with_text(py, format!("{}: {error}", path.display())))
}

/// Returns tensors as safetensors takes them.
fn views<'a>(py: Python<'_>, tensors: &'a [Tensor<'_>]) -> PyResult<Vec<(&'a str, TensorView<'a>)>> {
    let view = |(name, kind, shape, bytes): &'a Tensor<'_>| {
        let unusable = |reason: String| Exception::Model.with_text(py, format!("tensor {name}: {reason}"));
        let dtype = dtype(kind).ok_or_else(|| {
            unusable(format!("its elements are {kind}, which pathscope does not read: leave it out"))
        })?;
        let bytes = bytes.as_slice().map_err(|error| unusable(error.to_string()))?;
        let view = TensorView::new(dtype, shape.clone(), bytes);
        Ok((name.as_str(), view.map_err(|error| unusable(error.to_string()))?))
    };
    tensors.iter().map(view).collect()
}

/// Returns the type of elements that PyTorch calls so.
fn dtype(name: &str) -> Option<Dtype> {
    Some(match name {
        "float64" => Dtype::F64,
        "float32" => Dtype::F32,
        "float16" => Dtype::F16,
        "bfloat16" => Dtype::BF16,
        "int64" => Dtype::I64,
        "int32" => Dtype::I32,
        "int16" => Dtype::I16,
        "int8" => Dtype::I8,
        "uint8" => Dtype::U8,
        "bool" => Dtype::BOOL,
        _ => return None,
    })
}
