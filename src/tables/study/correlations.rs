//! Correlations of performance with average path length and diversity (for the paper's Figs. 6c,d).

use super::options::TableOptions;
use crate::study::results::{Kind, PaperDataset, PathMeasure, ResultRow, SelectionError, StudyModels};
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use pathscope_core::statistics::{Bootstrap, Interval, Order, mean, partial_of, pearson};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use strum::Display;

/// The smallest number of units to resample. Fewer have too few different resamples: eight units have 6435,
/// four have 35.
const FEWEST_UNITS: usize = 8;
/// The smallest number of points. Three points have no partial correlation.
const FEWEST_FOR_PARTIAL: usize = 4;
/// Correlations over the recurrent configurations that were trained on one amount of data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Correlations {
    /// The data set.
    pub dataset: String,
    /// The seed of its split.
    pub split_seed: u64,
    /// The performance measure.
    pub metric: Score,
    /// The measure of paths that average path lengths and diversities are of.
    pub measure: PathMeasure,
    /// The fraction of the training images, from 0 to 1.
    pub train_fraction: f64,
    /// The number of training images, if known.
    pub train_images: Option<usize>,
    /// The settings of the intervals.
    pub bootstrap: Bootstrap,
    /// The correlations by number of recurrent blocks, by readout mode, and over configurations or within
    /// matched groups.
    pub subsets: Vec<CorrelationSubset>,
    /// Notes on the numbers.
    pub notes: Vec<String>,
}

/// The units that are resampled for the intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Groups of all recurrent configurations with the same size and settings, which depend on each other.
    #[strum(to_string = "matched groups")]
    MatchedGroups,
    /// Single configurations, if there are fewer than eight groups.
    #[strum(to_string = "configurations")]
    Configurations,
}

/// The correlations of some configurations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CorrelationSubset {
    /// The number of recurrent blocks, or `None` for all.
    pub recurrent_blocks: Option<usize>,
    /// The readout mode, or `None` for all.
    pub readout: Option<Readout>,
    /// Whether the mean of each matched group was subtracted.
    pub within_matched_groups: bool,
    /// The number of configurations.
    pub configurations: usize,
    /// The number of matched groups.
    pub matched_groups: usize,
    /// The units that are resampled for the intervals.
    pub resampled: Unit,
    /// Pearson's r of performance with average path length.
    pub pearson_length: Estimate,
    /// Pearson's r of performance with diversity.
    pub pearson_diversity: Estimate,
    /// Spearman's ρ of performance with average path length.
    pub spearman_length: Estimate,
    /// Spearman's ρ of performance with diversity.
    pub spearman_diversity: Estimate,
    /// The partial correlation of performance with average path length given diversity.
    pub partial_length: Estimate,
    /// The partial correlation of performance with diversity given average path length.
    pub partial_diversity: Estimate,
}

/// An estimate with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate, or `None` if there are too few configurations or a quantity is constant.
    pub value: Option<f64>,
    /// The confidence interval, or `None` for fewer than eight units.
    pub interval: Option<Interval>,
}

/// A configuration as a point.
#[derive(Clone, Debug)]
struct Point<'a> {
    matched: &'a str,
    recurrent_blocks: usize,
    readout: Option<Readout>,
    /// Performance, average path length and diversity.
    values: [f64; 3],
}

