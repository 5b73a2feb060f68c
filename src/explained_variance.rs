//! How much of the responses a model explains (paper, Eqs. 3 and C.4).

use ndarray::{ArrayView1, ArrayView3, Axis};

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
    // A mean of equal numbers need not be that number to the last bit, so this is asked first.
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

/// Whether all numbers of a series are equal.
pub(crate) fn is_constant(series: &[f64]) -> bool {
    series.windows(2).all(|pair| pair[0] == pair[1])
}

/// CC_max of each neuron: the highest correlation that an ideal model can reach (Eq. 3c).
///
/// With K trials r_{m,k} of each image m and their averages r_m,
///
/// CC_max = √((Var(Σ_k r_{m,k}) - Σ_k Var(r_{m,k})) / (K (K-1) Var(r_m)))
///
/// with variances over the images; those in the numerator are taken with n-1 and the one in
/// the denominator with n, as in the code of the method's authors. It can therefore be a little
/// more than 1 where there is no noise.
///
/// # Arguments
///
/// * `responses` - \[images, trials, neurons\], NaN where there was no trial. K is the neuron's smallest
///   number of trials of an image, and of every image its first K trials are used.
///
/// # Returns
///
/// A number for each neuron, and none where the numerator is not positive (the noise is all there
/// is), or where there are fewer than two trials or images.
///
/// # Complexity
///
/// O(responses).
///
/// # Examples
///
/// Two trials (1, 3, 5) and (2, 3, 4): sums (3, 6, 9) of variance 9, variances 4 and 1, averages (1.5, 3, 4.5)
/// of variance 1.5 with n. √((9 - 5) / (2 · 1 · 1.5)) = √(4/3).
///
/// ```
/// use ndarray::array;
/// use pathscope::explained_variance::correlation_ceiling;
///
/// let responses = array![[[1.0], [2.0]], [[3.0], [3.0]], [[5.0], [4.0]]];
/// let ceiling = correlation_ceiling(responses.view());
/// assert!((ceiling[0].unwrap() - (4.0_f64 / 3.0).sqrt()).abs() < 1e-15);
/// ```
pub fn correlation_ceiling<T: Copy + Into<f64>>(responses: ArrayView3<'_, T>) -> Vec<Option<f64>> {
    responses
        .axis_iter(Axis(2))
        .map(|neuron| {
            let images: Vec<Vec<f64>> = neuron.outer_iter().map(present).collect();
            ceiling(&images)
        })
        .collect()
}

fn present<T: Copy + Into<f64>>(trials: ArrayView1<'_, T>) -> Vec<f64> {
    trials.iter().map(|&response| response.into()).filter(|response: &f64| !response.is_nan()).collect()
}

fn ceiling(images: &[Vec<f64>]) -> Option<f64> {
    let trials = images.iter().map(Vec::len).min()?;
    if trials < 2 || images.len() < 2 {
        return None;
    }
    let sums = || images.iter().map(|image| image[..trials].iter().sum::<f64>());
    let (images_count, count) = (images.len() as f64, trials as f64);
    let with_one_less = |squares: f64| squares / (images_count - 1.0);
    let noise: f64 =
        (0..trials).map(|trial| with_one_less(squares(|| images.iter().map(|image| image[trial])))).sum();
    let numerator = with_one_less(squares(sums)) - noise;
    let denominator = count * (count - 1.0) * squares(|| sums().map(|sum| sum / count)) / images_count;
    (numerator > 0.0 && denominator > 0.0).then(|| (numerator / denominator).sqrt())
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

/// The sum of squared differences from the mean.
fn squares<I: Iterator<Item = f64>>(values: impl Fn() -> I) -> f64 {
    let mean = mean(values());
    values().map(|value| (value - mean).powi(2)).sum()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrays::read_npy;
    use ndarray::{Array3, Ix3, s};
    use std::path::Path;

    fn fixture(name: &str) -> ndarray::ArrayD<f64> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference/ccnorm");
        read_npy(&folder.join(name)).unwrap().0.to_f64()
    }

    /// [images, trials, neurons]
    fn reference() -> Array3<f64> {
        let responses = fixture("responses.npy").into_dimensionality::<Ix3>().unwrap();
        responses.permuted_axes([2, 1, 0]).as_standard_layout().into_owned()
    }

    #[test]
    fn the_authors_numbers() {
        let found = correlation_ceiling(reference().view());
        let expected = fixture("cc_max.npy");
        assert_eq!(found.len(), expected.len());
        let mut ceilings = 0;
        for (neuron, (found, expected)) in found.iter().zip(&expected).enumerate() {
            match found {
                Some(found) => {
                    assert!((found - expected).abs() < 1e-10, "{neuron}: {found} {expected}");
                    ceilings += 1;
                }
                None => assert!(expected.is_nan(), "{neuron}: {expected}"),
            }
        }
        assert!(ceilings > 0);
    }

    #[test]
    fn only_as_many_trials_as_every_image_has() {
        let all = reference();
        let first_eight = correlation_ceiling(all.slice(s![.., ..8, ..]));
        let mut some = all.clone();
        // Image 3 has eight trials, at other places than the first; others have more.
        some.slice_mut(s![3, 8.., ..]).fill(f64::NAN);
        some.slice_mut(s![5, 20..30, ..]).fill(f64::NAN);
        assert_eq!(correlation_ceiling(some.view()), first_eight);
    }

    #[test]
    fn neurons_without_a_ceiling() {
        let opposite = ndarray::array![[[1.0_f32], [2.0]], [[2.0], [1.0]]];
        assert_eq!(correlation_ceiling(opposite.view()), [None]);
        assert_eq!(correlation_ceiling(Array3::<f32>::ones((9, 4, 2)).view()), [None, None]);
        assert_eq!(correlation_ceiling(reference().slice(s![.., ..1, ..])), vec![None; 10]);
        assert_eq!(correlation_ceiling(reference().slice(s![..1, .., ..])), vec![None; 10]);
        assert!(correlation_ceiling(Array3::<f32>::ones((0, 4, 0)).view()).is_empty());
        assert_eq!(correlation_ceiling(Array3::<f32>::ones((0, 4, 1)).view()), [None]);
    }

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
