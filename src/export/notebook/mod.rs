//! Jupyter notebooks: of the results of a study, and of one model.
//!
//! Their cells are the files under `notebooks-export/`, in the order of their names. What a notebook is about is put
//! into one cell of settings near its beginning; everything else is computed when it runs.

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
