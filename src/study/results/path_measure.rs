//! The measures of paths that a model's average path length and diversity are computed by.

use super::row::ResultRow;
use pathscope_core::circuit::{UnknownName, Word};
use serde::Serialize;
use std::collections::BTreeMap;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The measure that weights the paths of a model in its average path length, diversity and path length
/// distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum PathMeasure {
    /// The strength, which follows from the weights alone (paper, 4.3).
    #[default]
    Strength,
    /// The share in the mean |C| of the responses to the test images.
    Contribution,
}

impl Word for PathMeasure {
    const WHAT: &'static str = "measure of paths";
}

impl PathMeasure {
    /// Returns the words that name the measure after a quantity. The paper's measure needs none.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Strength => "",
            Self::Contribution => " by contribution",
        }
    }

    /// Returns what makes the quantities of the measure appear in a table of results.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Strength => "collect the study again with this version",
            Self::Contribution => {
                "set `contributions = true` in the study and collect it again, or leave --measure out"
            }
        }
    }
}

impl ResultRow {
    /// Returns the average path length, or `None` if it was not measured or is not finite.
    pub fn average_path_length(&self, measure: PathMeasure) -> Option<f64> {
        let length = match measure {
            PathMeasure::Strength => self.average_path_length,
            PathMeasure::Contribution => self.contribution_average_path_length,
        };
        length.filter(|length| length.is_finite())
    }

    /// Returns the path length distribution, which is empty if it was not measured.
    pub fn distribution(&self, measure: PathMeasure) -> &BTreeMap<usize, f64> {
        match measure {
            PathMeasure::Strength => &self.distribution,
            PathMeasure::Contribution => &self.contribution_distribution,
        }
    }

    /// Returns the diversity in nats, the entropy of the path length distribution, or `None` if it was not
    /// measured or is not finite.
    pub fn diversity(&self, measure: PathMeasure) -> Option<f64> {
        let entropy = match measure {
            PathMeasure::Strength => self.diversity_nats,
            PathMeasure::Contribution => entropy(&self.contribution_distribution),
        };
        entropy.filter(|entropy| entropy.is_finite())
    }
}

/// Returns the entropy of a distribution in nats, or `None` if it is empty.
fn entropy(distribution: &BTreeMap<usize, f64>) -> Option<f64> {
    let positive = distribution.values().filter(|&&share| share > 0.0);
    // The sum of no terms is -0.
    (!distribution.is_empty()).then(|| positive.map(|share| share * share.recip().ln()).sum::<f64>() + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_has_its_own_quantities() {
        let row = ResultRow {
            average_path_length: Some(2.0),
            diversity_nats: Some(0.5),
            distribution: [(2, 1.0)].into(),
            contribution_average_path_length: Some(1.5),
            contribution_distribution: [(1, 0.5), (2, 0.5), (3, 0.0)].into(),
            ..ResultRow::default()
        };
        let of = |measure| (row.average_path_length(measure), row.diversity(measure));
        assert_eq!(of(PathMeasure::Strength), (Some(2.0), Some(0.5)));
        assert_eq!(of(PathMeasure::Contribution), (Some(1.5), Some(std::f64::consts::LN_2)));
        assert_eq!(row.distribution(PathMeasure::Contribution).len(), 3);
    }

    #[test]
    fn what_was_not_measured_is_missing() {
        let row = ResultRow { average_path_length: Some(f64::NAN), ..ResultRow::default() };
        for &measure in PathMeasure::VARIANTS {
            assert_eq!((row.average_path_length(measure), row.diversity(measure)), (None, None));
        }
        let certain = ResultRow { contribution_distribution: [(1, 1.0)].into(), ..ResultRow::default() };
        assert!(
            certain.diversity(PathMeasure::Contribution).is_some_and(|entropy| entropy.is_sign_positive())
        );
    }
}
