//! The models that a table or figure asks for.

use crate::study::results::PaperDataset;

/// The models of a study that a table or figure shows.
///
/// # Examples
///
/// ```
/// use pathscope::study::results::{PaperDataset, Split, Subset};
///
/// let subset = Subset::of(PaperDataset::Second).amount(1).blocks(2);
/// assert_eq!((subset.amount, subset.recurrent_blocks), (Some(1), Some(2)));
/// assert_eq!(subset.split, Split::Lowest);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subset {
    /// The data set of the models.
    pub dataset: PaperDataset,
    /// The split into training, validation and test images.
    pub split: Split,
    /// The rank of the amount of training data: 1 for the largest, 2 for the second largest; `None` for all.
    pub amount: Option<usize>,
    /// The number of recurrent blocks, or `None` for all.
    pub recurrent_blocks: Option<usize>,
}

/// A split of a data set into training, validation and test images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// The split with the lowest seed.
    Lowest,
    /// The split with the second lowest seed.
    Second,
    /// The split with this seed.
    Seed(u64),
}

impl Subset {
    /// Returns the subset of all models of a data set with its lowest split.
    pub const fn of(dataset: PaperDataset) -> Self {
        Self { dataset, split: Split::Lowest, amount: None, recurrent_blocks: None }
    }

    /// Restricts the models to an amount of training data: 1 is the largest, 2 the second largest.
    pub const fn amount(self, rank: usize) -> Self {
        Self { amount: Some(rank), ..self }
    }

    /// Restricts the models to a number of recurrent blocks.
    pub const fn blocks(self, recurrent_blocks: usize) -> Self {
        Self { recurrent_blocks: Some(recurrent_blocks), ..self }
    }

    /// Restricts the models to a split.
    pub const fn split(self, split: Split) -> Self {
        Self { split, ..self }
    }
}
