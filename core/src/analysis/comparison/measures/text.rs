//! The text form of measures side by side.

use super::{FEWEST_MODELS, MeasureAgreement, MeasureComparison};
use crate::files::text::{counted, number, optional, table};
use crate::statistics::Interval;
use std::fmt::Write;

impl MeasureComparison {
    /// Returns the comparison as text: first a row per model, then a row per model and length.
    pub fn text(&self) -> String {
        let confidence = number(100.0 * self.agreement.bootstrap.confidence);
        let interval = format!("{confidence} % interval");
        let mut text = format!("Models\n{}", self.model_table(&interval));
        let _ = write!(text, "\nStrength and contribution\n{}", self.length_table(&interval));
        let _ = writeln!(text, "\n  {}", self.agreement.sentence(number));
        text.push_str("  intervals of shares and of averages are over images\n");
        let _ = writeln!(text, "\n{}", self.caution);
        text
    }

    fn model_table(&self, interval: &str) -> String {
        let head = [
            "model",
            "images",
            "average path length by strength",
            "by contribution",
            interval,
            "Spearman's ρ",
            "total variation",
        ];
        let rows = self.models.iter().map(|model| {
            vec![
                model.name.clone(),
                model.images.to_string(),
                optional(model.average_by_strength),
                optional(model.average_by_contribution),
                ends(model.average_by_contribution_interval),
                optional(model.spearman),
                optional(model.total_variation),
            ]
        });
        table(&head, 1..head.len(), rows)
    }

    fn length_table(&self, interval: &str) -> String {
        let head = [
            "model",
            "length",
            "strength's probability",
            "share of mean |C|",
            interval,
            "share of variance",
            interval,
        ];
        let rows = self.models.iter().flat_map(|model| {
            model.lengths.iter().map(|length| {
                vec![
                    model.name.clone(),
                    length.length.to_string(),
                    optional(length.probability),
                    optional(length.share),
                    ends(length.share_interval),
                    optional(length.variance_share),
                    ends(length.variance_share_interval),
                ]
            })
        });
        table(&head, 1..head.len(), rows)
    }
}

impl MeasureAgreement {
    /// Returns Spearman's ρ over all points with its interval, or why it cannot be computed, without a final
    /// full stop.
    ///
    /// # Arguments
    ///
    /// * `write` - formats a number
    pub fn sentence(&self, write: fn(f64) -> String) -> String {
        let over = format!("{} of {}", counted(self.points, "length"), counted(self.models, "model"));
        let Some(rho) = self.spearman else {
            return format!("no Spearman's ρ over {over}: too few points, or one measure is constant");
        };
        let interval = match self.spearman_interval {
            Some(interval) => {
                let confidence = number(100.0 * self.bootstrap.confidence);
                let (low, high) = (write(interval.low), write(interval.high));
                format!("{confidence} % interval over models {low} to {high}")
            }
            None if self.models < FEWEST_MODELS => {
                format!("no interval over fewer than {FEWEST_MODELS} models")
            }
            None => "no interval: too few resamples have a ρ".to_owned(),
        };
        format!("Spearman's ρ of strength and contribution over {over}: {} ({interval})", write(rho))
    }
}

/// Returns the ends of an interval, or a dash.
fn ends(interval: Option<Interval>) -> String {
    interval
        .map_or("-".to_owned(), |interval| format!("{} to {}", number(interval.low), number(interval.high)))
}
