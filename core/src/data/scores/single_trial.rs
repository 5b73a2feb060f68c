//! The correlation of predictions with single trials.

use super::{FEWEST_IMAGES, Trials, Undefined};
use crate::statistics::{correlation, is_constant};

/// Returns Pearson's r over all trials between y_{i,k} and p_i (Willeke et al. 2022, arXiv:2206.08666: the
/// single-trial correlation of Sensorium).
///
/// Numbers of trials may differ: an image counts as often as it has trials. It is the only score but CC_raw
/// that single trials have.
pub(super) fn single_trial_correlation(trials: &Trials, predictions: &[f64]) -> Result<f64, Undefined> {
    if trials.images() < FEWEST_IMAGES {
        return Err(Undefined::FewImages);
    }
    if is_constant(trials.pooled()) {
        return Err(Undefined::ConstantResponses);
    }
    if is_constant(predictions) {
        return Err(Undefined::ConstantPredictions);
    }
    let repeated: Vec<f64> =
        trials.iter().zip(predictions).flat_map(|(image, &p)| std::iter::repeat_n(p, image.len())).collect();
    Ok(correlation(trials.pooled(), &repeated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Predictions 1, 1, 2, 3, 3 for responses 0, 2, 2, 2, 4: deviations (-1, -1, 0, 1, 1) and
        // (-2, 0, 0, 0, 2), so r = 4 / √(4 · 8).
        let trials = Trials::new([vec![0.0, 2.0], vec![2.0], vec![2.0, 4.0]]);
        let found = single_trial_correlation(&trials, &[1.0, 2.0, 3.0]).unwrap();
        assert!((found - 0.5_f64.sqrt()).abs() < 1e-12, "{found}");
        assert_eq!(single_trial_correlation(&trials, &[1.0; 3]), Err(Undefined::ConstantPredictions));
        let constant = Trials::new([[1.0, 1.0]; 3]);
        assert_eq!(single_trial_correlation(&constant, &[1.0; 3]), Err(Undefined::ConstantResponses));
    }
}
