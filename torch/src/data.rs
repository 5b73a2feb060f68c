//! Conversion of data sets to tensors.

use crate::error::NetworkError;
use crate::training::{Recordings, TrainingError};
use ndarray::{Array4, Axis};
use pathscope_core::data::Prepared;
use pathscope_core::data::SplitData;
use tch::{Device, TchError, Tensor};

/// A data set whose images and responses can be copied to a device.
pub trait Recorded {
    /// Returns the memory for the data set and its training and validation tensors, in bytes. On a device
    /// other than the CPU, only the tensors count.
    fn bytes(&self, device: Device) -> u64;

    /// Returns some of the images and responses as tensors on a device.
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError`] if the device has too little memory.
    fn recordings(&self, images: &[usize], device: Device) -> Result<Recordings, TrainingError>;
}

impl Recorded for SplitData {
    fn bytes(&self, device: Device) -> u64 {
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

    fn recordings(&self, images: &[usize], device: Device) -> Result<Recordings, TrainingError> {
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
}

/// Returns images \[images, channels, height, width\] as a tensor on a device.
///
/// # Errors
///
/// Returns [`TchError`] if the device has too little memory.
pub fn image_tensor(images: &Array4<f32>, device: Device) -> Result<Tensor, TchError> {
    let shape: Vec<i64> = images.shape().iter().map(|&size| size as i64).collect();
    let values = images.as_standard_layout();
    Tensor::from_slice(values.as_slice().unwrap_or_default()).f_reshape(shape)?.f_to_device(device)
}
