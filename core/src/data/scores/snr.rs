//! The ratio of signal to noise.

use super::{Repeats, Trials, Undefined};
use crate::statistics::{squared_deviations, variance};

/// The least response that Anscombe's transformation takes.
const LEAST: f64 = -3.0 / 8.0;

/// Returns the plain ratio of signal to noise of counts (`snr` of neuralpredictors): with a = 2 √(y + 3/8),
/// the variance over images of the means of a, with M, divided by the mean over images of the variance of a,
/// with n_i - 1.
///
/// The transformation (Anscombe 1948, Biometrika 35: 246) gives Poisson counts a noise of about 1. The noise
/// in the means is not subtracted. Without any signal, the ratio is therefore about u, the mean of 1/n_i.
pub(super) fn snr(trials: &Trials) -> Result<f64, Undefined> {
    if trials.pooled().iter().any(|&response| response < LEAST) {
        return Err(Undefined::NegativeResponses);
    }
    let repeats = Repeats::new(&trials.map(|response| 2.0 * (response - LEAST).sqrt()))?;
    let noise = repeats.noise_variance();
    if noise > 0.0 { Ok(variance(&repeats.means, 0.0) / noise) } else { Err(Undefined::NoNoise) }
}

/// Returns the ratio of signal to noise without the noise in the means: (z·z - (M-1) s² u) / (M s²), of the
/// responses as they are (`snr_er_est` of er_est, Pospisil and Bair 2021).
///
/// Without any signal it is about 0. It can be negative.
pub(super) fn snr_corrected(repeats: &Repeats) -> Result<f64, Undefined> {
    let noise = repeats.noise_variance();
    if noise <= 0.0 {
        return Err(Undefined::NoNoise);
    }
    let images = repeats.images();
    let signal = squared_deviations(&repeats.means) - (images - 1.0) * noise * repeats.mean_inverse_trials();
    Ok(signal / images / noise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // The means 1, 4, 7 have z·z = 18; the variances are 2; u = 1/2: (18 - 2 · 2/2) / (3 · 2) = 16/6.
        let trials = Trials::new([[0.0, 2.0], [3.0, 5.0], [6.0, 8.0]]);
        let found = snr_corrected(&Repeats::new(&trials).unwrap()).unwrap();
        assert!((found - 16.0 / 6.0).abs() < 1e-12, "{found}");
        // a = 2 √(y + 3/8) is 1, 3, 5 and 7 for y = -1/8, 15/8, 47/8 and 95/8.
        let count = |a: f64| a * a / 4.0 + LEAST;
        let trials = Trials::new([[1.0, 3.0], [3.0, 5.0], [5.0, 7.0]].map(|image| image.map(count)));
        // The means 2, 4 and 6 have variance 8/3 with M, and the variances are 2.
        let found = snr(&trials).unwrap();
        assert!((found - 8.0 / 6.0).abs() < 1e-12, "{found}");
    }

    #[test]
    fn numbers_of_trials_may_differ() {
        // As above with a third trial of the first image, at its mean: its variance is 1, and
        // u = (1/3 + 1/2 + 1/2)/3 = 4/9. The noise is 5/3: (18 - 2 · 5/3 · 4/9) / (3 · 5/3).
        let trials = Trials::new([vec![0.0, 2.0, 1.0], vec![3.0, 5.0], vec![6.0, 8.0]]);
        let found = snr_corrected(&Repeats::new(&trials).unwrap()).unwrap();
        assert!((found - (18.0 - 40.0 / 27.0) / 5.0).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_has_no_ratio() {
        let equal = Trials::new([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]);
        assert_eq!(snr(&equal), Err(Undefined::NoNoise));
        assert_eq!(snr_corrected(&Repeats::new(&equal).unwrap()), Err(Undefined::NoNoise));
        assert_eq!(
            snr(&Trials::new([[1.0, -1.0], [2.0, 0.0], [3.0, 0.0]])),
            Err(Undefined::NegativeResponses)
        );
    }
}
