//! Feed-forward configurations with the recurrent ones matched to them, seed by seed.

use crate::study::results::{Amount, Configuration, Kind, Selection};
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use pathscope_core::statistics::{draw, mean};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// A readout mode and a number of iterations. Combinations are ordered as in the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Combination {
    readout: usize,
    iterations: usize,
}

impl Combination {
    fn of(configuration: &Configuration<'_>) -> Option<Self> {
        let readout = configuration.settings.readout?;
        let readout = Readout::ALL.iter().position(|&each| each == readout)?;
        Some(Self { readout, iterations: configuration.settings.iterations })
    }

    /// Returns the readout mode.
    pub(super) fn readout(self) -> Readout {
        Readout::ALL[self.readout]
    }

    /// Returns the number of iterations T.
    pub(super) fn iterations(self) -> usize {
        self.iterations
    }
}

/// The performance of one configuration by the indices of its group's seeds.
struct Scores {
    by_seed: Vec<Option<f64>>,
    mean: f64,
}

impl Scores {
    fn new(configuration: &Configuration<'_>, metric: Score, seeds: &[u64]) -> Option<Self> {
        let of_seed = |seed: &u64| {
            let model = configuration.models.iter().find(|row| row.seed == *seed)?;
            model.score(metric)
        };
        Some(Self { mean: configuration.performance(metric)?, by_seed: seeds.iter().map(of_seed).collect() })
    }

    /// Returns the mean over the drawn seeds, or over all its seeds if the configuration has none of the
    /// drawn ones.
    fn drawn(&self, drawn: &[usize]) -> f64 {
        let (sum, count) = drawn
            .iter()
            .filter_map(|&seed| self.by_seed[seed])
            .fold((0.0, 0), |(sum, count), score| (sum + score, count + 1));
        if count == 0 { self.mean } else { sum / f64::from(count) }
    }
}

/// A feed-forward configuration and all recurrent ones of the same size and settings.
pub(super) struct Group {
    seeds: usize,
    feed_forward: Scores,
    recurrent: Vec<(usize, Scores)>,
}

/// The groups of models that were trained on one amount of data.
pub(super) struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// The combinations that any group has.
    pub combinations: Vec<Combination>,
    /// The number of recurrent configurations without a feed-forward one.
    pub unpaired: usize,
}

/// The performance of all configurations of a group, as measured or in one resample.
pub(super) struct GroupScores {
    feed_forward: f64,
    /// The performance of each combination; `None` if it was not measured.
    recurrent: Vec<Option<f64>>,
}

/// The comparison of a combination with the feed-forward configurations that it is matched with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Comparison {
    /// The number of pairs of configurations.
    pub pairs: usize,
    /// The mean performance of their feed-forward configurations.
    pub feed_forward: f64,
    /// The mean performance of their recurrent configurations.
    pub recurrent: f64,
    /// The gain, 100 (recurrent - feed-forward) / feed-forward.
    pub gain_percent: f64,
}

impl Groups {
    pub(super) fn new(selection: &Selection<'_, '_>, metric: Score, amount: Amount) -> Self {
        let recurrent: Vec<(Combination, &Configuration<'_>)> = selection
            .of(Kind::Recurrent, amount)
            .filter_map(|configuration| Some((Combination::of(configuration)?, configuration)))
            .collect();
        let combinations: BTreeSet<Combination> =
            recurrent.iter().map(|(combination, _)| *combination).collect();
        let combinations: Vec<Combination> = combinations.into_iter().collect();
        let mut matched: BTreeMap<&str, Vec<(usize, &Configuration<'_>)>> = BTreeMap::new();
        for (combination, configuration) in &recurrent {
            if let Ok(place) = combinations.binary_search(combination) {
                let key = configuration.settings.matched.as_str();
                matched.entry(key).or_default().push((place, configuration));
            }
        }
        let group = |feed_forward: &Configuration<'_>| {
            let recurrent = matched.remove(feed_forward.settings.configuration.as_str()).unwrap_or_default();
            let models = recurrent.iter().flat_map(|(_, configuration)| &configuration.models);
            let seeds: BTreeSet<u64> = models.chain(&feed_forward.models).map(|row| row.seed).collect();
            let seeds: Vec<u64> = seeds.into_iter().collect();
            let scores = |configuration: &Configuration<'_>| Scores::new(configuration, metric, &seeds);
            Some(Group {
                seeds: seeds.len(),
                feed_forward: scores(feed_forward)?,
                recurrent: recurrent
                    .into_iter()
                    .filter_map(|(place, each)| Some((place, scores(each)?)))
                    .collect(),
            })
        };
        let groups = selection.of(Kind::FeedForward, amount).filter_map(group).collect();
        let unpaired = matched.values().map(Vec::len).sum();
        Self { groups, combinations, unpaired }
    }

    /// Returns the number of groups with more than one seed.
    pub(super) fn with_several_seeds(&self) -> usize {
        self.groups.iter().filter(|group| group.seeds > 1).count()
    }

    /// Returns the performances as measured.
    pub(super) fn scores(&self) -> Vec<GroupScores> {
        let places = self.combinations.len();
        self.groups.iter().map(|group| group.scores(places, |scores| scores.mean)).collect()
    }

    /// Returns the performances in a resample of the seeds of every group.
    ///
    /// Each group draws as many seeds as it has, with replacement, for all its configurations together. The
    /// effects of a seed on a feed-forward model and on the recurrent ones thus stay together.
    pub(super) fn resampled(&self, random: &mut ChaCha8Rng) -> Vec<GroupScores> {
        let places = self.combinations.len();
        let mut drawn = Vec::new();
        self.groups
            .iter()
            .map(|group| {
                drawn.resize(group.seeds, 0);
                draw(&mut drawn, group.seeds, random);
                group.scores(places, |scores| scores.drawn(&drawn))
            })
            .collect()
    }
}

impl Group {
    fn scores(&self, places: usize, of: impl Fn(&Scores) -> f64) -> GroupScores {
        let mut recurrent = vec![None; places];
        for (place, scores) in &self.recurrent {
            recurrent[*place] = Some(of(scores));
        }
        GroupScores { feed_forward: of(&self.feed_forward), recurrent }
    }
}

/// Compares a combination with feed-forward models over the groups that have it.
///
/// Returns `None` if no group has it, or if the feed-forward performance is 0, so that there is no gain in
/// percent.
pub(super) fn compare(groups: &[GroupScores], place: usize) -> Option<Comparison> {
    let (mut pairs, mut feed_forward, mut recurrent) = (0, 0.0, 0.0);
    for group in groups {
        if let Some(score) = group.recurrent[place] {
            pairs += 1;
            feed_forward += group.feed_forward;
            recurrent += score;
        }
    }
    let (feed_forward, recurrent) = (feed_forward / pairs as f64, recurrent / pairs as f64);
    let gain_percent = 100.0 * (recurrent - feed_forward) / feed_forward;
    (feed_forward > 0.0).then_some(Comparison { pairs, feed_forward, recurrent, gain_percent })
}

/// Returns the index of the combination with the largest gain, and its comparison.
pub(super) fn best(groups: &[GroupScores]) -> Option<(usize, Comparison)> {
    let places = groups.first()?.recurrent.len();
    (0..places)
        .filter_map(|place| Some((place, compare(groups, place)?)))
        // Among equals the first wins.
        .reduce(|best, next| if next.1.gain_percent > best.1.gain_percent { next } else { best })
}

/// Returns the mean performance of all feed-forward configurations.
pub(super) fn feed_forward(groups: &[GroupScores]) -> f64 {
    mean(groups.iter().map(|group| group.feed_forward))
}
