//! The gain of recurrent over feed-forward models (paper, Tables 1 and 3).

use super::options::TableOptions;
use super::seeds::{Comparison, GroupScores, Groups, best, compare, feed_forward};
use crate::study::results::{Amount, PaperDataset, ResultRow, SelectionError, StudyModels};
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use pathscope_core::statistics::{Bootstrap, Interval};
use serde::Serialize;

/// The gain of recurrent over feed-forward models by amount of training data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PerformanceGain {
    /// The data set.
    pub dataset: String,
    /// The seed of its split.
    pub split_seed: u64,
    /// The performance measure.
    pub metric: Score,
    /// The settings of the intervals.
    pub bootstrap: Bootstrap,
    /// The rows from the smallest to the largest amount of training data, as in the paper.
    pub rows: Vec<GainRow>,
    /// Notes on the numbers.
    pub notes: Vec<String>,
}

/// The row of one amount of training data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GainRow {
    /// The fraction of the training images, from 0 to 1.
    pub train_fraction: f64,
    /// The number of training images, if known.
    pub train_images: Option<usize>,
    /// The number of feed-forward configurations.
    pub feed_forward_configurations: usize,
    /// The mean performance of the feed-forward configurations that the best recurrent ones are matched with,
    /// or of all if there is no best.
    pub feed_forward: f64,
    /// The confidence interval over seeds.
    pub feed_forward_interval: Option<Interval>,
    /// The best recurrent models, or `None` if there are none to compare.
    pub best: Option<BestRecurrent>,
}

/// The readout mode and number of iterations with the largest gain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BestRecurrent {
    /// The readout mode.
    pub readout: Readout,
    /// The number of iterations T.
    pub iterations: usize,
    /// The number of pairs of matched configurations.
    pub configurations: usize,
    /// The mean performance of the recurrent ones.
    pub recurrent: f64,
    /// The gain, 100 (recurrent - feed-forward) / feed-forward.
    pub gain_percent: f64,
    /// The confidence interval of the gain over seeds, for this readout mode and number of iterations.
    pub gain_interval: Option<Interval>,
    /// The fraction of resamples in which this combination is the best.
    pub best_in_resamples: Option<f64>,
}

/// Returns Table 1 or 3 of the paper.
///
/// For each amount of training data it has the mean performance of the feed-forward models, and the readout
/// mode and number of iterations whose recurrent models gain most over feed-forward ones of the same size and
/// settings.
///
/// Performance is averaged over the seeds of a configuration, and then over configurations. If all models are
/// finished, the combination with the largest gain is the one with the highest mean, as in the paper. A
/// combination that lacks some configurations is compared only with the feed-forward ones of those that it
/// has, so that missing ones neither help nor hurt it. The notes count them.
///
/// Intervals are percentiles of resamples of the seeds within every configuration, in which a feed-forward
/// model and the recurrent ones matched with it draw the same seeds. They show the variation over seeds, not
/// over settings or neurons. With k seeds a resample varies less than new seeds would, by a factor of
/// √((k-1)/k), which is 0.71 for two. With one seed there are no intervals. Choosing the best of many
/// combinations favours it; see [`BestRecurrent::best_in_resamples`].
///
/// # Errors
///
/// [`SelectionError`] if the rows lack what is needed.
///
/// # Complexity
///
/// O(resamples · models).
///
/// # Examples
///
/// The arithmetic is in `fixtures/README.md`.
///
/// ```
/// use pathscope_core::circuit::Readout;
/// use pathscope::study::results::read_results;
/// use pathscope::study::results::PaperDataset;
/// use pathscope::tables::study::{TableOptions, performance_gain};
///
/// let results = read_results(&["fixtures/results/study.csv".into()])?;
/// let table = performance_gain(&results.rows, PaperDataset::First, &TableOptions::default())?;
/// let most_data = &table.rows[2];
/// assert!((most_data.feed_forward - 0.5).abs() < 1e-12);
/// let best = most_data.best.unwrap();
/// assert_eq!((best.readout, best.iterations, best.configurations), (Readout::LateAvg, 7, 4));
/// assert!((best.gain_percent - 8.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn performance_gain(
    rows: &[ResultRow],
    which: PaperDataset,
    options: &TableOptions,
) -> Result<PerformanceGain, SelectionError> {
    let models = StudyModels::new(rows);
    let (selection, metric) = options.select(&models, which)?;
    let mut notes: Vec<String> = selection.left_out().into_iter().collect();
    let mut rows = Vec::new();
    for &amount in selection.amounts.iter().rev() {
        let groups = Groups::new(&selection, metric, amount);
        if groups.groups.is_empty() {
            notes.push(format!("{amount}: no feed-forward model, so there is no row"));
            continue;
        }
        let row = row(&groups, amount, &options.bootstrap);
        notes.extend(remarks(&groups, amount, &row));
        rows.push(row);
    }
    if rows.iter().all(|row| row.best.is_none()) {
        return Err(SelectionError::NoPairs { subset: selection.describe() });
    }
    Ok(PerformanceGain {
        dataset: selection.dataset.to_owned(),
        split_seed: selection.split_seed,
        metric,
        bootstrap: options.bootstrap,
        rows,
        notes,
    })
}

