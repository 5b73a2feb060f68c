//! How well two models of each pair agree (paper, Figs. 4c and 4d).

use super::ComparedModel;
use crate::files::text::number;
use crate::statistics::pearson;
use serde::{Serialize, Serializer};
use std::fmt;

/// Pearson's r says something from this many pairs on: any two points lie on a line.
const FEWEST_PAIRS: usize = 3;

/// How the models of pairs agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairedComparison {
    /// How many pairs there are; pair i is of the models 2i and 2i + 1, counted from 0.
    pub pairs: usize,
    /// Of the average path lengths (paper, Fig. 4d).
    pub average_path_length: PairStatistics,
    /// Of CC_norm² (paper, Fig. 4c).
    pub cc_norm2: PairStatistics,
}

/// How two series of numbers agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairStatistics {
    /// The pairs that have both numbers, which are all that count.
    pub n: usize,
    /// Pearson's r.
    pub pearson_r: PearsonR,
    /// The mean of the second number minus the first; null without a pair.
    pub mean_difference: Option<f64>,
}

/// Pearson's r of pairs of numbers, or why it says nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PearsonR {
    /// The number.
    Known(f64),
    /// Fewer than three pairs.
    TooFewPairs,
    /// All numbers of one series are equal, for which r is 0 by convention.
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
            average_path_length: of(|model| model.average_path_length),
            cc_norm2: of(|model| model.cc_norm2),
        }
    }
}

impl PairStatistics {
    /// Those of pairs of numbers.
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
        let differences: f64 = pairs.iter().map(|(first, second)| second - first).sum();
        Self {
            n: pairs.len(),
            pearson_r: PearsonR::of(pairs),
            mean_difference: (!pairs.is_empty()).then(|| differences / pairs.len() as f64),
        }
    }
}

impl PearsonR {
    /// Pearson's r of pairs of numbers.
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
        if pairs.len() < FEWEST_PAIRS {
            return Self::TooFewPairs;
        }
        let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        pearson(&first, &second).map_or(Self::Constant, Self::Known)
    }

    /// The number; 0 for a constant series and none for too few pairs.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Known(r) => Some(r),
            Self::TooFewPairs => None,
            Self::Constant => Some(0.0),
        }
    }

    /// Why there is no number to be shown.
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
