//! Correlations.

use super::mean::mean;

/// The fewest points for a correlation; fewer always lie on a line.
pub(crate) const FEWEST: usize = 3;
/// The smallest fraction of variance that may remain; any less is rounding.
const LEAST_LEFT: f64 = 1e-12;

/// Returns Pearson's correlation, 0 where it is undefined (CC_raw, paper, Eq. 3b).
///
/// # Arguments
///
/// * `a`, `b` - values for the same images in the same order
///
/// # Returns
///
/// Σ (a - ā)(b - b̄) / √(Σ (a - ā)² Σ (b - b̄)²); 0 if a series is constant or empty.
///
/// # Panics
///
/// If the lengths differ.
///
/// # Examples
///
/// The differences from the means are (-1, 0, 1) and (-1, 1, 0), which gives 1 / √(2 · 2).
///
/// ```
/// use pathscope_core::statistics::correlation;
///
/// assert!((correlation(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]) - 0.5).abs() < 1e-15);
/// assert_eq!(correlation(&[1.0, 2.0, 3.0], &[0.1, 0.1, 0.1]), 0.0);
/// ```
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "series of different lengths cannot be correlated");
    // The mean of equal numbers may differ from them in the last bit, so this case is checked first.
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
    // The product of two roots, because the product of the squares may overflow.
    let scale = square_a.sqrt() * square_b.sqrt();
    if scale > 0.0 { (product / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

/// Returns whether all values of a series are equal, as they are if there is at most one.
///
/// # Examples
///
/// ```
/// use pathscope_core::statistics::is_constant;
///
/// assert!(is_constant([0.1, 0.1]));
/// assert!(!is_constant([0.1, 0.1, 0.2]));
/// ```
pub fn is_constant<T: PartialEq>(series: impl IntoIterator<Item = T>) -> bool {
    let mut series = series.into_iter();
    series.next().is_none_or(|first| series.all(|value| value == first))
}

/// Returns Pearson's r.
///
/// # Arguments
///
/// * `x`, `y` - values of the same items in the same order
///
/// # Returns
///
/// The correlation; `None` for fewer than three items, or if all values of a series are equal.
///
/// # Panics
///
/// If the lengths differ.
///
/// # Complexity
///
/// O(n).
///
/// # Examples
///
/// The differences from the means are (-1, 0, 1) and (-1, 1, 0), which gives 1 / √(2 · 2).
///
/// ```
/// use pathscope_core::statistics::pearson;
///
/// assert!((pearson(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]).unwrap() - 0.5).abs() < 1e-15);
/// assert_eq!(pearson(&[1.0, 2.0, 3.0], &[1.0, 1.0, 1.0]), None);
/// assert_eq!(pearson(&[1.0, 2.0], &[1.0, 3.0]), None);
/// ```
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let says_something = x.len() >= FEWEST && !is_constant(x) && !is_constant(y);
    says_something.then(|| correlation(x, y))
}

/// Returns the ranks of values, from 1. Equal values have the mean of their ranks.
///
/// # Complexity
///
/// O(n log n).
///
/// # Examples
///
/// ```
/// use pathscope_core::statistics::mid_ranks;
///
/// assert_eq!(mid_ranks(&[5.0, 1.0, 5.0, 7.0]), [2.5, 1.0, 2.5, 4.0]);
/// ```
pub fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let all: Vec<usize> = (0..values.len()).collect();
    Order::of(values).mid_ranks(&all)
}

/// The order of values, which gives the ranks of any selection of them without sorting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// For each value, the number of distinct smaller values.
    places: Vec<usize>,
    /// The number of distinct values.
    different: usize,
}

impl Order {
    /// Returns the order of some values.
    ///
    /// # Complexity
    ///
    /// O(n log n).
    pub fn of(values: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
        let mut places = vec![0; values.len()];
        let mut different = 0;
        for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
            equal.iter().for_each(|&index| places[index] = different);
            different += 1;
        }
        Self { places, different }
    }

    /// Returns the [`mid_ranks`] of a selection of the values, given by their indices.
    ///
    /// # Panics
    ///
    /// If an index is out of range.
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::statistics::Order;
    ///
    /// let order = Order::of(&[5.0, 1.0, 5.0, 7.0]);
    /// assert_eq!(order.mid_ranks(&[3, 2, 3]), [2.5, 1.0, 2.5]);
    /// ```
    pub fn mid_ranks(&self, chosen: &[usize]) -> Vec<f64> {
        let mut counts = vec![0; self.different];
        chosen.iter().for_each(|&index| counts[self.places[index]] += 1);
        let mut before = 0;
        let ranks: Vec<f64> = counts
            .iter()
            .map(|&count| {
                // The mean of before + 1, …, before + count.
                let rank = f64::from(before) + f64::from(count + 1) / 2.0;
                before += count;
                rank
            })
            .collect();
        chosen.iter().map(|&index| ranks[self.places[index]]).collect()
    }
}

