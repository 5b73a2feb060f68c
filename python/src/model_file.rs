//! The file that stands for a model.

use crate::errors::{Exception, text};
use pyo3::prelude::*;
use std::error::Error;
use std::path::PathBuf;

/// The file of a model, and the name of a model in memory, which passes through a temporary file.
#[derive(Clone, Debug, FromPyObject)]
pub(crate) struct ModelFile(pub(crate) PathBuf, pub(crate) Option<String>);

impl ModelFile {
    /// Returns what the user knows the model by.
    pub(crate) fn name(&self) -> String {
        self.1.clone().unwrap_or_else(|| self.0.display().to_string())
    }

    /// Returns the exception for an error about the model, which does not name a temporary file.
    pub(crate) fn error(&self, py: Python<'_>, exception: Exception, error: &dyn Error) -> PyErr {
        let text = text(error);
        exception.with_text(py, text.replace(&self.0.display().to_string(), &self.name()))
    }
}
