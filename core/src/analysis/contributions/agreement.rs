//! The agreement of strength and contributions as distributions over path lengths.

use crate::paths::ensemble::Ensemble;
use crate::statistics::spearman;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The path length distribution by strength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrengthDistribution {
    /// The average path length; null where all strengths are 0.
    pub average_path_length: Option<f64>,
    /// The lengths that have paths, ascending.
    pub lengths: Vec<StrengthShare>,
}

/// The share of one length in a path length distribution by strength.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrengthShare {
    /// The number of convolutions.
    pub length: usize,
    /// The sum of normalized strengths; null where all strengths are 0.
    pub probability: Option<f64>,
}

/// The agreement of two distributions over path length: shares of mean |C| and strength.
///
/// A length that only one distribution has counts with a share of 0 in the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Spearman's ρ of the two distributions over lengths; `None` for fewer than three lengths, or where one
    /// distribution is constant.
    pub spearman: Option<f64>,
    /// Half the sum of absolute differences of the two distributions: 0 where they are equal, 1 where they
    /// share no length.
    pub total_variation: Option<f64>,
}

impl StrengthDistribution {
    /// Returns the path length distribution of an ensemble.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::analysis::{Analysis, AnalysisOptions};
    /// use pathscope_core::analysis::contributions::StrengthDistribution;
    /// use std::path::Path;
    ///
    /// let file = Path::new("../fixtures/nets/fig5.safetensors");
    /// let analysis = Analysis::of_file(file, &AnalysisOptions::default())?;
    /// let strength = StrengthDistribution::of(&analysis.ensembles[0]);
    /// assert_eq!(strength.average_path_length, Some(1.75));
    /// # Ok::<(), pathscope_core::analysis::AnalysisError>(())
    /// ```
    pub fn of(ensemble: &Ensemble) -> Self {
        let share = |share: &crate::paths::ensemble::LengthShare| StrengthShare {
            length: share.length,
            probability: share.probability,
        };
        Self {
            average_path_length: ensemble.moments.map(|moments| moments.average_path_length),
            lengths: ensemble.lengths.iter().map(share).collect(),
        }
    }

    /// Returns the probability of a length; `None` where no path has this length or all strengths are 0.
    pub fn probability(&self, length: usize) -> Option<f64> {
        self.lengths.iter().find(|share| share.length == length)?.probability
    }
}

impl Agreement {
    /// Returns the agreement of two distributions.
    ///
    /// # Arguments
    ///
    /// * `lengths`, `shares` - the contributing lengths and the share of each; surplus shares are ignored
    ///
    /// # Complexity
    ///
    /// O(lengths log lengths).
    pub(super) fn between(
        strength: &StrengthDistribution,
        lengths: &[usize],
        shares: &[Option<f64>],
    ) -> Self {
        let by_strength = strength.lengths.iter().map(|share| Some((share.length, share.probability?)));
        let by_contribution = lengths.iter().zip(shares).map(|(&length, &share)| Some((length, share?)));
        let both = by_strength.collect::<Option<Vec<_>>>().zip(by_contribution.collect::<Option<Vec<_>>>());
        let Some((by_strength, by_contribution)) = both else {
            return Self { spearman: None, total_variation: None };
        };
        let mut together: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
        by_strength.into_iter().for_each(|(length, share)| together.entry(length).or_default()[0] = share);
        by_contribution
            .into_iter()
            .for_each(|(length, share)| together.entry(length).or_default()[1] = share);
        let column = |index: usize| together.values().map(|pair| pair[index]).collect::<Vec<f64>>();
        let differences = together.values().map(|[one, other]| (one - other).abs());
        let has_both = !lengths.is_empty() && !strength.lengths.is_empty();
        Self {
            spearman: spearman(&column(0), &column(1)),
            total_variation: has_both.then(|| differences.sum::<f64>() / 2.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(shares: &[(usize, Option<f64>)]) -> StrengthDistribution {
        let lengths = shares.iter().map(|&(length, probability)| StrengthShare { length, probability });
        StrengthDistribution { average_path_length: None, lengths: lengths.collect() }
    }

    #[test]
    fn distributions_by_hand() {
        let strength = distribution(&[(1, Some(0.5)), (2, Some(0.25)), (3, Some(0.25))]);
        let found =
            Agreement::between(&strength, &[1, 2, 3], &[Some(0.25), Some(0.25), Some(0.5), Some(0.9)]);
        // Ranks 3, 1.5, 1.5 and 1.5, 1.5, 3: differences from 2 of 1, -½, -½ and -½, -½, 1, so -¾ / 1.5.
        assert!((found.spearman.unwrap() + 0.5).abs() < 1e-12, "{found:?}");
        assert_eq!(found.total_variation, Some(0.25));
    }

    #[test]
    fn lengths_of_one_are_zero_in_the_other() {
        let strength = distribution(&[(1, Some(0.5)), (2, Some(0.5))]);
        let found = Agreement::between(&strength, &[2, 3], &[Some(0.75), Some(0.25)]);
        // By length 0.5, 0.5, 0 and 0, 0.75, 0.25.
        assert_eq!(found.total_variation, Some(0.5));
        assert!((found.spearman.unwrap() - 0.0).abs() < 1e-15, "{found:?}");
    }

    #[test]
    fn nothing_agrees_with_nothing() {
        let none = Agreement { spearman: None, total_variation: None };
        assert_eq!(Agreement::between(&distribution(&[(1, None)]), &[1], &[Some(1.0)]), none);
        assert_eq!(Agreement::between(&distribution(&[(1, Some(1.0))]), &[1], &[None]), none);
        assert_eq!(Agreement::between(&distribution(&[]), &[1], &[Some(1.0)]), none);
    }
}
