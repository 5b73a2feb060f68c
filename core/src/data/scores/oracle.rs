//! Oracle correlations: single trials predicted from the other trials of the same image.

use super::{Repeats, Undefined};
use crate::statistics::{mean, variance};

/// Returns Pearson's r over all trials between y_{i,k} and the mean of the image's other trials (Walker et al.
/// 2019, Nature Neuroscience 22: 2060; `oracle_corr_jackknife` of neuralpredictors).
///
/// The mean of the others is m_i - (y_{i,k} - m_i)/(n_i - 1). Both series have the same mean over an image, so
/// with B the sum of squares between images and q_i that within image i,
///
/// r = (B - Σ q_i/(n_i - 1)) / √((B + Σ q_i/(n_i - 1)²) (B + Σ q_i))
///
/// Numbers of trials may differ: an image counts as often as it has trials.
pub(super) fn jackknife(repeats: &Repeats) -> Result<f64, Undefined> {
    let between = repeats.squares_between();
    let within = |power: i32| -> f64 {
        let images = repeats.squares.iter().zip(&repeats.trials);
        images.map(|(squares, trials)| squares / (trials - 1.0).powi(power)).sum()
    };
    let scale = (between + within(2)).sqrt() * (between + within(0)).sqrt();
    if scale > 0.0 { Ok((between - within(1)) / scale) } else { Err(Undefined::Overflow) }
}

/// Returns √(V/(V + w)), with V the variance of m_i over images and w the mean over images of the variance of
/// the trials of each, both with n (`oracle_corr_conservative` of neuralpredictors).
///
/// It counts the noise in the means as signal. Numbers of trials may differ: every image counts once.
pub(super) fn conservative(repeats: &Repeats) -> Result<f64, Undefined> {
    let signal = variance(&repeats.means, 0.0);
    let noise = mean(repeats.squares.iter().zip(&repeats.trials).map(|(squares, trials)| squares / trials));
    if signal + noise > 0.0 { Ok((signal / (signal + noise)).sqrt()) } else { Err(Undefined::Overflow) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::scores::Trials;

    #[test]
    fn by_hand() {
        // Of two trials, each is predicted by the other: (0, 2), (2, 0), (4, 4), (4, 4), (2, 4), (4, 2).
        let trials = Trials::new([[0.0, 2.0], [4.0, 4.0], [2.0, 4.0]]);
        let repeats = Repeats::new(&trials).unwrap();
        let (all, center) = ([0.0_f64, 2.0, 4.0, 4.0, 2.0, 4.0], 16.0 / 6.0);
        let total: f64 = all.iter().map(|y| (y - center).powi(2)).sum();
        let product: f64 = [(0.0_f64, 2.0), (4.0, 4.0), (2.0, 4.0)]
            .iter()
            .map(|(a, b)| 2.0 * (a - center) * (b - center))
            .sum();
        assert!((jackknife(&repeats).unwrap() - product / total).abs() < 1e-12);
        // The means 1, 4 and 3 have variance 14/9 with n, and the trials 1, 0 and 1, with mean 2/3.
        let expected = (14.0_f64 / 9.0 / (14.0 / 9.0 + 2.0 / 3.0)).sqrt();
        assert!((conservative(&repeats).unwrap() - expected).abs() < 1e-12);
    }
}
