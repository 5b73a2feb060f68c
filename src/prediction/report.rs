//! Output of an evaluation: as text, CSV and JSON.

use super::PredictionError;
use crate::tables;
use pathscope_core::data::evaluation::{EVALUATION, Evaluation, Scores};
use pathscope_core::files::documents::write_json;
use pathscope_core::files::output::write_file;
use pathscope_core::files::text::{number, optional, table};
use std::fmt::Write;
use std::path::Path;

/// Writes `evaluation.json` and `neurons.csv` into a folder.
///
/// # Errors
///
/// [`PredictionError::Output`]
pub fn write_evaluation(evaluation: &Evaluation, folder: &Path) -> Result<(), PredictionError> {
    // The table comes first, so that it exists wherever the document does.
    write_file(&folder.join("neurons.csv"), scores_csv(&evaluation.scores)?)?;
    Ok(write_json(&folder.join(EVALUATION), evaluation)?)
}

/// Returns the scores as a CSV table with a row for each neuron.
///
/// # Errors
///
/// [`PredictionError::Table`]
pub fn scores_csv(scores: &Scores) -> Result<String, PredictionError> {
    Ok(tables::to_csv(&mut tables::scores(scores)?)?)
}

/// Returns the evaluation as text.
pub fn evaluation_text(evaluation: &Evaluation) -> String {
    let Evaluation { model, dataset, settings, trials, scores, .. } = evaluation;
    let read_out = settings
        .iterations
        .map_or_else(String::new, |iteration| format!(", read out at iteration {iteration}"));
    let mut text = format!("{}\n  {}, {} images{read_out}\n\n", model.path, dataset.name, settings.images);
    let rows = scores.by_neuron.iter().map(|score| {
        vec![score.neuron.to_string(), number(score.cc_raw), optional(score.cc_max), optional(score.cc_norm2)]
    });
    text.push_str(&table(&["neuron", "CC_raw", "CC_max", "CC_norm²"], 0..4, rows));
    let with_ceiling = scores.neurons - scores.without_ceiling;
    let _ = writeln!(text, "\n  mean CC_raw {} ({} neurons)", number(scores.mean_cc_raw), scores.neurons);
    let _ = writeln!(text, "  mean CC_raw² {}", number(scores.mean_cc_raw2));
    let _ = writeln!(
        text,
        "  mean CC_max {} ({with_ceiling} neurons with a ceiling)",
        optional(scores.mean_cc_max)
    );
    let _ = writeln!(
        text,
        "  mean CC_norm² {}, median {}",
        optional(scores.mean_cc_norm2),
        optional(scores.median_cc_norm2)
    );
    if let Some(trials) = trials {
        let _ = writeln!(text, "  {trials}");
    }
    text
}
