//! The notebook on a study.

use super::cells::STUDY;
use super::document::{Cell, Notebook, Origin};
use super::error::NotebookError;
use super::python::{seen_from, string, strings};
use crate::study::results::{Input, Kind, PaperDataset, Results, StudyModels, Subset};
use pathscope_core::data::scores::Score;
use serde_json::json;
use std::path::Path;

/// Choices of the user that the tables of results leave open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StudyNotebookOptions {
    /// The performance measure, or `None` for CC_norm².
    pub metric: Option<Score>,
    /// The data set, or `None` for the one that stands for the paper's NS 2250.
    pub dataset: Option<String>,
}

/// Returns a notebook that repeats the paper's main tables and figures from tables of results.
///
/// The notebook loads the tables when it runs, by their paths relative to its own folder. It shows one data
/// set at its lowest split seed. Its reader can change both.
///
/// # Arguments
///
/// * `folder` - the folder that the notebook will be saved in
///
/// # Errors
///
/// [`NotebookError`] if the rows lack models or scores that every section needs.
///
/// # Complexity
///
/// O(rows).
///
/// # Examples
///
/// ```
/// use pathscope::export::notebook::{StudyNotebookOptions, study_notebook};
/// use pathscope::study::results::read_results;
///
/// let results = read_results(&["fixtures/results/study.csv".into()])?;
/// let notebook = study_notebook(&results, "fixtures".as_ref(), &StudyNotebookOptions::default())?;
/// assert!(notebook.to_json()?.contains(r#"RESULTS = [\"results/study.csv\"]"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn study_notebook(
    results: &Results,
    folder: &Path,
    options: &StudyNotebookOptions,
) -> Result<Notebook, NotebookError> {
    let models = StudyModels::new(&results.rows);
    let selection =
        models.select(&Subset::of(PaperDataset::First), &Kind::ALL, options.dataset.as_deref())?;
    let metric = selection.metric(options.metric)?;
    let (dataset, split_seed) = (selection.dataset, selection.split_seed);

    let paths =
        results.inputs.iter().map(|input| seen_from(folder, &input.path)).collect::<Result<Vec<_>, _>>()?;
    let settings = [
        ("RESULTS", strings(paths.iter().map(String::as_str))),
        ("SHA256", strings(results.inputs.iter().map(|input| input.sha256.as_str()))),
        ("VERSION", string(env!("CARGO_PKG_VERSION"))),
        ("METRIC", string(&metric.column())),
        ("DATASET", string(dataset)),
        ("SPLIT_SEED", split_seed.to_string()),
    ];
    let cells = STUDY.iter().map(|template| Cell::new(template, &settings)).collect();
    let inputs = results.inputs.iter().zip(paths);
    let inputs = inputs.map(|(input, path)| Input { path: path.into(), ..input.clone() }).collect();
    let settings = json!({ "dataset": dataset, "metric": metric, "split_seed": split_seed });
    Ok(Notebook::new(cells, Origin { inputs, settings, version: env!("CARGO_PKG_VERSION") }))
}
