//! The models that a table or figure asks for.

use crate::study::results::PaperDataset;

/// The models of a study that a table or figure shows.
///
/// # Examples
///
/// ```
/// use pathscope::study::results::{Amounts, PaperDataset, Split, Subset};
///
/// let subset = Subset::of(PaperDataset::Second).amount(1).blocks(2);
/// assert_eq!((subset.amounts, subset.recurrent_blocks), (Amounts::Rank(1), Some(2)));
/// assert_eq!(subset.split, Split::Lowest);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subset {
    /// The data set of the models.
    pub dataset: PaperDataset,
    /// The split into training, validation and test images.
    pub split: Split,
    /// The amounts of training data.
    pub amounts: Amounts,
    /// The number of recurrent blocks, or `None` for all.
    pub recurrent_blocks: Option<usize>,
}

/// The amounts of training data of the models of a table or figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amounts {
    /// Every amount.
    All,
    /// The amount of this rank: 1 for the largest, 2 for the second largest.
    Rank(usize),
    /// This fraction of the training images, from 0 to 1.
    Fraction(f64),
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
        Self { dataset, split: Split::Lowest, amounts: Amounts::All, recurrent_blocks: None }
    }

    /// Restricts the models to an amount of training data: 1 is the largest, 2 the second largest.
    pub const fn amount(self, rank: usize) -> Self {
        Self { amounts: Amounts::Rank(rank), ..self }
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
