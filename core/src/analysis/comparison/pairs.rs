//! How well two models of each pair agree (paper, Figs. 4c and 4d).

use super::ComparedModel;
use crate::data::scores::Score;
use crate::files::text::number;
use crate::statistics::{FEWEST, mean, pearson};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// The agreement of the models of each pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedComparison {
    /// The number of pairs; pair i consists of models 2i and 2i + 1, counted from 0.
    pub pairs: usize,
    /// The agreement of average path lengths (paper, Fig. 4d).
    pub average_path_length: PairStatistics,
    /// The agreement of CC_norm² (paper, Fig. 4c).
    pub cc_norm2: PairStatistics,
    /// The agreement of the scores that were chosen instead; left out if none were.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<Score, PairStatistics>,
}

/// The agreement of two series of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairStatistics {
    /// The number of pairs with both numbers; other pairs are left out.
    pub n: usize,
    /// Pearson's r.
    pub pearson_r: PearsonR,
    /// The mean of the second number minus the first; null if there are no pairs.
    pub mean_difference: Option<f64>,
}

/// Pearson's r of pairs of numbers, or why it is not meaningful.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PearsonR {
    /// The correlation.
    Known(f64),
    /// There are fewer than three pairs.
    TooFewPairs,
    /// All numbers of one series are equal; r is 0 by convention.
    Constant,
}

impl PairedComparison {
    pub(super) fn new(pairs: &[(ComparedModel, ComparedModel)]) -> Self {
        let of = |number: fn(&ComparedModel) -> Option<f64>| {
            let numbers: Vec<(f64, f64)> =
                pairs.iter().filter_map(|(first, second)| number(first).zip(number(second))).collect();
            PairStatistics::new(&numbers)
        };
        Self {
            pairs: pairs.len(),
            average_path_length: of(|model| model.summary.average_path_length),
            cc_norm2: of(|model| model.cc_norm2),
            scores: BTreeMap::new(),
        }
    }
}

impl PairStatistics {
    /// Computes the statistics of pairs of numbers.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::analysis::comparison::PairStatistics;
    ///
    /// let statistics = PairStatistics::new(&[(1.0, 2.0), (2.0, 4.0), (3.0, 3.0)]);
    /// assert_eq!(statistics.mean_difference, Some(1.0));
    /// assert!((statistics.pearson_r.value().unwrap() - 0.5).abs() < 1e-12);
    /// ```
    pub fn new(pairs: &[(f64, f64)]) -> Self {
        let differences = pairs.iter().map(|(first, second)| second - first);
        Self {
            n: pairs.len(),
            pearson_r: PearsonR::of(pairs),
            mean_difference: (!pairs.is_empty()).then(|| mean(differences)),
        }
    }
}

impl PearsonR {
    /// Computes Pearson's r of pairs of numbers.
    ///
    /// # Complexity
    ///
    /// O(pairs).
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::analysis::comparison::PearsonR;
    ///
    /// assert_eq!(PearsonR::of(&[(1.0, 2.0), (2.0, 3.0)]), PearsonR::TooFewPairs);
    /// assert_eq!(PearsonR::of(&[(1.0, 2.0), (2.0, 2.0), (3.0, 2.0)]), PearsonR::Constant);
    /// ```
    pub fn of(pairs: &[(f64, f64)]) -> Self {
        if pairs.len() < FEWEST {
            return Self::TooFewPairs;
        }
        let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        pearson(&first, &second).map_or(Self::Constant, Self::Known)
    }

    /// Returns the number: 0 for a constant series, `None` for too few pairs.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Known(r) => Some(r),
            Self::TooFewPairs => None,
            Self::Constant => Some(0.0),
        }
    }

    /// Returns why no number is shown, if so.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Known(_) => None,
            Self::TooFewPairs => Some("too few pairs for Pearson's r"),
            Self::Constant => Some("no Pearson's r of equal numbers"),
        }
    }
}

impl fmt::Display for PearsonR {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(r) => write!(f, "Pearson's r {}", number(*r)),
            Self::TooFewPairs | Self::Constant => f.write_str(self.reason().unwrap_or_default()),
        }
    }
}

impl Serialize for PearsonR {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
