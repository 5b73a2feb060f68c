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
            for (name, statistics) in
                [("average path length", &pairs.average_path_length), ("CC_norm²", &pairs.cc_norm2)]
            {
                let _ = writeln!(text, "  {name}: {}", agreement(statistics, all));
            }
        }
        if let Some(measured) = self.measured_alike() {
            let _ = writeln!(text, "\n  {measured}");
        }
        text + &self.length_table()
    }

    fn model_table(&self) -> String {
        let head = [
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
            "CC_norm²",
            "median",
        ];
        let rows = self.models.iter().map(|model| {
            vec![
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
                optional(model.cc_norm2),
                optional(model.cc_norm2_median),
            ]
        });
        format!("Models\n{}", table(&head, 3..head.len(), rows))
    }

    fn pair_table(&self) -> String {
        let head = [
            "model",
            "kind",
            "with",
            "kind",
            "readout",
            "iterations",
            "average path length",
            "with",
            "CC_norm²",
            "with",
            "median",
            "with",
        ];
        let both = |first: String, second: String| {
            if first == second { first } else { format!("{first} / {second}") }
        };
        let rows = self.paired_models().map(|(first, second)| {
            vec![
                first.name.clone(),
                first.kind(),
                second.name.clone(),
                second.kind(),
                both(said(first.readout), said(second.readout)),
                both(said(iterations(first)), said(iterations(second))),
                optional(first.summary.average_path_length),
                optional(second.summary.average_path_length),
                optional(first.cc_norm2),
                optional(second.cc_norm2),
                optional(first.cc_norm2_median),
                optional(second.cc_norm2_median),
            ]
        });
        format!("Pairs\n{}", table(&head, 5..head.len(), rows))
    }

    /// Returns what CC_norm² was measured on, where that is the same for all models.
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
            format!(
                "CC_norm²: mean over {} of {} neurons, {} images of {} (split {}){}",
                ceilings(first.without_ceiling),
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