fn row(groups: &Groups, amount: Amount, bootstrap: &Bootstrap) -> GainRow {
    let scores = groups.scores();
    let best = best(&scores);
    let resampled = resampled(groups, best.map(|(place, _)| place), bootstrap);
    let recurrent = |(place, comparison): (usize, Comparison)| BestRecurrent {
        readout: groups.combinations[place].readout(),
        iterations: groups.combinations[place].iterations(),
        configurations: comparison.pairs,
        recurrent: comparison.recurrent,
        gain_percent: comparison.gain_percent,
        gain_interval: resampled.gain,
        best_in_resamples: resampled.best,
    };
    GainRow {
        train_fraction: amount.fraction,
        train_images: amount.images,
        feed_forward_configurations: groups.groups.len(),
        feed_forward: feed_forward_of(&scores, best.map(|(place, _)| place)),
        feed_forward_interval: resampled.feed_forward,
        best: best.map(recurrent),
    }
}

/// Returns the mean over the configurations that the best combination is matched with, or else over all.
fn feed_forward_of(scores: &[GroupScores], best: Option<usize>) -> f64 {
    let matched = best.and_then(|place| compare(scores, place));
    matched.map_or_else(|| feed_forward(scores), |comparison| comparison.feed_forward)
}

/// The intervals of one row from resamples of the seeds.
#[derive(Default)]
struct Resampled {
    feed_forward: Option<Interval>,
    gain: Option<Interval>,
    best: Option<f64>,
}

fn resampled(groups: &Groups, chosen: Option<usize>, bootstrap: &Bootstrap) -> Resampled {
    if groups.with_several_seeds() == 0 || bootstrap.resamples == 0 {
        return Resampled::default();
    }
    let mut random = bootstrap.random();
    let (mut means, mut gains, mut wins) = (Vec::new(), Vec::new(), 0);
    for _ in 0..bootstrap.resamples {
        let scores = groups.resampled(&mut random);
        means.push(feed_forward_of(&scores, chosen));
        if let Some(place) = chosen {
            gains.extend(compare(&scores, place).map(|comparison| comparison.gain_percent));
            wins += usize::from(best(&scores).is_some_and(|(winner, _)| winner == place));
        }
    }
    Resampled {
        feed_forward: Interval::between_quantiles(&mut means, bootstrap.confidence),
        gain: Interval::between_quantiles(&mut gains, bootstrap.confidence),
        best: chosen.map(|_| wins as f64 / bootstrap.resamples as f64),
    }
}

/// Returns notes that qualify the numbers of a row.
fn remarks(groups: &Groups, amount: Amount, row: &GainRow) -> Vec<String> {
    let mut remarks = Vec::new();
    let (all, several) = (groups.groups.len(), groups.with_several_seeds());
    if several == 0 {
        remarks.push(format!(
            "{amount}: no interval, since every configuration has one seed (train each with two or more)"
        ));
    } else if several < all {
        remarks.push(format!(
            "{amount}: {} of {all} configurations have one seed, so the intervals are too narrow",
            all - several
        ));
    }
    if row.best.is_none() {
        remarks.push(format!(
            "{amount}: no recurrent model has its feed-forward one of the same size and settings"
        ));
    }
    if groups.unpaired > 0 {
        remarks.push(format!(
            "{amount}: {} recurrent configurations without a feed-forward one are left out",
            groups.unpaired
        ));
    }
    let scores = groups.scores();
    let lacking: Vec<String> = groups
        .combinations
        .iter()
        .enumerate()
        .filter_map(|(place, combination)| {
            let pairs = compare(&scores, place)?.pairs;
            let name = format!("{}, T = {}", combination.readout(), combination.iterations());
            (pairs < all).then(|| format!("{name} ({pairs} of {all})"))
        })
        .collect();
    if !lacking.is_empty() {
        remarks.push(format!(
            "{amount}: not all configurations are finished, and each combination is compared on those that it has: {}",
            lacking.join("; ")
        ));
    }
    remarks
}
