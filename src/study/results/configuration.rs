//! Models to configurations, and configurations to pairs.

use super::metric::Metric;
use super::row::{Kind, ResultRow, Status};
use pathscope_core::statistics::Mean;
use std::collections::{BTreeMap, HashMap};

/// Models that differ in nothing but the seed of their initial weights.
///
/// What is drawn are means over these, "to increase the robustness of metrics" (paper, Fig. 3).
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration<'a> {
    /// One of the models, for the settings that all of them share.
    pub settings: &'a ResultRow,
    /// The finished models, at least one, by seed.
    pub models: Vec<&'a ResultRow>,
}

impl Configuration<'_> {
    /// The mean performance of its models; `None` where none was measured.
    pub fn performance(&self, metric: Metric) -> Option<f64> {
        self.mean(|row| metric.of(row))
    }

    /// The mean average path length of its models; `None` where none has one.
    pub fn average_path_length(&self) -> Option<f64> {
        self.mean(|row| row.average_path_length)
    }

    /// The mean diversity of its models in nats; `None` where none has one.
    pub fn diversity(&self) -> Option<f64> {
        self.mean(|row| row.diversity_nats)
    }

    fn mean(&self, of: impl Fn(&ResultRow) -> Option<f64>) -> Option<f64> {
        let numbers: Vec<f64> = self.models.iter().filter_map(|row| of(row)).collect();
        Mean::of(&numbers).map(|mean| mean.mean)
    }
}

/// The configurations of the finished models of a table, in an order that does not depend on that of the rows.
///
/// Models of two data sets, splits or amounts of data are never in one, whatever their hashes say.
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

/// A recurrent configuration and the feed-forward one of the same size and settings (paper, C.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair<'s, 'a> {
    /// The feed-forward one.
    pub feed_forward: &'s Configuration<'a>,
    /// The recurrent one.
    pub recurrent: &'s Configuration<'a>,
}

/// The pairs among some configurations of one data set and split, and how many recurrent ones have no
/// feed-forward one.
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
