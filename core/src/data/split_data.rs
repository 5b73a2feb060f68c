//! Data sets prepared and split for a model.

use super::{Dataset, DatasetError, OpenOptions, Prepared, Preprocessing, ResponseScaling, Split};
use crate::data::evaluation::EvaluatedPart;
use ndarray::{Array2, ArrayView1, Axis};
use std::path::Path;

/// A data set that has been prepared and split for a model.
#[derive(Debug)]
pub struct SplitData {
    /// The data set as stored in its folder.
    pub dataset: Dataset,
    /// Images and responses as networks see them.
    pub prepared: Prepared,
    /// The split of the images.
    pub split: Split,
    /// How images and responses were prepared.
    pub preprocessing: Preprocessing,
    /// The seed of the split.
    pub split_seed: u64,
}

impl SplitData {
    /// Opens, prepares and splits a data set.
    ///
    /// # Arguments
    ///
    /// * `folder` - the folder of the data set
    /// * `options` - how its files are read
    /// * `preprocessing` - how images and responses are prepared
    /// * `split_seed` - the seed of the split
    /// * `train_fraction` - the fraction of the training images that is used
    ///
    /// # Errors
    ///
    /// [`DatasetError`]
    ///
    /// # Complexity
    ///
    /// O(files).
    pub fn open(
        folder: &Path,
        options: &OpenOptions,
        preprocessing: Preprocessing,
        split_seed: u64,
        train_fraction: f64,
    ) -> Result<Self, DatasetError> {
        let dataset = Dataset::open_with(folder, options)?;
        let prepared = dataset.prepare(&preprocessing)?;
        let images = dataset.images.len_of(Axis(0));
        let groups = dataset.groups.as_deref();
        let split = Split::new(images, groups, split_seed, train_fraction)?;
        Ok(Self { dataset, prepared, split, preprocessing, split_seed })
    }

    /// Returns channels, height and width of an image.
    pub fn image_size(&self) -> [usize; 3] {
        let (_, channels, height, width) = self.prepared.images.dim();
        [channels, height, width]
    }

    /// Returns the images of a part of the data set.
    pub fn images_of(&self, part: EvaluatedPart) -> Vec<usize> {
        match part {
            EvaluatedPart::Train => self.split.train.clone(),
            EvaluatedPart::Validation => self.split.validation.clone(),
            EvaluatedPart::Test => self.split.test.clone(),
            EvaluatedPart::All => (0..self.dataset.images.dim().0).collect(),
        }
    }

    /// Converts predictions \[images, neurons\] of a network that was trained on these data into the units of
    /// the recorded responses.
    ///
    /// # Panics
    ///
    /// If the number of neurons differs.
    ///
    /// # Complexity
    ///
    /// O(responses).
    pub fn in_units_of_responses(&self, mut predictions: Array2<f64>) -> Array2<f64> {
        if let ResponseScaling::MeanTimes(factor) = self.preprocessing.response_scaling {
            let means = self.dataset.trial_average().mean_axis(Axis(0)).unwrap_or_default();
            predictions *= &(means / f64::from(factor));
        }
        predictions
    }

    /// Returns the mean response of each neuron over the training images.
    ///
    /// # Complexity
    ///
    /// O(images · neurons).
    pub fn mean_responses(&self) -> Vec<f32> {
        let train = self.prepared.targets.select(Axis(0), &self.split.train).mapv(f64::from);
        let mean = |column: ArrayView1<'_, f64>| column.mean().unwrap_or(0.0) as f32;
        train.columns().into_iter().map(mean).collect()
    }
}
