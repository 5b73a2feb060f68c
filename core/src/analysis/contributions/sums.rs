//! The difference between sums of parts and outputs.

use super::Contributions;
use ndarray::Axis;
use serde::{Deserialize, Serialize};

/// The difference between sums of parts and outputs, over all images and units.
///
/// It is rounding where the parts are by length, uses or iteration. Where the parts are single paths, it is
/// the contribution of all other paths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SumDifference {
    /// The largest |Σ C\[l\] + B - output|.
    pub largest: f64,
    /// That difference divided by the largest |output|; `None` where all outputs are 0.
    pub relative: Option<f64>,
}

impl Contributions {
    /// Returns the difference between the sums of parts and the outputs.
    ///
    /// # Complexity
    ///
    /// O(parts).
    pub fn sum_difference(&self) -> SumDifference {
        let differences = &self.parts.sum_axis(Axis(2)) - &self.outputs;
        let largest_of =
            |values: &ndarray::Array2<f64>| values.iter().map(|value| value.abs()).fold(0.0, f64::max);
        let (largest, output) = (largest_of(&differences), largest_of(&self.outputs));
        SumDifference { largest, relative: (output > 0.0).then(|| largest / output) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::Mark;
    use ndarray::array;

    #[test]
    fn the_largest_difference_counts() {
        let parts = array![[[1.0, 1.0], [2.0, 2.0]], [[-3.0, -1.0], [0.0, 0.5]]];
        let contributions =
            Contributions::new(Mark::Length, vec![1], parts, array![[2.0, 4.0], [-4.0, 0.25]]).unwrap();
        assert_eq!(contributions.sum_difference(), SumDifference { largest: 0.25, relative: Some(0.0625) });
        let nothing = Contributions::new(Mark::Length, vec![], array![[[0.0]]], array![[0.0]]).unwrap();
        assert_eq!(nothing.sum_difference(), SumDifference { largest: 0.0, relative: None });
    }
}
