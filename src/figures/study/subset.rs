//! The choice of a figure's models from a table of results.

use super::catalogue::Subset;
use super::{FigureNumber, Study, StudyFigureError};
use crate::study::results::{
    Amount, Configuration, Kind, Metric, NoDataset, PaperDataset, ResultRow, amounts, choose_dataset,
    unfinished_left_out,
};
use pathscope_core::files::text::{counted, list};
use std::collections::BTreeSet;

/// The names of amounts of training data, from the largest down.
const RANKS: [&str; 3] = ["first", "second", "third"];

/// The models that a figure shows.
#[derive(Clone, Debug)]
pub struct Selection<'s, 'a> {
    /// The figure, for messages about it.
    pub figure: FigureNumber,
    /// The data set.
    pub dataset: &'a str,
    /// The seed of its split.
    pub split_seed: u64,
    /// The amounts of training data, the largest first.
    pub amounts: Vec<Amount>,
    /// With so many recurrent blocks; `None` for all.
    pub recurrent_blocks: Option<usize>,
    /// Configurations with finished models, of the kinds asked for.
    pub configurations: Vec<&'s Configuration<'a>>,
    /// How many models of these kinds were left out because they are not finished.
    pub unfinished: usize,
}

impl<'s, 'a> Selection<'s, 'a> {
    /// Returns the models of one kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'s Configuration<'a>> {
        self.configurations.iter().copied().filter(move |each| each.settings.kind == kind)
    }

    /// The finished models of one kind.
    pub fn models(&self, kind: Kind) -> impl Iterator<Item = &'a ResultRow> {
        self.of_kind(kind).flat_map(|configuration| configuration.models.iter().copied())
    }

    /// Which models, in a few words: `ns2250, 50 % (700), 1 recurrent block`.
    pub fn describe(&self) -> String {
        let amounts = match self.amounts.as_slice() {
            [amount] => Some(amount.to_string()),
            _ => None,
        };
        [Some(self.dataset.to_owned()), amounts, self.recurrent_blocks.map(blocks)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Returns a note on the models that were left out, or nothing if there are none.
    pub fn left_out(&self) -> Option<String> {
        unfinished_left_out(self.unfinished)
    }
}

/// Returns a number of recurrent blocks in words.
pub(super) fn blocks(count: usize) -> String {
    counted(count, "recurrent block")
}

impl<'a> Study<'a> {
    /// The models of some kinds that a figure shows.
    ///
    /// # Errors
    ///
    /// [`StudyFigureError`] if the table does not have the data set, the amount of data, the split or
    /// the number of recurrent blocks, or no finished model of the kinds among these.
    pub fn select(
        &self,
        figure: FigureNumber,
        subset: &Subset,
        kinds: &[Kind],
    ) -> Result<Selection<'_, 'a>, StudyFigureError> {
        let dataset = self.dataset(figure, subset.dataset)?;
        let of_dataset = || self.rows.iter().filter(move |row| row.dataset == dataset);
        let split_seed = split_seed(figure, dataset, of_dataset(), subset.next_split)?;
        let amounts = chosen_amounts(figure, dataset, amounts(of_dataset()), subset.amount)?;
        check_blocks(figure, dataset, of_dataset(), subset.recurrent_blocks)?;
        let has = |row: &ResultRow| {
            row.dataset == dataset
                && row.split_seed == split_seed
                && kinds.contains(&row.kind)
                && subset.recurrent_blocks.is_none_or(|blocks| row.recurrent_blocks == blocks)
                && amounts.iter().any(|amount| amount.fraction == row.train_fraction)
        };
        let configurations: Vec<_> =
            self.configurations.iter().filter(|configuration| has(configuration.settings)).collect();
        let asked_for = self.rows.iter().filter(|row| has(row)).count();
        let finished: usize = configurations.iter().map(|configuration| configuration.models.len()).sum();
        let selection = Selection {
            figure,
            dataset,
            split_seed,
            amounts,
            recurrent_blocks: subset.recurrent_blocks,
            configurations,
            unfinished: asked_for - finished,
        };
        if finished == 0 {
            let kinds: Vec<String> = kinds.iter().map(Kind::to_string).collect();
            let found = match asked_for {
                0 => "the table has none: the study did not plan any".to_owned(),
                _ => format!("none of {asked_for} is: `pathscope sweep run` goes on with them"),
            };
            let subset = selection.describe();
            return Err(StudyFigureError::NoneFinished { figure, kinds: kinds.join(" and "), subset, found });
        }
        Ok(selection)
    }

    /// What performance is measured in, in a figure of these models.
    ///
    /// # Errors
    ///
    /// [`StudyFigureError::NotMeasured`].
    pub fn metric(&self, selection: &Selection<'_, 'a>) -> Result<Metric, StudyFigureError> {
        let metric = self.options.metric.unwrap_or_default();
        let mut measured = selection.configurations.iter().filter_map(|each| each.performance(metric));
        let subset = || selection.describe();
        let figure = selection.figure;
        measured.next().map(|_| metric).ok_or_else(|| StudyFigureError::NotMeasured {
            figure,
            metric,
            subset: subset(),
        })
    }

    /// The data set that was asked for, or the one that a study has in the place of the paper's.
    fn dataset(&self, figure: FigureNumber, wanted: PaperDataset) -> Result<&'a str, StudyFigureError> {
        choose_dataset(self.rows, wanted, self.options.dataset.as_deref()).map_err(|problem| match problem {
            NoDataset::Empty => StudyFigureError::Empty { figure },
            NoDataset::Unknown(unknown) => unknown.into(),
            NoDataset::OnlyOne(only) => StudyFigureError::OneDataSet { figure, only },
        })
    }
}

fn split_seed<'a>(
    figure: FigureNumber,
    dataset: &str,
    rows: impl Iterator<Item = &'a ResultRow>,
    next: bool,
) -> Result<u64, StudyFigureError> {
    let seeds: BTreeSet<u64> = rows.map(|row| row.split_seed).collect();
    let mut seeds = seeds.into_iter();
    let main = seeds.next().ok_or(StudyFigureError::Empty { figure })?;
    match (next, seeds.next()) {
        (false, _) => Ok(main),
        (true, Some(seed)) => Ok(seed),
        (true, None) => Err(StudyFigureError::Split { figure, dataset: dataset.to_owned(), seed: main }),
    }
}

fn chosen_amounts(
    figure: FigureNumber,
    dataset: &str,
    amounts: Vec<Amount>,
    rank: Option<usize>,
) -> Result<Vec<Amount>, StudyFigureError> {
    let Some(rank) = rank else { return Ok(amounts) };
    match amounts.get(rank - 1) {
        Some(&amount) => Ok(vec![amount]),
        None => Err(StudyFigureError::Amount {
            figure,
            wanted: RANKS[rank - 1],
            dataset: dataset.to_owned(),
            found: list(amounts.iter().map(ToString::to_string)),
        }),
    }
}

fn check_blocks<'a>(
    figure: FigureNumber,
    dataset: &str,
    rows: impl Iterator<Item = &'a ResultRow>,
    wanted: Option<usize>,
) -> Result<(), StudyFigureError> {
    let found: BTreeSet<usize> = rows.map(|row| row.recurrent_blocks).collect();
    match wanted {
        Some(wanted) if !found.contains(&wanted) => {
            Err(StudyFigureError::Blocks { figure, wanted, dataset: dataset.to_owned(), found: list(&found) })
        }
        _ => Ok(()),
    }
}
