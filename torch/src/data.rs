//! From data sets to tensors.

use crate::error::NetworkError;
use crate::training::{Recordings, TrainingError};
use ndarray::{Array4, Axis};
use pathscope::dataset::{Dataset, DatasetError, Prepared, Split};
use pathscope::evaluation::EvaluatedPart;
use pathscope::run::Settings;
use tch::{Device, TchError, Tensor};

/// A data set with what a run makes of it.
#[derive(Debug)]
pub struct SplitData {
    /// As it lies in its folder.
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
    pub fn open(settings: &Settings) -> Result<Self, DatasetError> {
        let dataset = Dataset::open_with(&settings.data, &settings.open_options())?;
        let prepared = dataset.prepare(&settings.preprocessing())?;
        let images = dataset.images.len_of(Axis(0));
        let groups = dataset.groups.as_deref();
        let split = Split::new(images, groups, settings.split_seed, settings.train_fraction)?;
        Ok(Self { dataset, prepared, split })
    }

    /// Channels, height and width of an image.
    pub fn image_size(&self) -> [usize; 3] {
        let (_, channels, height, width) = self.prepared.images.dim();
        [channels, height, width]
    }

    /// The memory of the data set and of what trains and validates, in bytes; on another device than the CPU
    /// only what is there.
    pub fn bytes(&self, device: Device) -> u64 {
        const FLOAT: usize = size_of::<f32>();
        let [channels, height, width] = self.image_size();
        let seen = self.split.train.len() + self.split.validation.len();
        let tensors = seen * (channels * height * width + self.prepared.targets.ncols()) * FLOAT;
        let arrays = if device == Device::Cpu {
            let Prepared { images, targets, .. } = &self.prepared;
            let dataset = self.dataset.images.len() + self.dataset.responses.len();
            (images.len() + targets.len() + dataset) * FLOAT
        } else {
            0
        };
        (tensors + arrays) as u64
    }

    /// The images of a part of the data set.
    pub fn images_of(&self, part: EvaluatedPart) -> Vec<usize> {
        match part {
            EvaluatedPart::Train => self.split.train.clone(),
            EvaluatedPart::Validation => self.split.validation.clone(),
            EvaluatedPart::Test => self.split.test.clone(),
            EvaluatedPart::All => (0..self.dataset.images.dim().0).collect(),
        }
    }

    /// Some of the images and responses on a device.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] where the device has no room.
    pub fn recordings(&self, images: &[usize], device: Device) -> Result<Recordings, TrainingError> {
        let responses = self.prepared.targets.select(Axis(0), images);
        let shape: Vec<i64> = responses.shape().iter().map(|&size| size as i64).collect();
        let values: Vec<f32> = responses.into_iter().collect();
        let responses =
            Tensor::from_slice(&values).f_reshape(shape).and_then(|each| each.f_to_device(device));
        Ok(Recordings {
            images: image_tensor(&self.prepared.images.select(Axis(0), images), device)
                .map_err(NetworkError::from)?,
            responses: responses.map_err(NetworkError::from)?,
        })
    }

    /// The mean response of each neuron over the training images.
    pub fn mean_responses(&self) -> Vec<f32> {
        let train = self.prepared.targets.select(Axis(0), &self.split.train).mapv(f64::from);
        let mean = |column: ndarray::ArrayView1<'_, f64>| column.mean().unwrap_or(0.0) as f32;
        train.columns().into_iter().map(mean).collect()
    }
}

/// Images [number, channels, height, width] as a tensor.
///
/// # Errors
///
/// [`TchError`] where the device has no room.
pub fn image_tensor(images: &Array4<f32>, device: Device) -> Result<Tensor, TchError> {
    let shape: Vec<i64> = images.shape().iter().map(|&size| size as i64).collect();
    let values = images.as_standard_layout();
    Tensor::from_slice(values.as_slice().unwrap_or_default()).f_reshape(shape)?.f_to_device(device)
}
