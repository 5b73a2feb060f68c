//! The choice of the models of a study for tables, figures and notebooks.

mod error;
mod subset;
#[cfg(test)]
mod tests;

pub use error::SelectionError;
pub use subset::{Amounts, Split, Subset};

use super::amount::{Amount, amounts};
use super::configuration::{Configuration, configurations};
use super::datasets::{PaperDataset, UnknownDataset, datasets_of_paper};
use super::row::{Kind, ResultRow, Status};
use pathscope_core::data::scores::Score;
use pathscope_core::files::text::{counted, list};
use std::collections::BTreeSet;

/// All models of a study, from which tables and figures select theirs.
#[derive(Clone, Debug)]
pub struct StudyModels<'a> {
    rows: &'a [ResultRow],
    configurations: Vec<Configuration<'a>>,
}

/// The models of one data set and split that a table or figure shows.
#[derive(Clone, Debug)]
pub struct Selection<'s, 'a> {
    /// The data set.
    pub dataset: &'a str,
    /// The seed of its split.
    pub split_seed: u64,
    /// The amounts of training data that were asked for, the largest first.
    pub amounts: Vec<Amount>,
    /// The number of recurrent blocks, or `None` for all.
    pub recurrent_blocks: Option<usize>,
    /// The configurations with finished models.
    pub configurations: Vec<&'s Configuration<'a>>,
    /// Number of unfinished models that were left out.
    pub unfinished: usize,
}

impl<'a> StudyModels<'a> {
    /// Groups the rows of a table of results into configurations.
    ///
    /// # Complexity
    ///
    /// O(n log n) for n rows.
    pub fn new(rows: &'a [ResultRow]) -> Self {
        Self { rows, configurations: configurations(rows) }
    }

    /// Selects the models of some kinds.
    ///
    /// # Arguments
    ///
    /// * `dataset` - the data set that replaces the paper's
    ///
    /// # Errors
    ///
    /// [`SelectionError`] if there is no such data set, split, amount of training data or number of recurrent
    /// blocks, or no finished model of these.
    ///
    /// # Complexity
    ///
    /// O(n log n) for n rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::study::results::{Kind, PaperDataset, StudyModels, Subset, read_results};
    ///
    /// let results = read_results(&["fixtures/results/study.csv".into()])?;
    /// let models = StudyModels::new(&results.rows);
    /// let largest = Subset::of(PaperDataset::First).amount(1);
    /// let selection = models.select(&largest, &[Kind::Recurrent], None)?;
    /// assert_eq!(selection.describe(), "ns2250, 100 % (1400)");
    /// assert_eq!(selection.configurations.len(), 48);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select(
        &self,
        subset: &Subset,
        kinds: &[Kind],
        dataset: Option<&str>,
    ) -> Result<Selection<'_, 'a>, SelectionError> {
        let dataset = choose_dataset(self.rows, subset.dataset, dataset)?;
        let of_dataset = || self.rows.iter().filter(move |row| row.dataset == dataset);
        let split_seed = split_seed(dataset, of_dataset(), subset.split)?;
        let of_split = of_dataset().filter(|row| row.split_seed == split_seed);
        let amounts = chosen_amounts(dataset, amounts(of_split), subset.amounts)?;
        check_blocks(dataset, of_dataset(), subset.recurrent_blocks)?;
        let has = |row: &ResultRow| {
            row.dataset == dataset
                && row.split_seed == split_seed
                && kinds.contains(&row.kind)
                && subset.recurrent_blocks.is_none_or(|blocks| row.recurrent_blocks == blocks)
                && amounts.iter().any(|amount| amount.fraction == row.train_fraction)
        };
        let planned = self.rows.iter().filter(|row| has(row));
        let (finished, unfinished): (Vec<_>, Vec<_>) =
            planned.partition(|row| row.status == Status::Finished);
        let selection = Selection {
            dataset,
            split_seed,
            configurations: self.configurations.iter().filter(|each| has(each.settings)).collect(),
            amounts,
            recurrent_blocks: subset.recurrent_blocks,
            unfinished: unfinished.len(),
        };
        if finished.is_empty() {
            return Err(selection.none_finished(kinds));
        }
        Ok(selection)
    }
}

