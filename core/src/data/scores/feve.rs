//! FEVE: the fraction of the explainable variance that is explained.

use super::{Repeats, Undefined};

/// Returns FEVE = 1 - (E - s²)/(V - s²), with E the mean of (y_{i,k} - p_i)² over all trials and V the pooled
/// variance (Cadena et al. 2019; `fev` of neuralpredictors).
///
/// Unlike a correlation, it counts a wrong scale or offset of the predictions as an error, and is then
/// negative. Numbers of trials may differ: E and V are over all trials, and s² is the mean over images.
pub(super) fn feve(repeats: &Repeats, predictions: &[f64]) -> Result<f64, Undefined> {
    let noise = repeats.noise_variance();
    let explainable = repeats.pooled_variance() - noise;
    if explainable <= 0.0 {
        return Err(Undefined::NoSignal);
    }
    let images = repeats.means.iter().zip(&repeats.trials).zip(predictions);
    let of_means: f64 = images.map(|((mean, trials), predicted)| trials * (mean - predicted).powi(2)).sum();
    let error = (of_means + repeats.squares_within()) / repeats.trials.iter().sum::<f64>();
    Ok(1.0 - (error - noise) / explainable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::scores::Trials;

    #[test]
    fn by_hand() {
        // The variances of the trials are 2. All differences from the predictions are ±1, so E - s² = -1.
        let trials = Trials::new([[-6.0, -4.0], [-1.0, 1.0], [4.0, 6.0]]);
        let repeats = Repeats::new(&trials).unwrap();
        let total = 106.0 / 5.0;
        let found = feve(&repeats, &[-5.0, 0.0, 5.0]).unwrap();
        assert!((found - (1.0 + 1.0 / (total - 2.0))).abs() < 1e-12, "{found}");
        // The mean for every image explains nothing: E = V (5/6).
        let found = feve(&repeats, &[0.0; 3]).unwrap();
        assert!((found - (1.0 - (total * 5.0 / 6.0 - 2.0) / (total - 2.0))).abs() < 1e-12, "{found}");
    }

    #[test]
    fn responses_without_signal_have_none() {
        let trials = Trials::new([[0.0, 4.0], [4.0, 0.0], [0.0, 4.0]]);
        assert_eq!(feve(&Repeats::new(&trials).unwrap(), &[1.0, 2.0, 3.0]), Err(Undefined::NoSignal));
    }
}
