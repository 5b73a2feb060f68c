//! The paper's tables as frames.

use super::{CorrelationSubset, Correlations, Estimate, GainRow, PerformanceGain};
use crate::tables::{TableError, frame, integers, numbers, strings};
use pathscope_core::statistics::Interval;
use polars::prelude::DataFrame;

/// Returns Table 1 or 3 as a frame with one row for each amount of training data.
///
/// The columns are `dataset`, `split_seed`, `metric`, `train_fraction`, `train_images`,
/// `feed_forward_configurations`, `feed_forward`, `feed_forward_low`, `feed_forward_high`, `readout`,
/// `iterations`, `configurations`, `recurrent`, `gain_percent`, `gain_percent_low`, `gain_percent_high` and
/// `best_in_resamples`.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn gain_frame(table: &PerformanceGain) -> Result<DataFrame, TableError> {
    let rows = &table.rows;
    let all = |text: String| rows.iter().map(move |_| Some(text.clone()));
    let best = || rows.iter().map(|row| row.best);
    let low = |interval: Option<Interval>| Some(interval?.low);
    let high = |interval: Option<Interval>| Some(interval?.high);
    let real = |name: &str, of: fn(&GainRow) -> f64| numbers(name, rows.iter().map(|row| Some(of(row))));
    frame(vec![
        strings("dataset", all(table.dataset.clone())),
        strings("split_seed", all(table.split_seed.to_string())),
        strings("metric", all(table.metric.to_string())),
        real("train_fraction", |row| row.train_fraction),
        integers("train_images", rows.iter().map(|row| row.train_images)),
        integers("feed_forward_configurations", rows.iter().map(|row| Some(row.feed_forward_configurations))),
        real("feed_forward", |row| row.feed_forward),
        numbers("feed_forward_low", rows.iter().map(|row| low(row.feed_forward_interval))),
        numbers("feed_forward_high", rows.iter().map(|row| high(row.feed_forward_interval))),
        strings("readout", best().map(|best| Some(best?.readout.to_string()))),
        integers("iterations", best().map(|best| Some(best?.iterations))),
        integers("configurations", best().map(|best| Some(best?.configurations))),
        numbers("recurrent", best().map(|best| Some(best?.recurrent))),
        numbers("gain_percent", best().map(|best| Some(best?.gain_percent))),
        numbers("gain_percent_low", best().map(|best| low(best?.gain_interval))),
        numbers("gain_percent_high", best().map(|best| high(best?.gain_interval))),
        numbers("best_in_resamples", best().map(|best| best?.best_in_resamples)),
    ])
}

/// Returns the correlations of a subset with their names in tables: the `statistic`, the quantity that
/// performance is correlated `with`, and the quantity `given`.
pub(super) fn named(
    subset: &CorrelationSubset,
) -> [(&'static str, &'static str, Option<&'static str>, Estimate); 6] {
    const LENGTH: &str = "average_path_length";
    const DIVERSITY: &str = "diversity_nats";
    [
        ("pearson", LENGTH, None, subset.pearson_length),
        ("pearson", DIVERSITY, None, subset.pearson_diversity),
        ("spearman", LENGTH, None, subset.spearman_length),
        ("spearman", DIVERSITY, None, subset.spearman_diversity),
        ("partial", LENGTH, Some(DIVERSITY), subset.partial_length),
        ("partial", DIVERSITY, Some(LENGTH), subset.partial_diversity),
    ]
}

/// Returns correlations as a frame with one row for each.
///
/// The columns are `dataset`, `split_seed`, `metric`, `measure` (of paths), `train_fraction`, `recurrent_blocks`,
/// `readout`, `within_matched_groups`, `configurations`, `matched_groups`, `statistic` (pearson, spearman or partial), `with`,
/// `given`, `value`, `low`, `high` and `resampled`.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn correlation_frame(table: &Correlations) -> Result<DataFrame, TableError> {
    let rows: Vec<_> =
        table.subsets.iter().flat_map(|subset| named(subset).map(|named| (subset, named))).collect();
    let all = |text: String| rows.iter().map(move |_| Some(text.clone()));
    let subsets = || rows.iter().map(|(subset, _)| *subset);
    let estimates = || rows.iter().map(|(_, (.., estimate))| estimate);
    frame(vec![
        strings("dataset", all(table.dataset.clone())),
        strings("split_seed", all(table.split_seed.to_string())),
        strings("metric", all(table.metric.to_string())),
        strings("measure", all(table.measure.to_string())),
        numbers("train_fraction", rows.iter().map(|_| Some(table.train_fraction))),
        integers("recurrent_blocks", subsets().map(|subset| subset.recurrent_blocks)),
        strings("readout", subsets().map(|subset| Some(subset.readout?.to_string()))),
        strings(
            "within_matched_groups",
            subsets().map(|subset| Some(subset.within_matched_groups.to_string())),
        ),
        integers("configurations", subsets().map(|subset| Some(subset.configurations))),
        integers("matched_groups", subsets().map(|subset| Some(subset.matched_groups))),
        strings("statistic", rows.iter().map(|(_, (statistic, ..))| Some((*statistic).to_owned()))),
        strings("with", rows.iter().map(|(_, (_, with, ..))| Some((*with).to_owned()))),
        strings("given", rows.iter().map(|(_, (_, _, given, _))| given.map(str::to_owned))),
        numbers("value", estimates().map(|estimate| estimate.value)),
        numbers("low", estimates().map(|estimate| Some(estimate.interval?.low))),
        numbers("high", estimates().map(|estimate| Some(estimate.interval?.high))),
        strings("resampled", subsets().map(|subset| Some(subset.resampled.to_string()))),
    ])
}
