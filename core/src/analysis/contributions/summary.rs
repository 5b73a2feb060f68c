//! A summary of contributions over images, for every unit and for all of them together.

use super::averages::Averages;
use super::explained::explained;
use super::share_intervals::share_intervals;
use super::{
    Contributions, ContributionsError, Mark, Recordings, StrengthDistribution, SumDifference, Summary,
};
use crate::statistics::{Bootstrap, mean};
use serde::{Deserialize, Serialize};

/// A summary of contributions over images, for every unit and for all of them together (DESIGN §8, "What is
/// reported").
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContributionSummary {
    /// The property that the parts are grouped by.
    pub mark: Mark,
    /// The number of images that the numbers are over.
    pub images: usize,
    /// How intervals over images were computed.
    pub bootstrap: Bootstrap,
    /// The difference between the sums of parts and the outputs.
    pub sums: SumDifference,
    /// The path length distribution by strength; null where contributions are not grouped by length.
    pub strength: Option<StrengthDistribution>,
    /// The summary of all units together.
    pub population: Summary,
    /// The mean over units of each part's share of variance, the biases last. Units whose responses do not
    /// vary are left out. A unit that hardly varies can dominate this mean, unlike the population's share of
    /// summed variances.
    pub mean_variance_shares: Vec<Option<f64>>,
    /// The summary of each unit.
    pub units: Vec<Summary>,
}

impl ContributionSummary {
    /// Summarizes contributions over images.
    ///
    /// # Arguments
    ///
    /// * `strength` - the path length distribution by strength, to compare with contributions by length
    /// * `recordings` - recorded responses to the images, where the units predict them
    /// * `bootstrap` - how intervals over images are computed; without resamples there are none
    ///
    /// # Errors
    ///
    /// [`ContributionsError`], where recordings are of other images or units.
    ///
    /// # Complexity
    ///
    /// O(images · units · marks), and the same for each resample, in matrix products.
    ///
    /// # Examples
    ///
    /// One unit has responses 4, 2 and 0, made of paths of lengths 1 and 2 and of biases. Their variance is
    /// 8/3: length 1 accounts for 10/3 and length 2 for -2/3. The means of |C| are 7/3 (|3|, |2|, |-2|) and
    /// 2/3 (|0|, |-1|, |1|).
    ///
    /// ```
    /// use ndarray::array;
    /// use pathscope_core::analysis::contributions::{ContributionSummary, Contributions, Mark};
    /// use pathscope_core::statistics::Bootstrap;
    ///
    /// let parts = array![[[3.0, 0.0, 1.0]], [[2.0, -1.0, 1.0]], [[-2.0, 1.0, 1.0]]];
    /// let outputs = array![[4.0], [2.0], [0.0]];
    /// let contributions = Contributions::new(Mark::Length, vec![1, 2], parts, outputs)?;
    /// let summary = ContributionSummary::new(&contributions, None, None, &Bootstrap::default())?;
    /// let unit = &summary.units[0];
    /// assert!((unit.parts[0].variance_share.unwrap() - 1.25).abs() < 1e-12);
    /// assert!((unit.parts[1].share.unwrap() - 2.0 / 9.0).abs() < 1e-12);
    /// assert!((unit.average.unwrap() - 11.0 / 9.0).abs() < 1e-12);
    /// # Ok::<(), pathscope_core::analysis::contributions::ContributionsError>(())
    /// ```
    pub fn new(
        contributions: &Contributions,
        strength: Option<StrengthDistribution>,
        recordings: Option<&Recordings>,
        bootstrap: &Bootstrap,
    ) -> Result<Self, ContributionsError> {
        let parts = contributions.marks.len() + 1;
        let averages: Vec<Averages> =
            (0..contributions.units()).map(|unit| Averages::of_unit(contributions, unit)).collect();
        let intervals = share_intervals(contributions, &averages, bootstrap);
        let marks = (&contributions.mark, contributions.marks.as_slice());
        let of_unit = |(unit, averages)| {
            let intervals = intervals.as_ref().map(|(_, by_unit)| &by_unit[unit]);
            Summary::of(Some(unit), averages, marks, intervals, strength.as_ref())
        };
        let mut units: Vec<Summary> = averages.iter().enumerate().map(of_unit).collect();
        let sum = Averages::sum(&averages, parts);
        let of_all = intervals.as_ref().map(|(all, _)| all);
        let mut population = Summary::of(None, &sum, marks, of_all, strength.as_ref());
        if let Some(recordings) = recordings {
            let (of_all, by_unit) = explained(contributions, recordings, bootstrap)?;
            population.explained = Some(of_all);
            units.iter_mut().zip(by_unit).for_each(|(unit, explained)| unit.explained = Some(explained));
        }
        Ok(Self {
            mark: contributions.mark.clone(),
            images: contributions.images(),
            bootstrap: *bootstrap,
            sums: contributions.sum_difference(),
            strength,
            population,
            mean_variance_shares: mean_variance_shares(&units, parts),
            units,
        })
    }
}

