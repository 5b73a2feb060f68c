//! FEV: the fraction of the variance of single trials that is explainable.

use super::{Repeats, Undefined};

/// Returns FEV = (V - s²)/V, with V the pooled variance (Cadena et al. 2019, PLOS Computational Biology 15:
/// e1006897; `explainable_var` of neuralpredictors).
///
/// Numbers of trials may differ: V is over all trials, and s² is the mean over images.
pub(super) fn fev(repeats: &Repeats) -> Result<f64, Undefined> {
    let total = repeats.pooled_variance();
    if total > 0.0 { Ok((total - repeats.noise_variance()) / total) } else { Err(Undefined::Overflow) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::scores::Trials;

    #[test]
    fn by_hand() {
        // The variances of the trials are 2, 2 and 8, with mean 4. The six responses have mean 4 and squared
        // differences 16, 4, 1, 1, 1 and 25, so V = 48/5.
        let trials = Trials::new([[0.0, 2.0], [3.0, 5.0], [5.0, 9.0]]);
        let found = fev(&Repeats::new(&trials).unwrap()).unwrap();
        assert!((found - (9.6 - 4.0) / 9.6).abs() < 1e-12, "{found}");
    }
}
