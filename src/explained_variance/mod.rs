//! Measures of how much of the responses a model explains (paper, Eqs. 3 and C.4).

mod ceiling;

pub(crate) use ceiling::ceilings;
pub use ceiling::{Ceiling, CeilingFormula, correlation_ceiling, trials_needed};

/// Pearson's correlation CC_raw (Eq. 3b).
///
/// # Arguments
///
/// * `a`, `b` - values for the same images in the same order
///
/// # Returns
///
/// Σ (a - ā)(b - b̄) / √(Σ (a - ā)² Σ (b - b̄)²); 0 where one of the series is constant (or empty).
///
/// # Panics
///
/// If the lengths differ.
///
/// # Examples
///
/// Differences from the means (-1, 0, 1) and (-1, 1, 0): 1 / √(2 · 2).
///
/// ```
/// use pathscope::explained_variance::correlation;
///
/// assert!((correlation(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]) - 0.5).abs() < 1e-15);
/// assert_eq!(correlation(&[1.0, 2.0, 3.0], &[0.1, 0.1, 0.1]), 0.0);
/// ```
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "series of different lengths cannot be correlated");
    // The mean of equal numbers may differ from them in the last bit, so this is checked first.
    if is_constant(a) || is_constant(b) {
        return 0.0;
    }
    let (mean_a, mean_b) = (mean(a.iter().copied()), mean(b.iter().copied()));
    let (mut product, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        product += a * b;
        square_a += a * a;
        square_b += b * b;
    }
    // Two roots, so that no product of squares leaves the range of numbers.
    let scale = square_a.sqrt() * square_b.sqrt();
    if scale > 0.0 { (product / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

/// Returns whether all numbers of a series are equal.
pub(crate) fn is_constant(series: &[f64]) -> bool {
    series.windows(2).all(|pair| pair[0] == pair[1])
}

/// CC_norm², the normalized explained variance (Eq. 3a): CC_raw² / CC_max².
///
/// # Returns
///
/// None where the neuron has no CC_max.
///
/// # Examples
///
/// ```
/// use pathscope::explained_variance::normalized_explained_variance;
///
/// assert_eq!(normalized_explained_variance(0.5, Some(0.5)), Some(1.0));
/// assert_eq!(normalized_explained_variance(0.5, None), None);
/// ```
pub fn normalized_explained_variance(raw: f64, ceiling: Option<f64>) -> Option<f64> {
    ceiling.filter(|ceiling| *ceiling > 0.0).map(|ceiling| (raw / ceiling).powi(2))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_of_equal_and_opposite_series() {
        let series = [0.3, -1.0, 2.5, 7.0];
        let opposite: Vec<f64> = series.iter().map(|value| 4.0 - 3.0 * value).collect();
        assert!((correlation(&series, &series) - 1.0).abs() < 1e-15);
        assert!((correlation(&series, &opposite) + 1.0).abs() < 1e-15);
        assert_eq!(correlation(&[], &[]), 0.0);
        assert_eq!(correlation(&[0.1; 3], &[1.0, 2.0, 4.0]), 0.0);
        let large: Vec<f64> = series.iter().map(|value| value * 1e100).collect();
        assert!(correlation(&large, &large) > 0.999);
    }
}
