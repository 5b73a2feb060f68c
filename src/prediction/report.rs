//! Output of an evaluation: as text, CSV and JSON.

use super::PredictionError;
use crate::tables;
use pathscope_core::data::evaluation::{EVALUATION, Evaluation};
use pathscope_core::data::scores::{NeuronValues, Score, ScoreTable};
use pathscope_core::files::documents::write_json;
use pathscope_core::files::output::write_file;
use pathscope_core::files::text::{counted, number, optional, table};
use pathscope_core::statistics::Interval;
use std::fmt::Write;
use std::path::Path;

/// Writes `evaluation.json` and `neurons.csv` into a folder.
///
/// # Errors
///
/// [`PredictionError::Output`]
pub fn write_evaluation(evaluation: &Evaluation, folder: &Path) -> Result<(), PredictionError> {
    // The table comes first, so that it exists wherever the document does.
    write_file(&folder.join("neurons.csv"), scores_csv(evaluation)?)?;
    Ok(write_json(&folder.join(EVALUATION), evaluation)?)
}

/// Returns all scores as a CSV table with a row for each neuron.
///
/// # Errors
///
/// [`PredictionError::Table`]
pub fn scores_csv(evaluation: &Evaluation) -> Result<String, PredictionError> {
    Ok(tables::to_csv(&mut tables::scores(evaluation)?)?)
}

/// Returns the evaluation as text.
///
/// # Arguments
///
/// * `chosen` - the scores that are shown; the paper's if there are none
pub fn evaluation_text(evaluation: &Evaluation, chosen: &[Score]) -> String {
    let Evaluation { model, dataset, settings, trials, .. } = evaluation;
    let read_out = settings
        .iterations
        .map_or_else(String::new, |iteration| format!(", read out at iteration {iteration}"));
    let mut text = format!("{}\n  {}, {} images{read_out}\n\n", model.path, dataset.name, settings.images);
    match &evaluation.all_scores {
        Some(all) if !chosen.is_empty() => chosen_text(&mut text, all, chosen),
        _ => paper_text(&mut text, evaluation),
    }
    if let Some(trials) = trials {
        let _ = writeln!(text, "  {trials}");
    }
    text
}

fn paper_text(text: &mut String, evaluation: &Evaluation) {
    let scores = &evaluation.scores;
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
}

fn chosen_text(text: &mut String, all: &ScoreTable, chosen: &[Score]) {
    let heads: Vec<&str> =
        std::iter::once("neuron").chain(chosen.iter().map(|score| score.label())).collect();
    let rows = all.by_neuron.iter().map(|neuron| {
        let cells = chosen.iter().map(|&score| cell(neuron, score));
        std::iter::once(neuron.neuron.to_string()).chain(cells).collect()
    });
    text.push_str(&table(&heads, 0..heads.len(), rows));
    text.push('\n');
    for &score in chosen {
        let _ = match all.averages.get(&score) {
            Some(average) => writeln!(
                text,
                "  mean {} {}{}, median {} ({})",
                score.label(),
                number(average.mean),
                between(average.interval),
                number(average.median),
                counted(average.neurons, "neuron")
            ),
            None => writeln!(text, "  no neuron has {}", score.label()),
        };
    }
    if let Some(bootstrap) = all.bootstrap {
        let _ = writeln!(
            text,
            "  [{:.0} % of {} resamples of images and neurons]",
            100.0 * bootstrap.confidence,
            bootstrap.resamples
        );
    }
}

fn cell(neuron: &NeuronValues, score: Score) -> String {
    let interval = neuron.r2_er_interval.filter(|_| score == Score::R2Er);
    optional(neuron.scores.get(score)) + &between(interval)
}

fn between(interval: Option<Interval>) -> String {
    interval
        .map_or_else(String::new, |Interval { low, high }| format!(" [{}, {}]", number(low), number(high)))
}
