//! The text of Tables 1 and 3.

use super::{GainRow, PerformanceGain};
use crate::study::results::Amount;
use pathscope_core::files::text::table;
use pathscope_core::statistics::Interval;

impl PerformanceGain {
    /// Returns the table as text for people, with the paper's columns and intervals.
    pub fn text(&self) -> String {
        let percent = percent(self.bootstrap.confidence);
        let head = [
            "training data",
            "feed-forward",
            &percent,
            "best readout, T",
            "recurrent",
            "gain (%)",
            &percent,
            "best in",
            "n",
        ];
        let rows = self.rows.iter().map(cells);
        let title = format!(
            "Recurrent and feed-forward models on {} (split seed {}): {}",
            self.dataset,
            self.split_seed,
            self.metric.label()
        );
        let notes: String = self.notes.iter().map(|note| format!("  {note}\n")).collect();
        let about = match self.bootstrap.resamples {
            0 => "  n: pairs of matched configurations; no intervals without resamples\n".to_owned(),
            resamples => format!(
                "  n: pairs of matched configurations; {percent}: of {resamples} resamples of their seeds (seed {}); best in: the fraction of these\n",
                self.bootstrap.seed
            ),
        };
        format!("{title}\n{}\n{about}{notes}", table(&head, 1..head.len(), rows))
    }
}

fn cells(row: &GainRow) -> Vec<String> {
    let amount = Amount { fraction: row.train_fraction, images: row.train_images };
    let best = row.best.as_ref();
    let of_best = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let n = match best {
        Some(best) if best.configurations < row.feed_forward_configurations => {
            format!("{} of {}", best.configurations, row.feed_forward_configurations)
        }
        Some(best) => best.configurations.to_string(),
        None => "0".to_owned(),
    };
    vec![
        amount.to_string(),
        format!("{:.4}", row.feed_forward),
        interval(row.feed_forward_interval, 4),
        of_best(best.map(|best| format!("{}, {}", best.readout, best.iterations))),
        of_best(best.map(|best| format!("{:.4}", best.recurrent))),
        of_best(best.map(|best| format!("{:.4}", best.gain_percent))),
        interval(best.and_then(|best| best.gain_interval), 2),
        of_best(best.and_then(|best| best.best_in_resamples).map(|part| format!("{:.0} %", 100.0 * part))),
        n,
    ]
}

/// Formats an interval with a number of decimals.
pub(super) fn interval(interval: Option<Interval>, decimals: usize) -> String {
    interval.map_or("-".to_owned(), |Interval { low, high }| format!("[{low:.decimals$}, {high:.decimals$}]"))
}

/// Formats a confidence, such as `95 %`.
pub(super) fn percent(confidence: f64) -> String {
    // Six decimals of a percentage are more than anyone needs, and hide the rounding errors of binary
    // fractions.
    let percent = format!("{:.6}", 100.0 * confidence);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}