/// Returns Spearman's ρ: Pearson's r of the ranks, with mid-ranks for equal values.
///
/// # Returns
///
/// The correlation; `None` where [`pearson`] returns `None`.
///
/// # Panics
///
/// If the lengths differ.
///
/// # Complexity
///
/// O(n log n).
///
/// # Examples
///
/// The ranks are (1, 2, 3, 4) and (1, 2.5, 2.5, 4), with a mean of 2.5. The products of the differences sum
/// to 2.25 + 0 + 0 + 2.25 = 4.5, their squares to 5 and 4.5, so ρ = 4.5 / √22.5 = √0.9.
///
/// ```
/// use pathscope_core::statistics::spearman;
///
/// let rho = spearman(&[1.0, 2.0, 4.0, 8.0], &[0.1, 0.2, 0.2, 0.9]).unwrap();
/// assert!((rho - 0.9_f64.sqrt()).abs() < 1e-15);
/// ```
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&mid_ranks(x), &mid_ranks(y))
}

/// Returns the partial correlation of x and y given z, computed from the three pairwise correlations:
///
/// r_xy·z = (r_xy - r_xz r_yz) / √((1 - r_xz²)(1 - r_yz²))
///
/// This is the correlation left after the linear effect of z is removed from x and y.
///
/// # Returns
///
/// The correlation; `None` for fewer than four items, if a series is constant, or if z determines x or y.
///
/// # Panics
///
/// If the lengths differ.
///
/// # Complexity
///
/// O(n).
///
/// # Examples
///
/// Three series with a pairwise r of 1/2: (1/2 - 1/4) / √(3/4 · 3/4) = 1/3.
///
/// ```
/// use pathscope_core::statistics::partial;
///
/// let x = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0, -1.0];
/// let y = [1.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0, -1.0];
/// let z = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0];
/// assert!((partial(&x, &y, &z).unwrap() - 1.0 / 3.0).abs() < 1e-15);
/// assert_eq!(partial(&x, &y, &x), None);
/// ```
pub fn partial(x: &[f64], y: &[f64], z: &[f64]) -> Option<f64> {
    if x.len() <= FEWEST {
        return None;
    }
    partial_of(pearson(x, y)?, pearson(x, z)?, pearson(y, z)?)
}

/// Returns the partial correlation of x and y given z from the three pairwise correlations, as in
/// [`partial`].
pub fn partial_of(xy: f64, xz: f64, yz: f64) -> Option<f64> {
    let (left_x, left_y) = (1.0 - xz * xz, 1.0 - yz * yz);
    let known = left_x > LEAST_LEFT && left_y > LEAST_LEFT;
    known.then(|| ((xy - xz * yz) / (left_x * left_y).sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

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

    /// Returns the residuals of a series after linear regression on another.
    fn residuals(y: &[f64], x: &[f64]) -> Vec<f64> {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mean_x, mean_y) = (mean(x), mean(y));
        let slope = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>()
            / x.iter().map(|x| (x - mean_x).powi(2)).sum::<f64>();
        x.iter().zip(y).map(|(x, y)| y - mean_y - slope * (x - mean_x)).collect()
    }

    proptest! {
        #[test]
        fn a_partial_correlation_is_that_of_the_residuals(points in vec(any::<[i8; 3]>(), 4..20)) {
            let [x, y, z] = [0, 1, 2].map(|axis| points.iter().map(|point| f64::from(point[axis])).collect::<Vec<_>>());
            if let Some(r) = partial(&x, &y, &z) {
                let (x, y) = (residuals(&x, &z), residuals(&y, &z));
                let expected = pearson(&x, &y).unwrap();
                prop_assert!((r - expected).abs() < 1e-6, "{r} {expected}");
            }
        }

        #[test]
        fn ranks_do_not_change_with_what_keeps_the_order(values in vec(-20..20_i32, 3..20), other in vec(-20..20_i32, 20)) {
            let reals: Vec<f64> = values.iter().copied().map(f64::from).collect();
            let cubes: Vec<f64> = reals.iter().map(|value| value.powi(3)).collect();
            let other: Vec<f64> = other[..values.len()].iter().copied().map(f64::from).collect();
            prop_assert_eq!(spearman(&reals, &other), spearman(&cubes, &other));
            let n = values.len() as f64;
            prop_assert_eq!(mid_ranks(&reals).iter().sum::<f64>(), n * (n + 1.0) / 2.0);
            // A selection has the same ranks as on its own.
            let chosen: Vec<usize> = values.iter().map(|value| value.unsigned_abs() as usize % values.len()).collect();
            let alone: Vec<f64> = chosen.iter().map(|&index| reals[index]).collect();
            prop_assert_eq!(Order::of(&reals).mid_ranks(&chosen), mid_ranks(&alone));
        }
    }

    #[test]
    fn too_few_or_constant_is_nothing() {
        assert_eq!(pearson(&[], &[]), None);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0]), None);
        assert_eq!(partial(&[1.0, 2.0, 4.0], &[1.0, 3.0, 2.0], &[0.0, 1.0, 0.0]), None);
    }
}
