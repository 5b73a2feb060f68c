//! The fraction of recorded responses that the parts of a network's outputs explain.

use super::intervals::unit_intervals;
use super::partial_sums::{PartialSumsOfAll, Terms};
use super::{Contributions, ContributionsError};
use crate::data::ScoredResponses;
use crate::data::explained_variance::normalized_explained_variance;
use crate::statistics::{Bootstrap, Interval, mean, median};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Recorded responses to the images of contributions.
#[derive(Clone, Debug, PartialEq)]
pub struct Recordings {
    /// Averages over trials \[images, neurons\], NaN where an image does not count for a neuron.
    pub averages: Array2<f64>,
    /// CC_max of each neuron.
    pub ceilings: Vec<Option<f64>>,
}

impl From<ScoredResponses> for Recordings {
    fn from(scored: ScoredResponses) -> Self {
        Self { averages: scored.averages, ceilings: scored.ceilings }
    }
}

/// The explained part of recorded responses, for the biases alone and then with the paths of each ascending
/// mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// The parts, the biases first.
    pub parts: Vec<ExplainedPart>,
}

/// The explained part of recorded responses r, for one part alone and for all parts up to it.
///
/// For all units together, shares are Σ_u Cov(C_u\[l\], r_u)/σ(r_u) divided by Σ_u Cov(y_u, r_u)/σ(r_u), so
/// that they do not depend on the units of the recordings. Correlations are means over units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainedPart {
    /// The part's mark; null for the biases.
    pub mark: Option<usize>,
    /// Cov(C\[l\], r) / Cov(y, r), which sums to 1 over all parts; `None` where that covariance is 0.
    pub covariance_share: Option<f64>,
    /// The bootstrap interval of `covariance_share` over images.
    pub covariance_share_interval: Option<Interval>,
    /// CC_raw (Eq. 3b) of the partial sum B + Σ C\[l'\] over l' up to this mark.
    pub cc_raw: f64,
    /// The bootstrap interval of `cc_raw` over images.
    pub cc_raw_interval: Option<Interval>,
    /// CC_norm² (Eq. 3a) of the partial sum; for all units together, the mean over those that have one.
    /// `None` without a ceiling.
    pub cc_norm2: Option<f64>,
    /// The median of CC_norm² over units, which a unit with a low ceiling cannot dominate; left out for a
    /// single unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_cc_norm2: Option<f64>,
}

/// Returns the explained part of recordings for all units together, and for each unit.
///
/// # Errors
///
/// [`ContributionsError::Recordings`] and [`ContributionsError::Ceilings`], where images or units do not
/// match.
///
/// # Complexity
///
/// O(parts), plus O(resamples · parts) in matrix products for the intervals.
pub(super) fn explained(
    contributions: &Contributions,
    recordings: &Recordings,
    bootstrap: &Bootstrap,
) -> Result<(Explained, Vec<Explained>), ContributionsError> {
    let (expected, found) = (contributions.outputs.dim(), recordings.averages.dim());
    if expected != found {
        return Err(ContributionsError::Recordings { expected: expected.into(), found: found.into() });
    }
    let ceilings = &recordings.ceilings;
    if ceilings.len() != found.1 {
        return Err(ContributionsError::Ceilings { neurons: found.1, found: ceilings.len() });
    }
    let sums = PartialSumsOfAll::new(contributions, recordings);
    let intervals = unit_intervals(&sums, expected.into(), bootstrap);
    let by_unit: Vec<Terms> = (0..contributions.units()).map(|unit| sums.whole(unit)).collect();
    let units: Vec<Explained> = by_unit
        .iter()
        .enumerate()
        .map(|(unit, terms)| {
            let intervals = intervals.as_ref().map(|intervals| intervals.by_unit[unit].as_slice());
            let norm2 = |part: usize| normalized_explained_variance(terms.cc_raw[part], ceilings[unit]);
            Explained::new(terms, &contributions.marks, intervals, |part| (norm2(part), None))
        })
        .collect();
    let intervals = intervals.as_ref().map(|intervals| intervals.all.as_slice());
    let norm2 = |part: usize| {
        let of_units: Vec<f64> = units.iter().filter_map(|unit| unit.parts[part].cc_norm2).collect();
        ((!of_units.is_empty()).then(|| mean(of_units.iter().copied())), median(of_units))
    };
    let all = Explained::new(&sums.sum(&by_unit), &contributions.marks, intervals, norm2);
    Ok((all, units))
}

