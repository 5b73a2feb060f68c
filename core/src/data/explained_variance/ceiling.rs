//! CC_max: the correlation that an ideal model could reach with averages over a given number of trials.

use crate::statistics::{mean, squared_deviations, variance};
use ndarray::{ArrayView1, ArrayView3, Axis};
use serde::{Deserialize, Serialize};

/// The formula that estimates the CC_max of a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CeilingFormula {
    /// No formula, because no two images have two trials.
    NoTrials,
    /// Eq. 3c, for equal numbers of trials.
    EqualTrials,
    /// CC_max² = 1 - mean_i(s²_i / n_i) / Var(averages), for different numbers of trials.
    UnequalTrials,
}

/// The CC_max of a neuron, with the images and trials behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceiling {
    /// CC_max, if there is one.
    pub cc_max: Option<f64>,
    /// The formula that was used.
    pub formula: CeilingFormula,
    /// The number of images behind it.
    pub images: usize,
    /// The smallest number of trials of these images.
    pub fewest: usize,
    /// The largest number of trials of these images.
    pub most: usize,
}

impl Ceiling {
    /// Estimates the CC_max of one neuron. See [`correlation_ceiling`] for the formulas.
    ///
    /// # Arguments
    ///
    /// * `images` - the trials of each image
    /// * `first` - the number of trials of each image that are used, if it is fixed; `images` then holds only
    ///   these trials, and images with fewer are left out
    ///
    /// # Complexity
    ///
    /// O(responses).
    ///
    /// # Examples
    ///
    /// The averages (1, 4, 7) have a variance of 9 with n - 1. The trials have variances 2, 0 and 8 in 2, 3
    /// and 4 trials: 1 - (2/2 + 0/3 + 8/4) / 3 / 9 = 8/9.
    ///
    /// ```
    /// use pathscope_core::data::explained_variance::{Ceiling, CeilingFormula};
    ///
    /// let root = 6.0_f64.sqrt();
    /// let images = [vec![0.0, 2.0], vec![4.0; 3], vec![7.0 - root, 7.0 - root, 7.0 + root, 7.0 + root]];
    /// let ceiling = Ceiling::new(&images, None);
    /// assert_eq!((ceiling.formula, ceiling.fewest, ceiling.most), (CeilingFormula::UnequalTrials, 2, 4));
    /// assert!((ceiling.cc_max.unwrap().powi(2) - 8.0 / 9.0).abs() < 1e-12);
    /// ```
    pub fn new(images: &[Vec<f64>], first: Option<usize>) -> Self {
        let needed = trials_needed(images.iter().map(Vec::len), first);
        let used: Vec<&[f64]> =
            images.iter().filter(|trials| trials.len() >= needed).map(Vec::as_slice).collect();
        let fewest = used.iter().map(|trials| trials.len()).min().unwrap_or(0);
        let most = used.iter().map(|trials| trials.len()).max().unwrap_or(0);
        let (formula, cc_max) = if fewest < 2 || used.len() < 2 {
            (CeilingFormula::NoTrials, None)
        } else if fewest == most && (first.is_some() || used.len() == images.len()) {
            (CeilingFormula::EqualTrials, of_equal_trials(&used, fewest))
        } else {
            (CeilingFormula::UnequalTrials, of_unequal_trials(&used))
        };
        Self { cc_max, formula, images: used.len(), fewest, most }
    }
}

/// Estimates the CC_max of each neuron: the highest correlation with the averages over all trials that an
/// ideal model can reach.
///
/// If every image m has K trials r_{m,k}, with the average r_m, CC_max is given by Eq. 3c,
///
/// CC_max = √((Var(Σ_k r_{m,k}) - Σ_k Var(r_{m,k})) / (K (K-1) Var(r_m)))
///
/// with variances over the images. Those in the numerator are taken with n-1 and the one in the denominator
/// with n, as in the code of the method's authors. So CC_max can slightly exceed 1 if there is no noise.
///
/// If the numbers of trials n_m differ, the noise of the averages has different variances, and
///
/// CC_max² = 1 - mean_m(s²_m / n_m) / Var(r_m)
///
/// with s²_m the variance of the trials of image m; all variances are taken with n-1. It covers the images
/// with at least two trials, provided that there are two of these. A score that is compared with it must
/// cover averages of the same kind of images ([`trials_needed`]).
///
/// # Arguments
///
/// * `responses` - \[images, trials, neurons\], NaN where there was no trial
///
/// # Returns
///
/// CC_max for each neuron. It is `None` if the squared CC_max is not positive (the responses are all noise),
/// or if no two images have two trials.
///
/// # Complexity
///
/// O(responses).
///
/// # Examples
///
/// Two trials (1, 3, 5) and (2, 3, 4): the sums (3, 6, 9) have variance 9, the trials have variances 4 and 1,
/// and the averages (1.5, 3, 4.5) have variance 1.5 with n. √((9 - 5) / (2 · 1 · 1.5)) = √(4/3).
///
/// ```
/// use ndarray::array;
/// use pathscope_core::data::explained_variance::correlation_ceiling;
///
/// let responses = array![[[1.0], [2.0]], [[3.0], [3.0]], [[5.0], [4.0]]];
/// let ceiling = correlation_ceiling(responses.view());
/// assert!((ceiling[0].unwrap() - (4.0_f64 / 3.0).sqrt()).abs() < 1e-15);
/// ```
pub fn correlation_ceiling<T: Copy + Into<f64>>(responses: ArrayView3<'_, T>) -> Vec<Option<f64>> {
    ceilings(responses, None).into_iter().map(|ceiling| ceiling.cc_max).collect()
}

