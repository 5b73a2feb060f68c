//! Errors of the library as exceptions of `pathscope.errors`.

use crate::keywords::with_keywords;
use pyo3::prelude::*;
use std::error::Error;

/// The exception that an error becomes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Exception {
    /// The model cannot be read or taken apart.
    Model,
    /// The images or arguments do not fit the model.
    Input,
    /// The circuit cannot be unrolled.
    Circuit,
    /// The figure, table or report cannot be made.
    Output,
}

impl Exception {
    const fn class(self) -> &'static str {
        match self {
            Self::Model => "ModelError",
            Self::Input => "InputError",
            Self::Circuit => "CircuitError",
            Self::Output => "OutputError",
        }
    }

    /// Returns the exception with an error's text.
    pub(crate) fn of(self, py: Python<'_>, error: &dyn Error) -> PyErr {
        self.with_text(py, text(error))
    }

    /// Returns the exception with a text.
    pub(crate) fn with_text(self, py: Python<'_>, text: String) -> PyErr {
        let exception = || py.import("pathscope.errors")?.getattr(self.class())?.call1((text,));
        exception().map_or_else(|problem| problem, PyErr::from_value)
    }
}

/// Returns the text of an error and its causes, without those that the error names itself, for Python.
pub(crate) fn text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text.push_str(": ");
            text.push_str(&reason);
        }
        cause = error.source();
    }
    with_keywords(&text)
}
