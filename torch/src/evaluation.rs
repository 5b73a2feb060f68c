//! How well a trained network predicts recordings (paper, C.4).

use crate::data::{SplitData, image_tensor};
use crate::device::DeviceName;
use crate::error::NetworkError;
use crate::network::Network;
use ndarray::{Array2, Array4, Axis, s};
use pathscope::evaluation::Scores;
use tch::{Device, Kind};

/// The predicted responses [images, neurons] to images, computed `batch` at a time.
///
/// # Arguments
///
/// * `progress` - hears how many images are done
///
/// # Errors
///
/// As of [`Network::readings`].
pub fn predict(
    network: &Network,
    images: &Array4<f32>,
    batch: usize,
    device: DeviceName,
    progress: impl Fn(usize),
) -> Result<Array2<f32>, NetworkError> {
    let number = images.len_of(Axis(0));
    let neurons = network.weights().get("readout.bias")?.numel();
    let mut predictions = Array2::zeros((number, neurons));
    for start in (0..number).step_by(batch) {
        let end = (start + batch).min(number);
        let part = images.slice(s![start..end, .., .., ..]).to_owned();
        let found = network.predict(&image_tensor(&part, device.0)?)?;
        let found = found.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?.f_contiguous()?;
        let mut values = vec![0f32; found.numel()];
        found.f_copy_data(&mut values, found.numel())?;
        for (row, values) in values.chunks(neurons).enumerate() {
            for (column, &value) in values.iter().enumerate() {
                predictions[[start + row, column]] = value;
            }
        }
        progress(end);
    }
    Ok(predictions)
}

/// Scores a network on some images of a data set against their trial averages; CC_max comes from
/// all images (paper, C.4).
///
/// # Errors
///
/// [`NetworkError::Neurons`] where the network has another number of neurons; as of
/// [`Network::readings`].
pub fn evaluate(
    network: &Network,
    data: &SplitData,
    images: &[usize],
    batch: usize,
    device: DeviceName,
    progress: impl Fn(usize),
) -> Result<Scores, NetworkError> {
    let expected = data.dataset.neurons.len();
    let found = network.weights().get("readout.bias")?.numel();
    if found != expected {
        return Err(NetworkError::Neurons { found, expected });
    }
    let seen = data.prepared.images.select(Axis(0), images);
    let predictions = predict(network, &seen, batch, device, progress)?.mapv(f64::from);
    let responses = data.dataset.trial_average().select(Axis(0), images);
    let ceilings = data.dataset.correlation_ceiling();
    Ok(Scores::new(predictions.view(), responses.view(), &ceilings, &data.dataset.neurons))
}