/// Returns the correlations of performance with average path length and with diversity.
///
/// Each point is a recurrent configuration, with means over its seeds. There are correlations over all of
/// them, by number of recurrent blocks and by readout mode. Configurations of different size, loss or
/// activation also differ in performance for other reasons. Therefore there are also correlations within
/// matched groups, which are all recurrent configurations of the same size and settings (in the paper 24, of
/// all readout modes and numbers of iterations). The means of performance, length and diversity over the
/// group are subtracted first.
///
/// # Arguments
///
/// * `train_fraction` - the fraction of the training images, or `None` for the largest
///
/// # Errors
///
/// [`SelectionError`] if the rows lack what is needed.
///
/// # Complexity
///
/// O(resamples · n) for n configurations.
///
/// # Examples
///
/// ```
/// use pathscope::study::results::read_results;
/// use pathscope::study::results::PaperDataset;
/// use pathscope::tables::study::{TableOptions, correlations};
///
/// let results = read_results(&["fixtures/results/study.csv".into()])?;
/// let mut options = TableOptions::default();
/// options.bootstrap.resamples = 100;
/// let table = correlations(&results.rows, PaperDataset::First, None, &options)?;
/// let all = table.subsets[0];
/// assert_eq!((all.recurrent_blocks, all.readout, all.configurations), (None, None, 48));
/// assert!(all.pearson_length.value.unwrap().abs() < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn correlations(
    rows: &[ResultRow],
    which: PaperDataset,
    train_fraction: Option<f64>,
    options: &TableOptions,
) -> Result<Correlations, SelectionError> {
    let models = StudyModels::new(rows);
    let (selection, metric) = options.select(&models, which)?;
    let amount = selection.amount(train_fraction)?;
    let mut without = 0;
    let mut points: Vec<Point<'_>> = Vec::new();
    for configuration in selection.of(Kind::Recurrent, amount) {
        let values = [
            configuration.performance(metric),
            configuration.average_path_length(options.measure),
            configuration.diversity(options.measure),
        ];
        match values {
            [Some(performance), Some(length), Some(diversity)] => points.push(Point {
                matched: &configuration.settings.matched,
                recurrent_blocks: configuration.settings.recurrent_blocks,
                readout: configuration.settings.readout,
                values: [performance, length, diversity].map(rounded),
            }),
            _ => without += 1,
        }
    }
    if points.is_empty() {
        return Err(SelectionError::NoLengths { measure: options.measure, subset: selection.describe() });
    }
    let mut notes: Vec<String> = selection.left_out().into_iter().collect();
    if without > 0 {
        notes.push(format!("{without} configurations without an average path length are left out"));
    }
    Ok(Correlations {
        dataset: selection.dataset.to_owned(),
        split_seed: selection.split_seed,
        metric,
        measure: options.measure,
        train_fraction: amount.fraction,
        train_images: amount.images,
        bootstrap: options.bootstrap,
        subsets: subsets(&points, &options.bootstrap),
        notes,
    })
}

/// Rounds a value, because equal means of different numbers may differ in their last digits, which would
/// change ranks.
fn rounded(value: f64) -> f64 {
    (value * 1e12).round() / 1e12
}

fn subsets(points: &[Point<'_>], bootstrap: &Bootstrap) -> Vec<CorrelationSubset> {
    let within = within_matched_groups(points);
    let blocks: BTreeSet<usize> = points.iter().map(|point| point.recurrent_blocks).collect();
    let readouts =
        Readout::ALL.into_iter().filter(|&readout| points.iter().any(|point| point.readout == Some(readout)));
    // With a single number of blocks, or a single mode, "all" would repeat it.
    let blocks = (blocks.len() > 1).then_some(None).into_iter().chain(blocks.iter().copied().map(Some));
    let modes: Vec<Readout> = readouts.collect();
    let modes = (modes.len() != 1).then_some(None).into_iter().chain(modes.iter().copied().map(Some));
    let mut chosen = Vec::new();
    for is_within in [false, true] {
        for recurrent_blocks in blocks.clone() {
            for readout in modes.clone() {
                chosen.push((is_within, recurrent_blocks, readout));
            }
        }
    }
    chosen
        .into_par_iter()
        .map(|(is_within, recurrent_blocks, readout)| {
            let has = |point: &&Point<'_>| {
                recurrent_blocks.is_none_or(|blocks| point.recurrent_blocks == blocks)
                    && readout.is_none_or(|readout| point.readout == Some(readout))
            };
            let points: Vec<&Point<'_>> =
                if is_within { &within } else { points }.iter().filter(has).collect();
            subset(&points, (is_within, recurrent_blocks, readout), bootstrap)
        })
        .collect()
}