/// Estimates the ceiling of each neuron.
///
/// # Arguments
///
/// * `responses` - \[images, trials, neurons\], NaN where there was no trial
/// * `first` - the number of trials of each image that are used, if it is fixed; `responses` then holds only
///   these
pub(crate) fn ceilings<T: Copy + Into<f64>>(
    responses: ArrayView3<'_, T>,
    first: Option<usize>,
) -> Vec<Ceiling> {
    responses
        .axis_iter(Axis(2))
        .map(|neuron| {
            let images: Vec<Vec<f64>> = neuron.outer_iter().map(present).collect();
            Ceiling::new(&images, first)
        })
        .collect()
}

/// Returns the number of trials that an image of a neuron needs to count for its ceiling and score.
///
/// A single trial is noisier than the averages behind a ceiling of several trials, and its noise cannot be
/// measured. So if a neuron has images of one trial and at least two images of more, the former are left out
/// of both.
///
/// # Arguments
///
/// * `counts` - the number of trials of each image
/// * `first` - the number of trials of each image that are used, if it is fixed
///
/// # Returns
///
/// `first` if it is given; 2 if images of one trial are left out; otherwise 1, as all images count.
///
/// # Examples
///
/// ```
/// use pathscope_core::data::explained_variance::trials_needed;
///
/// assert_eq!(trials_needed([6, 9, 10].into_iter(), None), 1);
/// assert_eq!(trials_needed([6, 9, 10].into_iter(), Some(8)), 8);
/// assert_eq!(trials_needed([1, 1, 10, 8].into_iter(), None), 2);
/// assert_eq!(trials_needed([1, 1, 1].into_iter(), None), 1);
/// ```
pub fn trials_needed(counts: impl Iterator<Item = usize>, first: Option<usize>) -> usize {
    if let Some(first) = first {
        return first;
    }
    let (mut single, mut several) = (0_usize, 0_usize);
    counts.for_each(|count| if count < 2 { single += 1 } else { several += 1 });
    if single > 0 && several >= 2 { 2 } else { 1 }
}

fn present<T: Copy + Into<f64>>(trials: ArrayView1<'_, T>) -> Vec<f64> {
    trials.iter().map(|&response| response.into()).filter(|response: &f64| !response.is_nan()).collect()
}

/// Returns CC_max by Eq. 3c.
fn of_equal_trials(images: &[&[f64]], trials: usize) -> Option<f64> {
    let sums: Vec<f64> = images.iter().map(|image| image.iter().sum()).collect();
    let of_trial = |trial: usize| -> Vec<f64> { images.iter().map(|image| image[trial]).collect() };
    let noise: f64 = (0..trials).map(|trial| variance(&of_trial(trial), 1.0)).sum();
    let numerator = variance(&sums, 1.0) - noise;
    let count = trials as f64;
    let averages: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
    let denominator = count * (count - 1.0) * squared_deviations(&averages) / images.len() as f64;
    (numerator > 0.0 && denominator > 0.0).then(|| (numerator / denominator).sqrt())
}

fn of_unequal_trials(images: &[&[f64]]) -> Option<f64> {
    let noise = mean(images.iter().map(|trials| variance(trials, 1.0) / trials.len() as f64));
    let averages: Vec<f64> = images.iter().map(|trials| mean(trials.iter().copied())).collect();
    let all = variance(&averages, 1.0);
    (all > noise).then(|| (1.0 - noise / all).sqrt())
}

#[cfg(test)]
mod tests;
