//! The notebook on a study.

use super::cells::STUDY;
use super::document::{Cell, Notebook, Origin};
use super::error::NotebookError;
use super::python::{seen_from, string, strings};
use crate::study::results::{
    Input, Metric, NoDataset, PaperDataset, ResultRow, Results, Status, choose_dataset,
};
use serde_json::json;
use std::path::Path;

/// Choices of the user that the tables of results leave open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StudyNotebookOptions {
    /// The performance measure, or `None` for CC_norm².
    pub metric: Option<Metric>,
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
    let wanted = options.dataset.as_deref();
    let dataset =
        choose_dataset(&results.rows, PaperDataset::First, wanted).map_err(|problem| match problem {
            NoDataset::Unknown(unknown) => unknown.into(),
            NoDataset::Empty | NoDataset::OnlyOne(_) => NotebookError::Empty,
        })?;
    let of_dataset = || results.rows.iter().filter(|row| row.dataset == dataset);
    let split_seed = of_dataset().map(|row| row.split_seed).min().ok_or(NotebookError::Empty)?;
    let metric = options.metric.unwrap_or_default();
    check(of_dataset().filter(|row| row.split_seed == split_seed), dataset, split_seed, metric)?;

    let paths =
        results.inputs.iter().map(|input| seen_from(folder, &input.path)).collect::<Result<Vec<_>, _>>()?;
    let settings = [
        ("RESULTS", strings(paths.iter().map(String::as_str))),
        ("SHA256", strings(results.inputs.iter().map(|input| input.sha256.as_str()))),
        ("VERSION", string(env!("CARGO_PKG_VERSION"))),
        ("METRIC", string(column(metric))),
        ("DATASET", string(dataset)),
        ("SPLIT_SEED", split_seed.to_string()),
    ];
    let cells = STUDY.iter().map(|template| Cell::new(template, &settings)).collect();
    let inputs = results.inputs.iter().zip(paths);
    let inputs = inputs.map(|(input, path)| Input { path: path.into(), ..input.clone() }).collect();
    let settings = json!({ "dataset": dataset, "metric": metric.as_str(), "split_seed": split_seed });
    Ok(Notebook::new(cells, Origin { inputs, settings, version: env!("CARGO_PKG_VERSION") }))
}

/// Returns the column of a table of results that holds a performance measure.
fn column(metric: Metric) -> &'static str {
    match metric {
        Metric::CcNorm2 => "cc_norm2",
        Metric::CcRaw2 => "cc_raw2",
    }
}

/// Checks that there is a finished model with a value of the performance measure.
fn check<'a>(
    rows: impl Iterator<Item = &'a ResultRow>,
    dataset: &str,
    split_seed: u64,
    metric: Metric,
) -> Result<(), NotebookError> {
    let mut finished = rows.filter(|row| row.status == Status::Finished).peekable();
    if finished.peek().is_none() {
        return Err(NotebookError::NoneFinished { dataset: dataset.to_owned(), split_seed });
    }
    if finished.all(|row| metric.of(row).is_none()) {
        return Err(NotebookError::NotMeasured { dataset: dataset.to_owned(), split_seed, metric });
    }
    Ok(())
}
