//! Weights in memory, as a file that the library reads.

use crate::errors::Exception;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::path::PathBuf;

/// A tensor: its name, the name of its type in PyTorch, its shape and its bytes.
type Tensor<'py> = (String, String, Vec<usize>, PyReadonlyArray1<'py, u8>);

/// Writes tensors into a safetensors file.
///
/// # Arguments
///
/// * `metadata` - text that goes into the header
#[pyfunction]
pub(crate) fn write_safetensors(
    py: Python<'_>,
    path: PathBuf,
    tensors: Vec<Tensor<'_>>,
    metadata: Option<HashMap<String, String>>,
) -> PyResult<()> {
    let mut views = Vec::with_capacity(tensors.len());
    for (name, kind, shape, bytes) in &tensors {
        let unusable = |reason: String| Exception::Model.with_text(py, format!("tensor {name}: {reason}"));
        let dtype = dtype(kind).ok_or_else(|| {
            unusable(format!("its elements are {kind}, which pathscope does not read: leave it out"))
        })?;
        let bytes = bytes.as_slice().map_err(|error| unusable(error.to_string()))?;
        let view = TensorView::new(dtype, shape.clone(), bytes);
        views.push((name, view.map_err(|error| unusable(error.to_string()))?));
    }
    py.detach(|| safetensors::serialize_to_file(views, metadata, &path))
        .map_err(|error| Exception::Output.with_text(py, format!("{}: {error}", path.display())))
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
