//! Jupyter notebooks on the results of a study and on one model.
//!
//! Their cells are the files under `notebooks-export/`, in the order of their names. One cell near the
//! beginning names the study or holds the model's analysis. The notebook computes everything else when it
//! runs.

mod cells;
mod document;
mod error;
mod model;
mod python;
mod study;

pub use document::{Cell, Notebook};
pub use error::NotebookError;
pub use model::model_notebook;
pub use study::{StudyNotebookOptions, study_notebook};

#[cfg(test)]
mod tests;
