//! Tables with a row for each neuron.

use super::TableError;
use crate::frames::{frame, integers, numbers};
use pathscope_core::data::Summary;
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::data::scores::{Score, ScoreTable};
use pathscope_core::statistics::Interval;
use polars::prelude::{Column, DataFrame};
use strum::VariantArray;

/// Returns a table of a model's scores for each neuron: `neuron`, `cc_raw`, `cc_max`, `cc_norm2`, all other
/// scores, and the interval of r²_ER where there is one.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn scores(evaluation: &Evaluation) -> Result<DataFrame, TableError> {
    let rows = &evaluation.scores.by_neuron;
    let mut columns = vec![
        integers("neuron", rows.iter().map(|row| Some(row.neuron))),
        numbers("cc_raw", rows.iter().map(|row| Some(row.cc_raw))),
        numbers("cc_max", rows.iter().map(|row| row.cc_max)),
        numbers("cc_norm2", rows.iter().map(|row| row.cc_norm2)),
    ];
    if let Some(all) = &evaluation.all_scores {
        let is_new = |score: &&Score| !columns.iter().any(|column| column.name() == score.column().as_str());
        let more: Vec<Score> = Score::VARIANTS.iter().filter(is_new).copied().collect();
        columns.extend(score_columns(all, &more));
        if all.bootstrap.is_some() {
            let end =
                |of: fn(Interval) -> f64| all.by_neuron.iter().map(move |row| row.r2_er_interval.map(of));
            columns.push(numbers("r2_er_low", end(|interval| interval.low)));
            columns.push(numbers("r2_er_high", end(|interval| interval.high)));
        }
    }
    frame(columns)
}

/// Returns a column for each score.
fn score_columns(table: &ScoreTable, scores: &[Score]) -> Vec<Column> {
    let column = |&score: &Score| {
        numbers(&score.column(), table.by_neuron.iter().map(move |row| row.scores.get(score)))
    };
    scores.iter().map(column).collect()
}

/// Returns a table of a data set's neurons: `neuron`, `trials` (available for every image), `mean_response`,
/// `cc_max` and the other scores that need no prediction.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn neurons(summary: &Summary) -> Result<DataFrame, TableError> {
    let rows = &summary.neurons;
    let mut columns = vec![
        integers("neuron", rows.iter().map(|row| Some(row.neuron))),
        integers("trials", rows.iter().map(|row| Some(row.trials))),
        numbers("mean_response", rows.iter().map(|row| Some(row.mean_response))),
        numbers("cc_max", rows.iter().map(|row| row.cc_max)),
    ];
    let is_more = |score: &&Score| !score.is_of_predictions() && **score != Score::CcMax;
    let more: Vec<Score> = Score::VARIANTS.iter().filter(is_more).copied().collect();
    columns.extend(score_columns(&summary.reliability, &more));
    frame(columns)
}