fn within_matched_groups<'a>(points: &[Point<'a>]) -> Vec<Point<'a>> {
    let mut groups: BTreeMap<&str, Vec<[f64; 3]>> = BTreeMap::new();
    points.iter().for_each(|point| groups.entry(point.matched).or_default().push(point.values));
    let mean_of = |point: &Point<'_>, quantity: usize| {
        mean(groups[point.matched].iter().map(|values| values[quantity]))
    };
    let less = |point: &Point<'a>| {
        let values =
            std::array::from_fn(|quantity| rounded(point.values[quantity] - mean_of(point, quantity)));
        Point { values, ..point.clone() }
    };
    points.iter().map(less).collect()
}

fn subset(
    points: &[&Point<'_>],
    (within_matched_groups, recurrent_blocks, readout): (bool, Option<usize>, Option<Readout>),
    bootstrap: &Bootstrap,
) -> CorrelationSubset {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, point) in points.iter().enumerate() {
        groups.entry(point.matched).or_default().push(index);
    }
    let matched_groups = groups.len();
    let (resampled, units): (Unit, Vec<Vec<usize>>) = if matched_groups < FEWEST_UNITS {
        (Unit::Configurations, (0..points.len()).map(|index| vec![index]).collect())
    } else {
        (Unit::MatchedGroups, groups.into_values().collect())
    };
    let series = Series::of(points);
    let all: Vec<usize> = (0..points.len()).collect();
    let values = series.correlations(&all);
    let intervals = if units.len() < FEWEST_UNITS {
        [None; 6]
    } else {
        let mut chosen = Vec::new();
        bootstrap.intervals(units.len(), |drawn| {
            chosen.clear();
            drawn.iter().for_each(|&unit| chosen.extend_from_slice(&units[unit]));
            series.correlations(&chosen)
        })
    };
    let estimate =
        |index: usize| Estimate { value: values[index], interval: values[index].and(intervals[index]) };
    CorrelationSubset {
        recurrent_blocks,
        readout,
        within_matched_groups,
        configurations: points.len(),
        matched_groups,
        resampled,
        pearson_length: estimate(0),
        pearson_diversity: estimate(1),
        spearman_length: estimate(2),
        spearman_diversity: estimate(3),
        partial_length: estimate(4),
        partial_diversity: estimate(5),
    }
}

/// The performance, average path length and diversity of points, and their ranks.
struct Series {
    values: [Vec<f64>; 3],
    orders: [Order; 3],
}

impl Series {
    fn of(points: &[&Point<'_>]) -> Self {
        let of = |quantity: usize| points.iter().map(|point| point.values[quantity]).collect::<Vec<f64>>();
        let values = [of(0), of(1), of(2)];
        Self { orders: values.each_ref().map(|values| Order::of(values)), values }
    }

    /// Returns the correlations in the order of the fields of [`CorrelationSubset`].
    fn correlations(&self, chosen: &[usize]) -> [Option<f64>; 6] {
        let [performance, length, diversity] = self
            .values
            .each_ref()
            .map(|values| chosen.iter().map(|&index| values[index]).collect::<Vec<_>>());
        let with_length = pearson(&performance, &length);
        let with_diversity = pearson(&performance, &diversity);
        let between = pearson(&length, &diversity).filter(|_| chosen.len() >= FEWEST_FOR_PARTIAL);
        let [ranks, length, diversity] = self.orders.each_ref().map(|order| order.mid_ranks(chosen));
        let partial = |of: Option<f64>, other: Option<f64>| partial_of(of?, other?, between?);
        [
            with_length,
            with_diversity,
            pearson(&ranks, &length),
            pearson(&ranks, &diversity),
            partial(with_length, with_diversity),
            partial(with_diversity, with_length),
        ]
    }
}
