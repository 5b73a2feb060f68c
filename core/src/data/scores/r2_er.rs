//! r²_ER: the fraction of the variance of expected responses that is explained, without bias by noise.

mod interval;

pub use interval::r2_er_interval;

use super::{Repeats, Undefined};
use crate::statistics::{is_constant, mean};

/// The quantities that r²_ER follows from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Terms {
    /// M, the number of images.
    images: f64,
    /// (x·z)²/(x·x): the squares of the averages along the predictions.
    along: f64,
    /// z·z: the squares of the averages.
    all: f64,
    /// s²: the noise of a trial.
    noise: f64,
    /// The mean of 1/n_i, each image weighted with x²_i.
    inverse_along: f64,
    /// u: the mean of 1/n_i.
    inverse: f64,
}

impl Terms {
    fn new(repeats: &Repeats, predictions: &[f64]) -> Result<Self, Undefined> {
        if is_constant(predictions) {
            return Err(Undefined::ConstantPredictions);
        }
        let centered = |values: &[f64]| -> Vec<f64> {
            let center = mean(values.iter().copied());
            values.iter().map(|value| value - center).collect()
        };
        let (x, z) = (centered(predictions), centered(&repeats.means));
        let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let square = product(&x, &x);
        let weighted: f64 = x.iter().zip(&repeats.trials).map(|(x, trials)| x * x / trials).sum();
        if !(square > 0.0 && square.is_finite()) {
            return Err(Undefined::Overflow);
        }
        Ok(Self {
            images: repeats.images(),
            along: product(&x, &z).powi(2) / square,
            all: product(&z, &z),
            noise: repeats.noise_variance(),
            inverse_along: weighted / square,
            inverse: repeats.mean_inverse_trials(),
        })
    }

    /// Returns r²_ER. It is not defined if responses vary no more than noise.
    fn r2_er(&self) -> Result<f64, Undefined> {
        let signal = self.all - (self.images - 1.0) * self.noise * self.inverse;
        if signal > 0.0 {
            Ok((self.along - self.noise * self.inverse_along) / signal)
        } else {
            Err(Undefined::NoSignal)
        }
    }
}

/// Returns r²_ER (Pospisil and Bair 2021, PLOS Computational Biology 17: e1009212; `r2er_n2m` of er_est): the
/// squared correlation of predictions with expected responses, with the noise taken off its numerator and its
/// denominator.
///
/// ((x·z)² - s² Σ x²_i/n_i) / (x·x z·z - (M-1) s² u x·x)
///
/// For equal numbers of trials K the sum is x·x/K, as in the publication. It is negative where predictions and
/// responses agree less than chance.
pub(super) fn r2_er(repeats: &Repeats, predictions: &[f64]) -> Result<f64, Undefined> {
    Terms::new(repeats, predictions)?.r2_er()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::scores::Trials;

    fn of(trials: &Trials, predictions: &[f64]) -> Result<f64, Undefined> {
        r2_er(&Repeats::new(trials).unwrap(), predictions)
    }

    #[test]
    fn by_hand() {
        // x = (-1, 0, 1) and z = (-3, 0, 3): x·z = 6, x·x = 2, z·z = 18; s²/K = 2/2: (36 - 2)/(36 - 2 · 2).
        let trials = Trials::new([[0.0, 2.0], [3.0, 5.0], [6.0, 8.0]]);
        assert!((of(&trials, &[1.0, 2.0, 3.0]).unwrap() - 34.0 / 32.0).abs() < 1e-12);
        // A third trial of the first image, at its mean: its variance is 1, s² = 5/3, Σ x²/n = 5/6, u = 4/9.
        let trials = Trials::new([vec![0.0, 2.0, 1.0], vec![3.0, 5.0], vec![6.0, 8.0]]);
        let expected = (36.0 - 25.0 / 18.0) / (36.0 - 4.0 * 5.0 / 3.0 * 4.0 / 9.0);
        assert!((of(&trials, &[1.0, 2.0, 3.0]).unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn what_has_none() {
        let noise = Trials::new([[0.0, 4.0], [4.0, 0.0], [0.0, 4.0]]);
        assert_eq!(of(&noise, &[1.0, 2.0, 3.0]), Err(Undefined::NoSignal));
        let trials = Trials::new([[0.0, 2.0], [3.0, 5.0], [6.0, 8.0]]);
        assert_eq!(of(&trials, &[0.1; 3]), Err(Undefined::ConstantPredictions));
    }
}
