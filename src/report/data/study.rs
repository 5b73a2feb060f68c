//! The finished models of a study.

use crate::study::results::{Results, Status};
use serde::Serialize;
use serde_json::Value;

/// The columns of the table, as [`ResultRow`](crate::study::results::ResultRow) names them.
const COLUMNS: [&str; 21] = [
    "id",
    "kind",
    "dataset",
    "train_fraction",
    "recurrent_blocks",
    "iterations",
    "readout",
    "channels",
    "activation",
    "loss",
    "seed",
    "lengths_removed",
    "parameters",
    "cc_norm2",
    "cc_norm2_median",
    "cc_raw",
    "average_path_length",
    "length_std",
    "diversity_nats",
    "effective_paths",
    "contribution_average_path_length",
];

/// The most models in a page.
const MOST_ROWS: usize = 10_000;

/// The results of a study.
#[derive(Debug, Serialize)]
pub(super) struct StudyData {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
    /// The path length distribution of each row.
    distributions: Vec<Vec<(usize, f64)>>,
    files: Vec<String>,
    left_out: usize,
    unfinished: usize,
}

impl StudyData {
    /// # Errors
    ///
    /// Where a value is no JSON, which none is.
    pub(super) fn new(results: &Results) -> serde_json::Result<Self> {
        let finished = || results.rows.iter().filter(|row| row.status == Status::Finished);
        let count = finished().count();
        let mut rows = Vec::new();
        let mut distributions = Vec::new();
        for row in finished().take(MOST_ROWS) {
            let mut value = serde_json::to_value(row)?;
            rows.push(COLUMNS.map(|column| value.get_mut(column).map_or(Value::Null, Value::take)).to_vec());
            distributions.push(row.distribution.iter().map(|(&length, &share)| (length, share)).collect());
        }
        // A column that says nothing of any model is left out.
        let is_used = |column: usize| rows.iter().any(|row| !row[column].is_null());
        let used: Vec<usize> = (0..COLUMNS.len()).filter(|&column| is_used(column)).collect();
        Ok(Self {
            columns: used.iter().map(|&column| COLUMNS[column]).collect(),
            rows: rows.iter().map(|row| used.iter().map(|&column| row[column].clone()).collect()).collect(),
            distributions,
            files: results.inputs.iter().map(|input| input.path.display().to_string()).collect(),
            left_out: count.saturating_sub(MOST_ROWS),
            unfinished: results.rows.len() - count,
        })
    }
}
