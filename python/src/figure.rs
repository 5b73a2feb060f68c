//! Figures.

use crate::errors::Exception;
use pathscope_core::files::output::write_file;
use pyo3::prelude::*;
use std::path::PathBuf;

/// A figure as SVG. In Jupyter it shows itself.
#[pyclass(frozen, module = "pathscope")]
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// The text of the SVG file.
    #[pyo3(get)]
    svg: String,
}

impl Figure {
    pub(crate) fn new(svg: String) -> Self {
        Self { svg }
    }

    pub(crate) fn text(&self) -> &str {
        &self.svg
    }
}

#[pymethods]
impl Figure {
    #[new]
    fn of_svg(svg: String) -> Self {
        Self { svg }
    }

    /// Writes the figure into a file, at once or not at all.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        write_file(&path, &self.svg).map_err(|error| Exception::Output.of(py, &error))
    }

    fn _repr_svg_(&self) -> &str {
        &self.svg
    }

    fn __repr__(&self) -> String {
        format!("<pathscope.Figure: SVG of {} bytes; .save(path) writes it>", self.svg.len())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, pyo3::types::PyType>, (String,)) {
        (py.get_type::<Self>(), (self.svg.clone(),))
    }
}
