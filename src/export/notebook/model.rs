//! The notebook on one model.

use super::cells::{MODEL, PROGRAM};
use super::document::{Cell, Notebook, Origin};
use super::error::NotebookError;
use super::python::{json_document, string};
use crate::study::results::Input;
use pathscope_core::analysis::Analysis;
use pathscope_core::analysis::contributions::{ContributionsDocument, Mark};
use pathscope_core::analysis::report::Report;
use pathscope_core::files::checkpoint::sha256;
use serde_json::json;
use std::path::Path;

/// Returns a notebook that takes one model apart into its paths. It contains all the data that it needs.
///
/// # Arguments
///
/// * `top` - how many of the strongest paths it lists
/// * `contributions` - the contributions of the same model by path length, and the file that they come from
///
/// # Errors
///
/// [`NotebookError::Contributions`] if these belong to another model or are not by path length,
/// [`NotebookError::File`] if their file cannot be read, and [`NotebookError::Json`] if the analysis cannot
/// be written.
///
/// # Complexity
///
/// The same as for [`Report::new`].
///
/// # Examples
///
/// ```
/// use pathscope_core::analysis::{Analysis, AnalysisOptions};
/// use pathscope::export::notebook::model_notebook;
///
/// let file = std::path::Path::new("fixtures/nets/fig5.safetensors");
/// let notebook = model_notebook(&Analysis::of_file(file, &AnalysisOptions::default())?, 10, None)?;
/// assert!(notebook.cells[1].text().contains(r#""average_path_length": 1.75"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn model_notebook(
    analysis: &Analysis,
    top: usize,
    contributions: Option<(&ContributionsDocument, &Path)>,
) -> Result<Notebook, NotebookError> {
    let report = Report::new(analysis, top);
    let json = serde_json::to_string_pretty(&report)?;
    let mut settings =
        vec![("VERSION", string(env!("CARGO_PKG_VERSION"))), ("ANALYSIS", json_document(&json))];
    if let Some((document, path)) = contributions {
        check_contributions(document, path, analysis)?;
        settings.push(("CONTRIBUTIONS", json_document(&without_units(document)?)));
    }
    let templates = if analysis.program().is_some() { PROGRAM } else { MODEL };
    let cells = templates.iter().map(|template| Cell::new(template, &settings)).collect();
    let model = Input { path: analysis.path.clone(), sha256: analysis.sha256.clone() };
    let beside = analysis.checkpoint().map_or(&[][..], |checkpoint| &checkpoint.model.input_files);
    let beside = beside.iter().map(|file| Input { path: file.path.clone(), sha256: file.sha256.clone() });
    let contributions = contributions.map(|(_, path)| input_of(path)).transpose()?;
    let settings = json!({ "conventions": report.conventions, "top": top });
    let origin = Origin {
        inputs: std::iter::once(model).chain(beside).chain(contributions).collect(),
        settings,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(Notebook::new(cells, origin))
}

/// Returns contributions as JSON without single units, of which there may be thousands.
fn without_units(document: &ContributionsDocument) -> Result<String, serde_json::Error> {
    let mut document = document.clone();
    document.summary.units.clear();
    serde_json::to_string_pretty(&document)
}

/// Checks that contributions are by length and belong to this model.
fn check_contributions(
    document: &ContributionsDocument,
    path: &Path,
    analysis: &Analysis,
) -> Result<(), NotebookError> {
    let refused =
        |problem: &'static str| Err(NotebookError::Contributions { path: path.to_owned(), problem });
    if document.source.sha256 != analysis.sha256 {
        return refused("its contributions are of another model");
    }
    if document.summary.mark != Mark::Length {
        return refused("its contributions are not by path length");
    }
    Ok(())
}

fn input_of(path: &Path) -> Result<Input, NotebookError> {
    let sha256 = sha256(path)?;
    Ok(Input { path: path.to_owned(), sha256 })
}
