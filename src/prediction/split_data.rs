//! A data set as a run uses it.

use crate::dataset::{Dataset, DatasetError, Prepared, Split};
use crate::evaluation::EvaluatedPart;
use crate::run::Settings;
use ndarray::{ArrayView1, Axis};

/// A data set with what a run makes of it.
#[derive(Debug)]
pub struct SplitData {
    /// The data set as it lies in its folder.
    pub dataset: Dataset,
    /// Images and responses as networks see them.
    pub prepared: Prepared,
    /// Which images are for what.
    pub split: Split,
}

impl SplitData {
    /// Opens, prepares and splits the data set of a run.
    ///
    /// # Errors
    ///
    /// [`DatasetError`]
    ///
    /// # Complexity
    ///
    /// O(files).
    pub fn open(settings: &Settings) -> Result<Self, DatasetError> {
        let dataset = Dataset::open_with(&settings.data, &settings.open_options())?;
        let prepared = dataset.prepare(&settings.preprocessing())?;
        let images = dataset.images.len_of(Axis(0));
        let groups = dataset.groups.as_deref();
        let split = Split::new(images, groups, settings.split_seed, settings.train_fraction)?;
        Ok(Self { dataset, prepared, split })
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