fn mean_variance_shares(units: &[Summary], parts: usize) -> Vec<Option<f64>> {
    let share = |unit: &Summary, part: usize| unit.parts.get(part).unwrap_or(&unit.biases).variance_share;
    let mean_share = |part| {
        let shares: Vec<f64> = units.iter().filter_map(|unit| share(unit, part)).collect();
        (!shares.is_empty()).then(|| mean(shares))
    };
    (0..parts).map(mean_share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::testing::{fixture_parts, of_parts, random_contributions};
    use proptest::prelude::*;
    use serde_json::Value;
    use std::path::Path;

    const NO_INTERVALS: Bootstrap = Bootstrap { resamples: 0, confidence: 0.95, seed: 0 };

    fn json(name: &str) -> Value {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name);
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    fn lengths(value: &Value) -> Vec<usize> {
        numbers(value).into_iter().map(|length| length as usize).collect()
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 1e-12, "{found:?} {expected:?}");
        }
    }

    fn variance_shares(summary: &Summary) -> Vec<f64> {
        summary.parts.iter().chain([&summary.biases]).map(|part| part.variance_share.unwrap()).collect()
    }

    #[test]
    fn shares_of_variance_are_those_of_the_references() {
        for name in [
            "feedforward-1block",
            "multipath-1block-t4-2-avg-separate-bn",
            "multipath-1block-t5-late-avg-removed-1-2",
            "recurrent-1block-t3-no-avg",
            "recurrent-1block-t7-2-avg",
            "recurrent-2block-t5-late-avg-softplus",
        ] {
            let folder = format!("reference/{name}");
            let expected = json(&format!("{folder}/contributions.json"));
            let contributions = of_parts(lengths(&expected["lengths"]), fixture_parts(&folder));
            let summary = ContributionSummary::new(&contributions, None, None, &NO_INTERVALS).unwrap();
            let expected = expected["variance_share_per_neuron"].as_array().unwrap();
            assert_eq!(summary.units.len(), expected.len());
            for (unit, expected) in summary.units.iter().zip(expected) {
                assert_near(&variance_shares(unit), &numbers(expected));
            }
        }
    }

    #[test]
    fn shares_are_those_of_the_programs() {
        for name in [
            "conv-gru",
            "delayed-areas-group-norm",
            "dense-concat-smooth",
            "gated-top-down",
            "recurrent-two-blocks-max-pool",
            "staged-skip-areas",
        ] {
            let folder = format!("programs/{name}");
            let expected = &json(&format!("{folder}/expected.json"))["contributions"];
            let contributions = of_parts(lengths(&expected["lengths"]), fixture_parts(&folder));
            let summary = ContributionSummary::new(&contributions, None, None, &NO_INTERVALS).unwrap();
            let units = summary.units.len() as f64;
            let absolute: Vec<f64> =
                summary.population.parts.iter().map(|part| part.mean_absolute / units).collect();
            assert_near(&absolute, &numbers(&expected["mean_absolute"]));
            let mut shares = numbers(&expected["variance_share"]);
            shares.push(expected["variance_share_bias"].as_f64().unwrap());
            let found: Vec<f64> = summary.mean_variance_shares.iter().map(|share| share.unwrap()).collect();
            assert_near(&found, &shares);
        }
    }

    #[test]
    fn the_population_is_the_sum_of_its_units() {
        // Lengths 1 and 2 of two units: the second gives ten times as much.
        let parts =
            ndarray::array![[[1.0, 0.0, 0.0], [0.0, 10.0, 0.0]], [[-1.0, 0.0, 0.0], [0.0, -10.0, 0.0]]];
        let summary =
            ContributionSummary::new(&of_parts(vec![1, 2], parts), None, None, &NO_INTERVALS).unwrap();
        let [short, long] = [&summary.population.parts[0], &summary.population.parts[1]];
        assert_near(&[short.share.unwrap(), long.share.unwrap()], &[1.0 / 11.0, 10.0 / 11.0]);
        assert_near(&variance_shares(&summary.population), &[1.0 / 101.0, 100.0 / 101.0, 0.0]);
        assert_eq!(summary.mean_variance_shares, [Some(0.5), Some(0.5), Some(0.0)]);
        assert_eq!(summary.population.cancellation, Some(1.0));
    }

    #[test]
    fn one_image_one_mark_or_nothing_at_all() {
        let one_image = of_parts(vec![1], ndarray::array![[[2.0, -1.0]]]);
        let summary =
            ContributionSummary::new(&one_image, None, None, &Bootstrap::default()).unwrap().population;
        assert_eq!((summary.parts[0].share, summary.parts[0].variance_share), (Some(1.0), None));
        assert_eq!((summary.parts[0].share_interval, summary.average), (None, Some(1.0)));
        assert_eq!((summary.cancellation, summary.bias_cancellation), (Some(1.0), Some(3.0)));
        let nothing = of_parts(vec![], ndarray::array![[[0.0]], [[0.0]]]);
        let summary =
            ContributionSummary::new(&nothing, None, None, &Bootstrap::default()).unwrap().population;
        assert_eq!((summary.biases.share, summary.biases.variance_share), (None, None));
        assert_eq!((summary.average, summary.cancellation, summary.bias_cancellation), (None, None, None));
    }

    proptest! {
        #[test]
        fn shares_sum_to_one(images in 2..9_usize, units in 1..4_usize, lengths in 1..5_usize, seed in 0..1000_u64) {
            let contributions = random_contributions([images, units, lengths], seed);
            let summary = ContributionSummary::new(&contributions, None, None, &NO_INTERVALS).unwrap();
            for summary in summary.units.iter().chain([&summary.population]) {
                let size: f64 = variance_shares(summary).iter().map(|share| share.abs()).sum();
                let variance: f64 = variance_shares(summary).iter().sum();
                prop_assert!((variance - 1.0).abs() < 1e-12 * size, "{}", variance);
                let absolute: f64 = summary.parts.iter().filter_map(|part| part.share).sum();
                prop_assert!((absolute - 1.0).abs() < 1e-12, "{}", absolute);
                let average = summary.average.unwrap();
                prop_assert!((1.0..=lengths as f64 + 1e-12).contains(&average), "{}", average);
                prop_assert!(summary.cancellation.unwrap() >= 1.0);
            }
        }
    }
}
