//! The text form of a comparison.

use super::{ComparedModel, Comparison, PairStatistics};
use crate::files::text::{number, optional, table};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The largest number of lengths that get a column each.
const MOST_LENGTHS: usize = 12;

impl Comparison {
    /// Returns the comparison as text: a row per model, or a row per pair where models are paired.
    pub fn text(&self) -> String {
        let mut text = match &self.pairs {
            None => self.model_table(),
            Some(_) => self.pair_table(),
        };
        if let Some(pairs) = &self.pairs {
            let all = pairs.pairs;
            text.push('\n');
            let mut quantities = vec![("average path length", &pairs.average_path_length)];
            match self.chosen.as_slice() {
                [] => quantities.push(("CC_norm²", &pairs.cc_norm2)),
                _ => quantities.extend(pairs.scores.iter().map(|(score, pair)| (score.label(), pair))),
            }
            for (name, statistics) in quantities {
                let _ = writeln!(text, "  {name}: {}", agreement(statistics, all));
            }
        }
        if let Some(measured) = self.measured_alike() {
            let _ = writeln!(text, "\n  {measured}");
        }
        text + &self.length_table()
    }

    fn model_table(&self) -> String {
        let mut head = vec![
            "model",
            "kind",
            "readout",
            "blocks",
            "iterations",
            "parameters",
            "paths",
            "average path length",
            "std",
            "diversity",
            "effective paths",
        ];
        head.extend(self.score_heads());
        let rows = self.models.iter().map(|model| {
            let mut row = vec![
                model.name.clone(),
                model.kind(),
                said(model.readout),
                said(model.circuit.as_ref().map(|circuit| circuit.recurrent_blocks)),
                said(iterations(model)),
                model.parameters.to_string(),
                model.paths.to_string(),
                optional(model.summary.average_path_length),
                optional(model.summary.length_std),
                optional(model.summary.diversity_nats),
                optional(model.summary.effective_paths),
            ];
            row.extend(self.scores_of(model).into_iter().map(optional));
            row
        });
        format!("Models\n{}", table(&head, 3..head.len(), rows))
    }

    fn pair_table(&self) -> String {
        let mut head =
            vec!["model", "kind", "with", "kind", "readout", "iterations", "average path length", "with"];
        head.extend(self.score_heads().into_iter().flat_map(|head| [head, "with"]));
        let both = |first: String, second: String| {
            if first == second { first } else { format!("{first} / {second}") }
        };
        let rows = self.paired_models().map(|(first, second)| {
            let mut row = vec![
                first.name.clone(),
                first.kind(),
                second.name.clone(),
                second.kind(),
                both(said(first.readout), said(second.readout)),
                both(said(iterations(first)), said(iterations(second))),
                optional(first.summary.average_path_length),
                optional(second.summary.average_path_length),
            ];
            let scores = self.scores_of(first).into_iter().zip(self.scores_of(second));
            row.extend(scores.flat_map(|(first, second)| [optional(first), optional(second)]));
            row
        });
        format!("Pairs\n{}", table(&head, 5..head.len(), rows))
    }

    /// Returns the heads of the columns of scores.
    fn score_heads(&self) -> Vec<&'static str> {
        match self.chosen.as_slice() {
            [] => vec!["CC_norm²", "median"],
            chosen => chosen.iter().map(|score| score.label()).collect(),
        }
    }

    /// Returns the scores of a model in the order of [`score_heads`](Self::score_heads).
    fn scores_of(&self, model: &ComparedModel) -> Vec<Option<f64>> {
        match self.chosen.as_slice() {
            [] => vec![model.cc_norm2, model.cc_norm2_median],
            chosen => chosen.iter().map(|&score| model.score(score)).collect(),
        }
    }

    /// Returns what the scores were measured on, where that is the same for all models.
    fn measured_alike(&self) -> Option<String> {
        let mut all = self.models.iter().filter_map(|model| model.measured.as_ref());
        let first = all.next()?;
        let ceilings = |without: usize| first.neurons - without.min(first.neurons);
        let alike = |other: &super::Measured| {
            other.neurons == first.neurons
                && other.without_ceiling == first.without_ceiling
                && other.dataset == first.dataset
                && other.trials == first.trials
                && other.images() == first.images()
        };
        all.all(alike).then(|| {
            let of_neurons = match self.chosen.as_slice() {
                [] => format!("CC_norm²: mean over {} of", ceilings(first.without_ceiling)),
                _ => "scores: means over the neurons that have them, of".to_owned(),
            };
            format!(
                "{of_neurons} {} neurons, {} images of {} (split {}){}",
                first.neurons,
                first.settings.images,
                first.dataset.name,
                first.settings.split,
                first.trials.map_or(String::new(), |trials| format!("; {trials}"))
            )
        })
    }

    /// Returns the path length distributions, if there are few enough lengths for a column each.
    fn length_table(&self) -> String {
        let lengths: BTreeSet<usize> =
            self.models.iter().flat_map(|model| model.lengths.iter().map(|share| share.length)).collect();
        if lengths.is_empty() || lengths.len() > MOST_LENGTHS {
            return String::new();
        }
        let columns: Vec<String> = lengths.iter().map(usize::to_string).collect();
        let head: Vec<&str> =
            ["model", "readout"].into_iter().chain(columns.iter().map(String::as_str)).collect();
        let row = |model: &ComparedModel| {
            let probability = |&length: &usize| {
                let share = model.lengths.iter().find(|share| share.length == length);
                share
                    .and_then(|share| share.probability)
                    .map_or("-".to_owned(), |share| format!("{share:.3}"))
            };
            [model.name.clone(), said(model.readout)]
                .into_iter()
                .chain(lengths.iter().map(probability))
                .collect()
        };
        let rows = self.models.iter().map(row);
        format!("\nPath length distributions\n{}", table(&head, 2..head.len(), rows))
    }
}

/// Returns a value as text, or a dash if it is missing.
fn said(value: Option<impl ToString>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

fn iterations(model: &ComparedModel) -> Option<usize> {
    model.circuit.as_ref().map(|circuit| circuit.iterations)
}

fn agreement(statistics: &PairStatistics, all: usize) -> String {
    let of = if statistics.n == all { String::new() } else { format!(" of {all}") };
    let pairs = if statistics.n == 1 && of.is_empty() { "pair" } else { "pairs" };
    let mut text = format!("{}{of} {pairs}", statistics.n);
    if let Some(difference) = statistics.mean_difference {
        let _ =
            write!(text, ", {}, mean difference (with - model) {}", statistics.pearson_r, number(difference));
    }
    text
}
