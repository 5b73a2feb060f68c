//! The interface between networks and the commands that predict with them.

use ndarray::{Array2, Array4, ArrayView4};
use pathscope_core::data::{Moments, Pixels};
use pathscope_core::statistics;
use std::error::Error;

/// An error of an engine, with a message for the user.
pub type Problem = Box<dyn Error + Send + Sync>;

/// A network that predicts responses to images.
pub trait Predictor {
    /// Returns the number of neurons, or `None` if it is known only from the predictions.
    fn neurons(&self) -> Option<usize>;

    /// Returns the iteration of the readout, or `None` if the network has no iterations to choose from.
    fn iterations(&self) -> Option<usize>;

    /// Returns the statistics of the training images, or `None` if the network has no input normalization.
    ///
    /// # Errors
    ///
    /// Returns an error if the statistics cannot be read from the device.
    fn input_statistics(&self) -> Result<Option<InputStatistics>, Problem>;

    /// Checks that the network takes images of this shape.
    ///
    /// # Arguments
    ///
    /// * `images` - \[images, channels, height, width\]
    ///
    /// # Errors
    ///
    /// Returns an error that names the expected shape.
    fn check_images(&self, images: [usize; 4]) -> Result<(), Problem>;

    /// Predicts responses.
    ///
    /// # Arguments
    ///
    /// * `images` - \[images, channels, height, width\], of a shape that the network takes
    /// * `batch` - the batch size in images
    /// * `progress` - a callback with the number of finished images
    ///
    /// # Returns
    ///
    /// \[images, neurons\]
    ///
    /// # Errors
    ///
    /// Returns an error if the network cannot be computed.
    fn predict(
        &self,
        images: &Array4<f32>,
        batch: usize,
        progress: &dyn Fn(usize),
    ) -> Result<Array2<f32>, Problem>;
}

/// The means and variances of the channels of the training images, from the running statistics of a
/// network's input normalization.
#[derive(Clone, Debug, PartialEq)]
pub struct InputStatistics {
    /// The mean of each channel.
    pub means: Vec<f64>,
    /// The variance of each channel.
    pub variances: Vec<f64>,
}

impl InputStatistics {
    /// Returns the mean and standard deviation of all channels together, or `None` if the network is
    /// untrained.
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
        let mean = statistics::mean(self.means.iter().copied());
        let within = statistics::mean(self.variances.iter().copied());
        let between = statistics::variance(&self.means, 0.0);
        let deviation = (within + between).sqrt();
        // Before any training, means are 0 and variances 1.
        let untouched = mean == 0.0 && deviation == 1.0;
        (!untouched && mean.is_finite() && deviation.is_finite() && deviation > 0.0)
            .then_some(Moments { mean, deviation })
    }
}

/// Returns a warning if images differ from those that a network was trained on, with the `--images-scale`
/// that would fit.
///
/// # Arguments
///
/// * `trained_on` - the mean and standard deviation of the training images
/// * `images` - \[images, channels, height, width\], cropped and downsampled
/// * `pixels` - the pixels in the file
/// * `record` - the pixels that the run recorded
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

/// Returns the mean and standard deviation of the images that a network was trained on, if its input
/// normalization has them.
///
/// # Errors
///
/// Returns an error if the statistics cannot be read from the device.
pub(super) fn trained_on(predictor: &dyn Predictor) -> Result<Option<Moments>, Problem> {
    Ok(predictor.input_statistics()?.and_then(|statistics| statistics.trained_on()))
}