impl<'s, 'a> Selection<'s, 'a> {
    /// Returns the configurations of one kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'s Configuration<'a>> {
        self.configurations.iter().copied().filter(move |each| each.settings.kind == kind)
    }

    /// Returns the configurations of one kind that were trained on one amount of data.
    pub fn of(&self, kind: Kind, amount: Amount) -> impl Iterator<Item = &'s Configuration<'a>> {
        self.of_kind(kind).filter(move |each| each.settings.train_fraction == amount.fraction)
    }

    /// Returns the finished models of one kind.
    pub fn models(&self, kind: Kind) -> impl Iterator<Item = &'a ResultRow> {
        self.of_kind(kind).flat_map(|configuration| configuration.models.iter().copied())
    }

    /// Returns the performance measure that was asked for, or CC_norm².
    ///
    /// # Errors
    ///
    /// [`SelectionError::NotMeasured`], if no model has it.
    pub fn metric(&self, wanted: Option<Score>) -> Result<Score, SelectionError> {
        let metric = wanted.unwrap_or_default();
        if self.configurations.iter().all(|each| each.performance(metric).is_none()) {
            return Err(SelectionError::NotMeasured { metric, subset: self.describe() });
        }
        Ok(metric)
    }

    /// Returns the amount of training data that is this fraction of the training images, or the largest one.
    ///
    /// # Errors
    ///
    /// [`SelectionError::UnknownFraction`], if no model was trained on it.
    pub fn amount(&self, fraction: Option<f64>) -> Result<Amount, SelectionError> {
        let wanted = fraction.map_or(Amounts::Rank(1), Amounts::Fraction);
        let chosen = chosen_amounts(self.dataset, self.amounts.clone(), wanted)?;
        chosen.first().copied().ok_or(SelectionError::Empty)
    }

    /// Returns the restrictions on the models in a few words, such as `ns2250, 50 % (700), 1 recurrent block`.
    pub fn describe(&self) -> String {
        let amount = match self.amounts.as_slice() {
            [amount] => Some(amount.to_string()),
            _ => None,
        };
        let blocks = self.recurrent_blocks.map(|blocks| counted(blocks, "recurrent block"));
        list([Some(self.dataset.to_owned()), amount, blocks].into_iter().flatten())
    }

    /// Returns a note on the unfinished models that were left out, or `None` if there are none.
    pub fn left_out(&self) -> Option<String> {
        let plural = if self.unfinished == 1 { " that is" } else { "s that are" };
        (self.unfinished > 0).then(|| format!("{} model{plural} not finished left out", self.unfinished))
    }

    fn none_finished(&self, kinds: &[Kind]) -> SelectionError {
        let (subset, split_seed) = (self.describe(), self.split_seed);
        let kind = match kinds.len() == Kind::ALL.len() {
            true => "model".to_owned(),
            false => format!("{} model", kinds.iter().map(Kind::to_string).collect::<Vec<_>>().join(" or ")),
        };
        match self.unfinished {
            0 => SelectionError::NonePlanned { kind, subset, split_seed },
            unfinished => SelectionError::NoneFinished { unfinished, kind, subset, split_seed },
        }
    }
}

/// Returns the named data set, or else the one that stands for one of the paper's.
fn choose_dataset<'a>(
    rows: &'a [ResultRow],
    which: PaperDataset,
    wanted: Option<&str>,
) -> Result<&'a str, SelectionError> {
    let names: BTreeSet<&str> = rows.iter().map(|row| row.dataset.as_str()).collect();
    let (first, second) = datasets_of_paper(&names);
    let first = first.ok_or(SelectionError::Empty)?;
    match (wanted, which) {
        (Some(name), _) => names.get(name).copied().ok_or_else(|| UnknownDataset::new(name, &names).into()),
        (None, PaperDataset::First) => Ok(first),
        (None, PaperDataset::Second) => {
            second.ok_or_else(|| SelectionError::OneDataset { only: first.to_owned() })
        }
    }
}

fn split_seed<'a>(
    dataset: &str,
    rows: impl Iterator<Item = &'a ResultRow>,
    split: Split,
) -> Result<u64, SelectionError> {
    let seeds: BTreeSet<u64> = rows.map(|row| row.split_seed).collect();
    let lowest = seeds.first().copied().ok_or(SelectionError::Empty)?;
    let dataset = dataset.to_owned();
    match split {
        Split::Lowest => Ok(lowest),
        Split::Second => {
            seeds.iter().nth(1).copied().ok_or(SelectionError::OneSplit { dataset, seed: lowest })
        }
        Split::Seed(seed) if seeds.contains(&seed) => Ok(seed),
        Split::Seed(wanted) => Err(SelectionError::UnknownSplit { dataset, wanted, found: list(&seeds) }),
    }
}

fn chosen_amounts(
    dataset: &str,
    amounts: Vec<Amount>,
    wanted: Amounts,
) -> Result<Vec<Amount>, SelectionError> {
    let chosen = match wanted {
        Amounts::All => return Ok(amounts),
        Amounts::Rank(rank) => {
            amounts.get(rank.saturating_sub(1)).ok_or_else(|| SelectionError::FewerAmounts {
                dataset: dataset.to_owned(),
                wanted: rank,
                found: list(amounts.iter().map(ToString::to_string)),
            })
        }
        Amounts::Fraction(fraction) => {
            amounts.iter().find(|amount| amount.fraction == fraction).ok_or_else(|| {
                SelectionError::UnknownFraction {
                    dataset: dataset.to_owned(),
                    wanted: fraction,
                    found: list(amounts.iter().map(|amount| amount.fraction)),
                }
            })
        }
    };
    chosen.map(|&amount| vec![amount])
}

fn check_blocks<'a>(
    dataset: &str,
    rows: impl Iterator<Item = &'a ResultRow>,
    wanted: Option<usize>,
) -> Result<(), SelectionError> {
    let found: BTreeSet<usize> = rows.map(|row| row.recurrent_blocks).collect();
    match wanted {
        Some(wanted) if !found.contains(&wanted) => {
            Err(SelectionError::UnknownBlocks { wanted, dataset: dataset.to_owned(), found: list(&found) })
        }
        _ => Ok(()),
    }
}
