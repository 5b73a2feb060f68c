//! Warnings about contributions that are easily misread.

use super::{ContributionSummary, Mark, Summary};
use crate::files::text::{counted, number};

/// The cancellation factor between paths and biases above which there is a warning.
const MOST_CANCELLATION: f64 = 5.0;
/// The largest difference between sums and outputs, relative to the largest output, without a warning.
const MOST_DIFFERENCE: f64 = 1e-4;

impl ContributionSummary {
    /// Returns warnings about contributions that are easily misread, one sentence each.
    ///
    /// # Arguments
    ///
    /// * `zero_baseline` - whether all of the input counts with the paths, and none of it with the biases
    pub fn warnings(&self, zero_baseline: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        warnings.extend(self.cancelling(zero_baseline));
        if self.images < 2 {
            warnings.push("a single image has no variance: give more images for shares of it".to_owned());
        } else {
            let constant = self.units.iter().filter(|unit| unit.biases.variance_share.is_none()).count();
            if constant > 0 {
                warnings.push(format!(
                    "{constant} of {} {} the same for all images and so no shares of variance",
                    counted(self.units.len(), "unit"),
                    if constant == 1 { "has" } else { "have" }
                ));
            }
        }
        if let Some(off) = self.sums.relative.filter(|&off| off > MOST_DIFFERENCE && self.mark != Mark::Path)
        {
            warnings.push(format!(
                "the sums of contributions are off by up to {} of the largest output: give --precision double",
                number(off)
            ));
        }
        warnings
    }

    /// Returns a warning where the contributions of paths and biases are large and cancel.
    fn cancelling(&self, zero_baseline: bool) -> Option<String> {
        let cancels =
            |summary: &&Summary| summary.bias_cancellation.is_none_or(|factor| factor > MOST_CANCELLATION);
        let brings = |summary: &&Summary| summary.parts.iter().any(|part| part.mean_absolute > 0.0);
        let units = self.units.iter().filter(brings).filter(cancels).count();
        let all = Some(&self.population).filter(brings).filter(cancels);
        let what = match all {
            Some(all) => all.bias_cancellation.map_or("nothing of them is left".to_owned(), |factor| {
                format!("together they are {} times the responses", number(factor))
            }),
            None if units > 0 => format!("in {units} of {}", counted(self.units.len(), "unit")),
            None => return None,
        };
        let remedy = if zero_baseline {
            "give --baseline mean, so that only an image's difference from the mean counts with the paths"
        } else {
            "give another --baseline, closer to the images"
        };
        Some(format!(
            "the contributions of paths and biases cancel ({what}), so their shares mean little: {remedy}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::Contributions;
    use crate::analysis::contributions::testing::of_parts;
    use crate::statistics::Bootstrap;
    use ndarray::array;

    fn warnings(contributions: &Contributions, zero_baseline: bool) -> Vec<String> {
        let summary = ContributionSummary::new(contributions, None, None, &Bootstrap::default()).unwrap();
        summary.warnings(zero_baseline)
    }

    #[test]
    fn paths_and_biases_that_cancel() {
        let quiet = of_parts(vec![1], array![[[3.0, -2.0], [1.0, 0.0]], [[4.0, -2.0], [2.0, 0.0]]]);
        assert!(warnings(&quiet, true).is_empty());
        let cancelling = of_parts(vec![1], array![[[8.0, -7.0], [1.0, 0.0]], [[9.0, -7.0], [2.0, 0.0]]]);
        // (8 + 9 + 14 + 1 + 2) / (1 + 2 + 1 + 2)
        assert_eq!(
            warnings(&cancelling, true),
            [
                "the contributions of paths and biases cancel (together they are 5.66667 times the responses), so \
              their shares mean little: give --baseline mean, so that only an image's difference from the mean \
              counts with the paths"
            ]
        );
        assert!(warnings(&cancelling, false)[0].ends_with("give another --baseline, closer to the images"));
        let nothing_left = of_parts(vec![1], array![[[1.0, -1.0]], [[2.0, -2.0]]]);
        assert!(warnings(&nothing_left, true)[0].contains("(nothing of them is left)"));
        let in_one = of_parts(vec![1], array![[[8.0, -7.0], [9.0, 0.0]], [[9.0, -7.0], [9.0, 1.0]]]);
        assert!(warnings(&in_one, true)[0].contains("(in 1 of 2 units)"));
    }

    #[test]
    fn what_has_no_variance() {
        let one = of_parts(vec![1], array![[[1.0, 0.0]]]);
        assert_eq!(
            warnings(&one, true),
            ["a single image has no variance: give more images for shares of it"]
        );
        let constant = of_parts(vec![1], array![[[1.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 0.0]]]);
        assert!(warnings(&constant, true)[0].starts_with("1 of 2 units has the same"));
    }

    #[test]
    fn sums_that_are_off() {
        let mut contributions = of_parts(vec![1], array![[[1.0, 0.0]], [[2.0, 0.0]]]);
        contributions.outputs[[0, 0]] = 1.01;
        assert!(warnings(&contributions, true)[0].contains("off by up to 0.005 of the largest output"));
        contributions.mark = Mark::Path;
        assert!(warnings(&contributions, true).is_empty());
    }
}
