//! CC_max: how well an ideal model could predict averages over so many trials.

use super::mean;
use ndarray::{ArrayView1, ArrayView3, Axis};
use serde::{Deserialize, Serialize};

/// The formula by which the CC_max of a neuron was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CeilingFormula {
    /// No formula: there are no two images with two trials to compare.
    NoTrials,
    /// Eq. 3c, since there are as many trials of each image.
    EqualTrials,
    /// CC_max² = 1 - mean_i(s²_i / n_i) / Var(averages), since numbers of trials differ.
    UnequalTrials,
}

/// The CC_max of a neuron, and the images and trials that it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceiling {
    /// CC_max, if there is one.
    pub cc_max: Option<f64>,
    /// The formula by which it was estimated.
    pub formula: CeilingFormula,
    /// The images that it is over.
    pub images: usize,
    /// The fewest trials of one of them.
    pub fewest: usize,
    /// The most trials of one of them.
    pub most: usize,
}

impl Ceiling {
    /// The CC_max of one neuron.
    ///
    /// See [`correlation_ceiling`] for the formulas.
    ///
    /// # Arguments
    ///
    /// * `images` - the trials of each image
    /// * `first` - how many trials of each image are used, where that was decided; they are already the only ones, and images
    ///   with fewer are left out
    ///
    /// # Complexity
    ///
    /// O(responses).
    ///
    /// # Examples
    ///
    /// Averages (1, 4, 7) of variance 9 with n - 1. The trials have variances 2, 0 and 8 in 2, 3 and 4 trials:
    /// 1 - (2/2 + 0/3 + 8/4) / 3 / 9 = 8/9.
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

/// CC_max of each neuron: the highest correlation with the averages over all trials that an ideal model can
/// reach.
///
/// Where there are K trials r_{m,k} of every image m, with the averages r_m, it is that of Eq. 3c,
///
/// CC_max = √((Var(Σ_k r_{m,k}) - Σ_k Var(r_{m,k})) / (K (K-1) Var(r_m)))
///
/// with variances over the images; those in the numerator are taken with n-1 and the one in
/// the denominator with n, as in the code of the method's authors. It can therefore be a little
/// more than 1 where there is no noise.
///
/// Where numbers of trials n_m differ, averages have noise of different variance, and
///
/// CC_max² = 1 - mean_m(s²_m / n_m) / Var(r_m)
///
/// with s²_m the variance of the trials of image m; all variances are taken with n-1. It is over the images with
/// at least two trials, as long as there are two of these: a score that is compared with it must be over the averages
/// of the same kind of images ([`trials_needed`]).
///
/// # Arguments
///
/// * `responses` - \[images, trials, neurons\], NaN where there was no trial
///
/// # Returns
///
/// A number for each neuron, and none where the squared CC_max is not positive (the noise is all there
/// is), or where there are no two images with two trials.
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
/// use pathscope_core::data::explained_variance::correlation_ceiling;
///
/// let responses = array![[[1.0], [2.0]], [[3.0], [3.0]], [[5.0], [4.0]]];
/// let ceiling = correlation_ceiling(responses.view());
/// assert!((ceiling[0].unwrap() - (4.0_f64 / 3.0).sqrt()).abs() < 1e-15);
/// ```
pub fn correlation_ceiling<T: Copy + Into<f64>>(responses: ArrayView3<'_, T>) -> Vec<Option<f64>> {
    ceilings(responses, None).into_iter().map(|ceiling| ceiling.cc_max).collect()
}

/// The ceiling of each neuron.
///
/// # Arguments
///
/// * `responses` - \[images, trials, neurons\], NaN where there was no trial
/// * `first` - how many trials of each image are used, where that was decided; they are already the only ones
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

/// Returns the number of trials that an image of a neuron needs to belong to its ceiling and score.
///
/// An average of a single trial is more variable than ceilings of several trials say, and its noise cannot be
/// measured. Where a neuron has images of one trial and at least two of more, the former are therefore left out of both.
///
/// # Arguments
///
/// * `counts` - the number of trials of each image
/// * `first` - the number of trials of each image that are used, where that was decided
///
/// # Returns
///
/// `first` where it is given; 2 where images of one trial are left out; else 1, as all images belong to it.
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
    let sums = || images.iter().map(|image| image.iter().sum::<f64>());
    let (images_count, count) = (images.len() as f64, trials as f64);
    let with_one_less = |squares: f64| squares / (images_count - 1.0);
    let noise: f64 =
        (0..trials).map(|trial| with_one_less(squares(|| images.iter().map(|image| image[trial])))).sum();
    let numerator = with_one_less(squares(sums)) - noise;
    let denominator = count * (count - 1.0) * squares(|| sums().map(|sum| sum / count)) / images_count;
    (numerator > 0.0 && denominator > 0.0).then(|| (numerator / denominator).sqrt())
}

fn of_unequal_trials(images: &[&[f64]]) -> Option<f64> {
    let variance_of_average = |trials: &&[f64]| {
        let count = trials.len() as f64;
        squares(|| trials.iter().copied()) / (count - 1.0) / count
    };
    let noise = mean(images.iter().map(variance_of_average));
    let averages = || images.iter().map(|trials| mean(trials.iter().copied()));
    let all = squares(averages) / (images.len() as f64 - 1.0);
    (all > noise).then(|| (1.0 - noise / all).sqrt())
}

/// The sum of squared differences from the mean.
fn squares<I: Iterator<Item = f64>>(values: impl Fn() -> I) -> f64 {
    let mean = mean(values());
    values().map(|value| (value - mean).powi(2)).sum()
}

#[cfg(test)]
mod tests;
