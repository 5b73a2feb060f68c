//! The text of a table of correlations.

use super::gain_text::{interval, percent};
use super::{CorrelationSubset, Correlations, Estimate, Unit};
use crate::study::results::Amount;
use pathscope_core::files::text::table;

/// A kind of correlation: its title, and the correlations with length and with diversity.
type Shown = (&'static str, fn(&CorrelationSubset) -> [Estimate; 2]);

const SHOWN: [Shown; 3] = [
    ("Pearson's r", |subset| [subset.pearson_length, subset.pearson_diversity]),
    ("Spearman's ρ", |subset| [subset.spearman_length, subset.spearman_diversity]),
    ("Partial correlation: with L given H, and with H given L", |subset| {
        [subset.partial_length, subset.partial_diversity]
    }),
];

impl Correlations {
    /// Returns the correlations as text for people, with a table for each kind.
    pub fn text(&self) -> String {
        let amount = Amount { fraction: self.train_fraction, images: self.train_images };
        let mut text = format!(
            "{} of recurrent models on {} (split seed {}), {amount}, with average path length L and diversity H{}\n",
            self.metric.label(),
            self.dataset,
            self.split_seed,
            self.measure.suffix()
        );
        let head = ["blocks", "readout", "n", "groups", "L", "H", "L within groups", "H within groups"];
        for (title, of) in SHOWN {
            let (within, over): (Vec<_>, Vec<_>) =
                self.subsets.iter().partition(|subset| subset.within_matched_groups);
            // Both have the same subsets in the same order.
            let rows = over.iter().zip(within).map(|(over, within)| cells(over, &within, of));
            text += &format!("\n{title}\n{}", table(&head, 2..head.len(), rows));
        }
        text += "\n  n: configurations; within groups: the mean of each matched group subtracted\n";
        if self.bootstrap.resamples > 0 {
            text += &format!(
                "  in brackets: {} of {} resamples (seed {}) of {}\n",
                percent(self.bootstrap.confidence),
                self.bootstrap.resamples,
                self.bootstrap.seed,
                self.resampled()
            );
        }
        self.notes.iter().for_each(|note| text += &format!("  {note}\n"));
        text
    }

    /// Returns the name of the units that were resampled.
    fn resampled(&self) -> &'static str {
        let has = |unit: Unit| self.subsets.iter().any(|subset| subset.resampled == unit);
        match (has(Unit::MatchedGroups), has(Unit::Configurations)) {
            (true, true) => "matched groups, or of configurations if there are fewer than 8 groups",
            (true, false) => "matched groups",
            (false, _) => "configurations, if there are 8 or more",
        }
    }
}

fn cells(
    over: &CorrelationSubset,
    within: &CorrelationSubset,
    of: fn(&CorrelationSubset) -> [Estimate; 2],
) -> Vec<String> {
    let or_all = |text: Option<String>| text.unwrap_or_else(|| "all".to_owned());
    let estimate = |estimate: Estimate| match (estimate.value, estimate.interval) {
        (None, _) => "-".to_owned(),
        (Some(value), None) => format!("{value:.2}"),
        (Some(value), found) => format!("{value:.2} {}", interval(found, 2)),
    };
    let about = [
        or_all(over.recurrent_blocks.map(|blocks| blocks.to_string())),
        or_all(over.readout.map(|readout| readout.to_string())),
        over.configurations.to_string(),
        over.matched_groups.to_string(),
    ];
    about.into_iter().chain([over, within].into_iter().flat_map(of).map(estimate)).collect()
}
