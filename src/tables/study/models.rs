//! The choice of the models of a table from a table of results.

use super::StudyTableError;
use crate::study::results::{
    Amount, Configuration, Kind, Metric, NoDataset, PaperDataset, ResultRow, Status, amounts, choose_dataset,
    configurations, unfinished_left_out,
};
use pathscope_core::files::text::list;
use pathscope_core::statistics::Bootstrap;
use std::collections::BTreeSet;

/// The choices for a table that the results do not determine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableOptions {
    /// The performance measure, or `None` for CC_norm².
    pub metric: Option<Metric>,
    /// The data set that replaces the paper's.
    pub dataset: Option<String>,
    /// The seed of the split into training, validation and test images, or `None` for the lowest.
    pub split_seed: Option<u64>,
    /// The settings of the confidence intervals.
    pub bootstrap: Bootstrap,
}

/// The feed-forward and recurrent models of one data set and split.
#[derive(Clone, Debug)]
pub struct StudyModels<'a> {
    /// The data set.
    pub dataset: &'a str,
    /// The seed of its split.
    pub split_seed: u64,
    /// The performance measure.
    pub metric: Metric,
    /// The amounts of training data of all models, the largest first.
    pub amounts: Vec<Amount>,
    /// The configurations with finished models that were measured.
    pub configurations: Vec<Configuration<'a>>,
    /// Number of unfinished models that were left out.
    pub unfinished: usize,
}

impl<'a> StudyModels<'a> {
    /// Chooses them from the rows of a table.
    ///
    /// # Errors
    ///
    /// [`StudyTableError`] if the rows have no such data set or split, or no finished model of these that was
    /// measured.
    ///
    /// # Complexity
    ///
    /// O(n log n) for n rows.
    pub fn choose(
        rows: &'a [ResultRow],
        which: PaperDataset,
        options: &TableOptions,
    ) -> Result<Self, StudyTableError> {
        let dataset = dataset(rows, which, options.dataset.as_deref())?;
        let split_seed = split_seed(rows, dataset, options.split_seed)?;
        let metric = options.metric.unwrap_or_default();
        let chosen = |row: &ResultRow| {
            let kind = matches!(row.kind, Kind::FeedForward | Kind::Recurrent);
            kind && row.dataset == dataset && row.split_seed == split_seed
        };
        let models = || rows.iter().filter(|row| chosen(row));
        let mut configurations = configurations(rows);
        configurations.retain(|configuration| chosen(configuration.settings));
        if configurations.is_empty() {
            return Err(StudyTableError::NoneFinished { dataset: dataset.to_owned(), split_seed });
        }
        configurations.retain(|configuration| configuration.performance(metric).is_some());
        if configurations.is_empty() {
            return Err(StudyTableError::NotMeasured { dataset: dataset.to_owned(), metric });
        }
        Ok(Self {
            dataset,
            split_seed,
            metric,
            amounts: amounts(models()),
            configurations,
            unfinished: models().filter(|row| row.status != Status::Finished).count(),
        })
    }

    /// The configurations of one kind that were trained on one amount of data.
    pub fn of(&self, kind: Kind, amount: Amount) -> impl Iterator<Item = &Configuration<'a>> {
        self.configurations.iter().filter(move |configuration| {
            configuration.settings.kind == kind && configuration.settings.train_fraction == amount.fraction
        })
    }

    /// Returns a note on the models that were left out, or nothing if there are none.
    pub(super) fn left_out(&self) -> Option<String> {
        unfinished_left_out(self.unfinished)
    }
}

fn dataset<'a>(
    rows: &'a [ResultRow],
    which: PaperDataset,
    wanted: Option<&str>,
) -> Result<&'a str, StudyTableError> {
    choose_dataset(rows, which, wanted).map_err(|problem| match problem {
        NoDataset::Empty => StudyTableError::Empty,
        NoDataset::Unknown(unknown) => unknown.into(),
        NoDataset::OnlyOne(only) => StudyTableError::OneDataset { only },
    })
}

fn split_seed(rows: &[ResultRow], dataset: &str, wanted: Option<u64>) -> Result<u64, StudyTableError> {
    let seeds: BTreeSet<u64> =
        rows.iter().filter(|row| row.dataset == dataset).map(|row| row.split_seed).collect();
    match wanted {
        Some(wanted) if !seeds.contains(&wanted) => {
            Err(StudyTableError::UnknownSplit { dataset: dataset.to_owned(), wanted, found: list(&seeds) })
        }
        Some(wanted) => Ok(wanted),
        None => seeds.first().copied().ok_or(StudyTableError::Empty),
    }
}