impl Explained {
    /// Returns the summary of accumulated terms.
    ///
    /// # Arguments
    ///
    /// * `marks` - the marks of the parts, without the biases
    /// * `intervals` - the intervals of the shares and then of the correlations, if any
    /// * `norm2` - CC_norm² of a part, and the median of these over units
    fn new(
        terms: &Terms,
        marks: &[usize],
        intervals: Option<&[Option<Interval>]>,
        norm2: impl Fn(usize) -> (Option<f64>, Option<f64>),
    ) -> Self {
        let interval = |index: usize| intervals.and_then(|intervals| intervals[index]);
        let part = |(part, covariance_share): (usize, Option<f64>)| {
            let (cc_norm2, median_cc_norm2) = norm2(part);
            ExplainedPart {
                mark: part.checked_sub(1).map(|mark| marks[mark]),
                covariance_share,
                covariance_share_interval: interval(part),
                cc_raw: terms.cc_raw[part] / terms.units,
                cc_raw_interval: interval(marks.len() + 1 + part),
                cc_norm2,
                median_cc_norm2,
            }
        };
        Self { parts: terms.shares().enumerate().map(part).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::testing::{of_parts, random_contributions};
    use crate::data::evaluation::Scores;
    use crate::statistics::generator;
    use ndarray::{Axis, array};
    use rand_distr::{Distribution, StandardNormal};

    const NO_INTERVALS: Bootstrap = Bootstrap { resamples: 0, confidence: 0.95, seed: 0 };

    fn random_recordings(images: usize, units: usize) -> Recordings {
        let mut random = generator(3);
        let averages = Array2::from_shape_simple_fn((images, units), || StandardNormal.sample(&mut random));
        Recordings { averages, ceilings: vec![Some(0.8); units] }
    }

    #[test]
    fn a_unit_by_hand() {
        // Length 1 brings -1, 0, 1, length 2 brings 0, 0, 3, the biases 0, 1, -1; recorded is 0, 1, 2.
        let parts = array![[[-1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]], [[1.0, 3.0, -1.0]]];
        let contributions = of_parts(vec![1, 2], parts);
        let recordings = Recordings { averages: array![[0.0], [1.0], [2.0]], ceilings: vec![Some(0.5)] };
        let (all, units) = explained(&contributions, &recordings, &NO_INTERVALS).unwrap();
        let parts = &units[0].parts;
        assert_eq!(parts.iter().map(|part| part.mark).collect::<Vec<_>>(), [None, Some(1), Some(2)]);
        // Products with -1, 0, 1: -1 for the biases, 2 and 3 for the lengths, of 4.
        let shares: Vec<f64> = parts.iter().filter_map(|part| part.covariance_share).collect();
        for (found, expected) in shares.iter().zip([-0.25, 0.5, 0.75]) {
            assert!((found - expected).abs() < 1e-12, "{shares:?}");
        }
        // Partial sums 0, 1, -1; then -1, 1, 0; then -1, 1, 3, which is a line.
        for (part, expected) in parts.iter().zip([-0.5, 0.5, 1.0]) {
            assert!((part.cc_raw - expected).abs() < 1e-12, "{part:?}");
            assert!((part.cc_norm2.unwrap() - expected * expected * 4.0).abs() < 1e-12, "{part:?}");
        }
        assert_eq!(all.parts[1].cc_raw, parts[1].cc_raw);
        assert_eq!(all.parts[1].median_cc_norm2, parts[1].cc_norm2);
    }

    #[test]
    fn scores_are_those_of_an_evaluation() {
        let contributions = random_contributions([12, 3, 2], 5);
        let mut recordings = random_recordings(12, 3);
        recordings.averages[[4, 1]] = f64::NAN;
        recordings.ceilings[2] = None;
        let (all, _) = explained(&contributions, &recordings, &NO_INTERVALS).unwrap();
        let outputs = contributions.outputs.view();
        let scores = Scores::new(outputs, recordings.averages.view(), &recordings.ceilings, &[0, 1, 2]);
        let last = all.parts[2];
        assert!((last.cc_raw - scores.mean_cc_raw).abs() < 1e-12, "{last:?}");
        assert!((last.cc_norm2.unwrap() - scores.mean_cc_norm2.unwrap()).abs() < 1e-12, "{last:?}");
        assert!((last.median_cc_norm2.unwrap() - scores.median_cc_norm2.unwrap()).abs() < 1e-12, "{last:?}");
        let sum: f64 = all.parts.iter().filter_map(|part| part.covariance_share).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn intervals_are_those_of_resampled_images() {
        let contributions = random_contributions([10, 2, 2], 8);
        let mut recordings = random_recordings(10, 2);
        recordings.averages[[0, 1]] = f64::NAN;
        let bootstrap = Bootstrap { resamples: 200, ..Bootstrap::default() };
        let (all, _) = explained(&contributions, &recordings, &bootstrap).unwrap();
        let expected = bootstrap.intervals(10, |drawn| {
            let resample = of_parts(vec![1, 2], contributions.parts.select(Axis(0), drawn));
            let averages = recordings.averages.select(Axis(0), drawn);
            let recordings = Recordings { averages, ..recordings.clone() };
            let (all, _) = explained(&resample, &recordings, &NO_INTERVALS).unwrap();
            [all.parts[1].covariance_share, Some(all.parts[1].cc_raw), all.parts[2].covariance_share]
        });
        let found = [
            all.parts[1].covariance_share_interval,
            all.parts[1].cc_raw_interval,
            all.parts[2].covariance_share_interval,
        ];
        for (found, expected) in found.into_iter().zip(expected) {
            let (found, expected) = (found.unwrap(), expected.unwrap());
            let near = |one: f64, other: f64| (one - other).abs() < 1e-9 * other.abs().max(1.0);
            assert!(
                near(found.low, expected.low) && near(found.high, expected.high),
                "{found:?} {expected:?}"
            );
        }
    }

    #[test]
    fn what_does_not_vary_explains_nothing() {
        let parts = array![[[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]]];
        let recordings = Recordings { averages: array![[0.0], [1.0], [2.0]], ceilings: vec![None] };
        let (all, units) =
            explained(&of_parts(vec![1], parts.clone()), &recordings, &Bootstrap::default()).unwrap();
        for part in units[0].parts.iter().chain(&all.parts) {
            assert_eq!((part.covariance_share, part.cc_raw, part.cc_norm2), (None, 0.0, None));
            assert_eq!(part.covariance_share_interval, None);
        }
        let nothing = Recordings { averages: array![[f64::NAN], [f64::NAN], [f64::NAN]], ..recordings };
        let (all, _) = explained(&of_parts(vec![1], parts), &nothing, &Bootstrap::default()).unwrap();
        assert_eq!((all.parts[1].covariance_share, all.parts[1].cc_raw), (None, 0.0));
    }

    #[test]
    fn recordings_of_others_are_refused() {
        let contributions = random_contributions([5, 2, 1], 1);
        let refused =
            |recordings| explained(&contributions, &recordings, &NO_INTERVALS).unwrap_err().to_string();
        let message = refused(random_recordings(5, 3));
        assert!(message.starts_with("the recordings have shape [5, 3] (images, neurons)"), "{message}");
        let message = refused(Recordings { ceilings: vec![None], ..random_recordings(5, 2) });
        assert!(message.starts_with("there are 1 ceilings for 2 neurons"), "{message}");
    }
}
