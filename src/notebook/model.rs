//! The notebook of one model.

use super::cells::{MODEL, PROGRAM};
use super::document::{Cell, Notebook, Origin};
use super::error::NotebookError;
use super::python::{json_document, string};
use crate::analysis::Analysis;
use crate::report::Report;
use crate::results::Input;
use serde_json::json;

/// A notebook that takes one model apart into its paths, and holds all that it needs of the model.
///
/// # Arguments
///
/// * `top` - how many of the strongest paths it lists
///
/// # Errors
///
/// [`NotebookError::Json`], where the analysis cannot be written.
///
/// # Complexity
///
/// As of [`Report::new`].
///
/// # Examples
///
/// ```
/// use pathscope::analysis::{Analysis, AnalysisOptions};
/// use pathscope::notebook::model_notebook;
///
/// let file = std::path::Path::new("fixtures/nets/fig5.safetensors");
/// let notebook = model_notebook(&Analysis::of_file(file, &AnalysisOptions::default())?, 10)?;
/// assert!(notebook.cells[1].text().contains(r#""average_path_length": 1.75"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn model_notebook(analysis: &Analysis, top: usize) -> Result<Notebook, NotebookError> {
    let report = Report::new(analysis, top);
    let json = serde_json::to_string_pretty(&report)?;
    let settings = [("VERSION", string(env!("CARGO_PKG_VERSION"))), ("ANALYSIS", json_document(&json))];
    let templates = if analysis.program().is_some() { PROGRAM } else { MODEL };
    let cells = templates.iter().map(|template| Cell::new(template, &settings)).collect();
    let model = Input { path: analysis.path.clone(), sha256: analysis.sha256.clone() };
    let beside = analysis.checkpoint().map_or(&[][..], |checkpoint| &checkpoint.model.input_files);
    let beside = beside.iter().map(|file| Input { path: file.path.clone(), sha256: file.sha256.clone() });
    let settings = json!({ "conventions": report.conventions, "top": top });
    let origin = Origin {
        inputs: std::iter::once(model).chain(beside).collect(),
        settings,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(Notebook::new(cells, origin))
}
