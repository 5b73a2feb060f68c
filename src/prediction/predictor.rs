//! What computes predictions.

use ndarray::{Array2, Array4, ArrayView4};
use pathscope_core::data::{Moments, Pixels};
use std::error::Error;

/// Whatever is wrong with a network, in words for the user.
pub type Problem = Box<dyn Error + Send + Sync>;

/// A network that predicts responses to images.
pub trait Predictor {
    /// Returns how many responses it predicts to an image; `None` where only its predictions show that.
    fn neurons(&self) -> Option<usize>;

    /// Returns the iteration that it is read out at, as if it had stopped there; `None` of a network without iterations
    /// that can be chosen.
    fn iterations(&self) -> Option<usize>;

    /// Returns what its input normalization keeps of the images that it was trained on; `None` where it has none.
    ///
    /// # Errors
    ///
    /// Where the numbers cannot be fetched.
    fn input_statistics(&self) -> Result<Option<InputStatistics>, Problem>;

    /// Checks that it takes images of a shape.
    ///
    /// # Arguments
    ///
    /// * `images` - \[images, channels, height, width\]
    ///
    /// # Errors
    ///
    /// Where it does not, with what it takes.
    fn check_images(&self, images: [usize; 4]) -> Result<(), Problem>;

    /// Predicts responses.
    ///
    /// # Arguments
    ///
    /// * `images` - \[images, channels, height, width\], of a shape that it takes
    /// * `batch` - how many of them are computed at once
    /// * `progress` - hears how many are done
    ///
    /// # Returns
    ///
    /// \[images, neurons\]
    ///
    /// # Errors
    ///
    /// Where it cannot be computed.
    fn predict(
        &self,
        images: &Array4<f32>,
        batch: usize,
        progress: &dyn Fn(usize),
    ) -> Result<Array2<f32>, Problem>;
}

/// Means and variances of the channels of the images that a network was trained on, as its input normalization keeps
/// them.
#[derive(Clone, Debug, PartialEq)]
pub struct InputStatistics {
    /// The mean of each channel.
    pub means: Vec<f64>,
    /// The variance of each channel.
    pub variances: Vec<f64>,
}

impl InputStatistics {
    /// Returns mean and standard deviation of all channels together; `None` where no image has gone through the
    /// normalization.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::prediction::InputStatistics;
    ///
    /// let trained = InputStatistics { means: vec![0.0, 2.0], variances: vec![3.0, 3.0] };
    /// let moments = trained.trained_on().unwrap();
    /// assert_eq!((moments.mean, moments.deviation), (1.0, 2.0));
    /// let untouched = InputStatistics { means: vec![0.0], variances: vec![1.0] };
    /// assert_eq!(untouched.trained_on(), None);
    /// ```
    pub fn trained_on(&self) -> Option<Moments> {
        let count = self.means.len() as f64;
        let mean = self.means.iter().sum::<f64>() / count;
        let within = self.variances.iter().sum::<f64>() / count;
        let between = self.means.iter().map(|each| (each - mean).powi(2)).sum::<f64>() / count;
        let deviation = (within + between).sqrt();
        // These are the values before any training.
        let untouched = mean == 0.0 && deviation == 1.0;
        (!untouched && mean.is_finite() && deviation.is_finite() && deviation > 0.0)
            .then_some(Moments { mean, deviation })
    }
}

/// Returns why a network may not understand some images, with the `--images-scale` that would fit.
///
/// # Arguments
///
/// * `trained_on` - what its input normalization says of the images that it was trained on
/// * `images` - \[images, channels, height, width\] as it sees them, cropped and downsampled
/// * `pixels` - what they are made of
/// * `record` - the pixels that its run recorded
///
/// # Complexity
///
/// O(pixels).
pub(super) fn unlike_training(
    trained_on: Option<Moments>,
    images: ArrayView4<'_, f32>,
    pixels: &Pixels,
    record: Option<&Pixels>,
) -> Option<String> {
    let unlike = trained_on.and_then(|moments| moments.unlike(Moments::of_images(images), pixels));
    unlike.or_else(|| record.and_then(|record| pixels.unlike_training(record)))
}

/// Returns mean and standard deviation of the images that a network was trained on, where its input normalization says
/// them.
///
/// # Errors
///
/// Where the numbers cannot be fetched.
pub(super) fn trained_on(predictor: &dyn Predictor) -> Result<Option<Moments>, Problem> {
    Ok(predictor.input_statistics()?.and_then(|statistics| statistics.trained_on()))
}
