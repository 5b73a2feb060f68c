//! Groups models into configurations, and configurations into pairs.

use super::path_measure::PathMeasure;
use super::row::{Kind, ResultRow, Status};
use pathscope_core::data::scores::Score;
use pathscope_core::statistics::Mean;
use std::collections::{BTreeMap, HashMap};

/// The models that differ only in the seed of their initial weights.
///
/// Figures show means over these, "to increase the robustness of metrics" (paper, Fig. 3).
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration<'a> {
    /// One of the models, for the settings that all share.
    pub settings: &'a ResultRow,
    /// The finished models (at least one), ordered by seed.
    pub models: Vec<&'a ResultRow>,
}

impl Configuration<'_> {
    /// Returns the mean performance of the models, or `None` if none was measured.
    pub fn performance(&self, metric: Score) -> Option<f64> {
        self.mean(|row| row.score(metric))
    }

    /// Returns the mean average path length of the models, or `None` if none has one.
    pub fn average_path_length(&self, measure: PathMeasure) -> Option<f64> {
        self.mean(|row| row.average_path_length(measure))
    }

    /// Returns the mean diversity of the models in nats, or `None` if none has one.
    pub fn diversity(&self, measure: PathMeasure) -> Option<f64> {
        self.mean(|row| row.diversity(measure))
    }

    fn mean(&self, of: impl Fn(&ResultRow) -> Option<f64>) -> Option<f64> {
        let numbers: Vec<f64> = self.models.iter().filter_map(|row| of(row)).collect();
        Mean::of(&numbers).map(|mean| mean.mean)
    }
}

/// Returns the configurations of the finished models in a table, in an order that does not depend on the
/// order of rows.
///
/// Models of different data sets, splits or amounts of data are never grouped together, whatever their
/// hashes.
pub fn configurations<'a>(rows: &'a [ResultRow]) -> Vec<Configuration<'a>> {
    let mut found: BTreeMap<_, Vec<&'a ResultRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.status == Status::Finished) {
        let amount = row.train_fraction.to_bits();
        let key = (&row.configuration, &row.dataset, row.split_seed, amount, row.kind);
        found.entry(key).or_default().push(row);
    }
    let of_models = |mut models: Vec<&'a ResultRow>| {
        models.sort_by_key(|row| (row.seed, &row.id));
        Some(Configuration { settings: models.first()?, models })
    };
    found.into_values().filter_map(of_models).collect()
}

/// A recurrent configuration with the feed-forward one of the same size and settings (paper, C.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair<'s, 'a> {
    /// The feed-forward configuration.
    pub feed_forward: &'s Configuration<'a>,
    /// The recurrent configuration.
    pub recurrent: &'s Configuration<'a>,
}

/// Returns the pairs among some configurations of one data set and split, and the number of recurrent
/// configurations without a feed-forward one.
pub fn pairs<'s, 'a>(configurations: &[&'s Configuration<'a>]) -> (Vec<Pair<'s, 'a>>, usize) {
    let of = |kind: Kind| configurations.iter().copied().filter(move |each| each.settings.kind == kind);
    let key = |configuration: &'a str, row: &ResultRow| (configuration, row.train_fraction.to_bits());
    let feed_forward: HashMap<_, _> = of(Kind::FeedForward)
        .map(|each| (key(each.settings.configuration.as_str(), each.settings), each))
        .collect();
    let mut unpaired = 0;
    let pairs = of(Kind::Recurrent).filter_map(|recurrent| {
        let matched = feed_forward.get(&key(recurrent.settings.matched.as_str(), recurrent.settings));
        unpaired += usize::from(matched.is_none());
        Some(Pair { feed_forward: matched?, recurrent })
    });
    let pairs = pairs.collect();
    (pairs, unpaired)
}
