//! The trials of one neuron, and what most scores need of them.

use super::{FEWEST_IMAGES, Undefined};
use crate::statistics::mean;

/// The responses of one neuron, image by image, to as many trials as each image has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trials {
    responses: Vec<f64>,
    /// The end of each image's trials in `responses`.
    ends: Vec<usize>,
}

impl Trials {
    /// Returns the trials of some images.
    ///
    /// # Arguments
    ///
    /// * `images` - the responses to each image, NaN where there was no trial
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::data::scores::Trials;
    ///
    /// let trials = Trials::new([[1.0, f64::NAN, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!((trials.of(0), trials.of(1)), (&[1.0, 3.0][..], &[4.0, 5.0, 6.0][..]));
    /// ```
    pub fn new<Image: IntoIterator<Item = f64>>(images: impl IntoIterator<Item = Image>) -> Self {
        let mut trials = Self::default();
        for image in images {
            trials.push(image.into_iter().filter(|response| !response.is_nan()));
        }
        trials
    }

    /// Returns the number of images.
    pub fn images(&self) -> usize {
        self.ends.len()
    }

    /// Returns the trials of an image.
    ///
    /// # Panics
    ///
    /// If `image` is not below the number of images.
    pub fn of(&self, image: usize) -> &[f64] {
        let start = image.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.responses[start..self.ends[image]]
    }

    /// Returns the trials of some of the images, given by their indices. An image may occur several times.
    pub(super) fn select(&self, images: &[usize]) -> Self {
        let mut selected = Self::default();
        images.iter().for_each(|&image| selected.push(self.of(image).iter().copied()));
        selected
    }

    /// Returns the trials of each image.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.images()).map(|image| self.of(image))
    }

    /// Returns all trials of all images.
    pub(super) fn pooled(&self) -> &[f64] {
        &self.responses
    }

    /// Returns the number of trials of every image, if it is the same.
    pub(super) fn equal(&self) -> Option<usize> {
        let first = *self.ends.first()?;
        (1..self.images()).all(|image| self.of(image).len() == first).then_some(first)
    }

    /// Returns the trials with a function applied to each response.
    pub(super) fn map(&self, of: impl Fn(f64) -> f64) -> Self {
        let responses = self.responses.iter().map(|&response| of(response)).collect();
        Self { responses, ends: self.ends.clone() }
    }

    fn push(&mut self, trials: impl Iterator<Item = f64>) {
        self.responses.extend(trials);
        self.ends.push(self.responses.len());
    }
}

/// The number, mean and spread of the trials of each image. Most scores follow from these alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Repeats {
    /// n_i
    pub trials: Vec<f64>,
    /// m_i
    pub means: Vec<f64>,
    /// The sum of squared differences of the trials of image i from m_i.
    pub squares: Vec<f64>,
}

impl Repeats {
    /// Summarizes trials.
    ///
    /// # Errors
    ///
    /// [`Undefined::FewImages`], [`Undefined::SingleTrials`] if an image has fewer than two trials, or
    /// [`Undefined::ConstantResponses`] if all trials of all images are equal.
    pub(super) fn new(trials: &Trials) -> Result<Self, Undefined> {
        if trials.images() < FEWEST_IMAGES {
            return Err(Undefined::FewImages);
        }
        if trials.iter().any(|image| image.len() < 2) {
            return Err(Undefined::SingleTrials);
        }
        if crate::statistics::is_constant(trials.pooled()) {
            return Err(Undefined::ConstantResponses);
        }
        let means: Vec<f64> = trials.iter().map(mean_exact).collect();
        let squares = trials
            .iter()
            .zip(&means)
            .map(|(image, mean)| image.iter().map(|response| (response - mean).powi(2)).sum())
            .collect();
        Ok(Self { trials: trials.iter().map(|image| image.len() as f64).collect(), means, squares })
    }

    /// Returns M, the number of images.
    pub(super) fn images(&self) -> f64 {
        self.means.len() as f64
    }

    /// Returns s²: the mean over images of the variance of the trials of each, with n_i - 1.
    pub(super) fn noise_variance(&self) -> f64 {
        mean(self.squares.iter().zip(&self.trials).map(|(squares, trials)| squares / (trials - 1.0)))
    }

    /// Returns u: the mean over images of 1/n_i.
    pub(super) fn mean_inverse_trials(&self) -> f64 {
        mean(self.trials.iter().map(|trials| 1.0 / trials))
    }

    /// Returns the mean of all trials of all images.
    pub(super) fn pooled_mean(&self) -> f64 {
        let sum: f64 = self.means.iter().zip(&self.trials).map(|(mean, trials)| mean * trials).sum();
        sum / self.trials.iter().sum::<f64>()
    }

    /// Returns the sum over images of n_i (m_i - c)², where c is the mean of all trials.
    pub(super) fn squares_between(&self) -> f64 {
        let center = self.pooled_mean();
        self.means.iter().zip(&self.trials).map(|(mean, trials)| trials * (mean - center).powi(2)).sum()
    }

    /// Returns the sum over all trials of squared differences from their image's mean.
    pub(super) fn squares_within(&self) -> f64 {
        self.squares.iter().sum()
    }

    /// Returns the variance of all trials of all images, with their number less 1.
    pub(super) fn pooled_variance(&self) -> f64 {
        (self.squares_between() + self.squares_within()) / (self.trials.iter().sum::<f64>() - 1.0)
    }
}

/// Returns a mean that is exact for equal numbers, so that they have no variance.
fn mean_exact(numbers: &[f64]) -> f64 {
    let first = numbers[0];
    first + mean(numbers.iter().map(|number| number - first))
}
