//! Predictions of a trained network, for its evaluation (paper, C.4).

use crate::data::image_tensor;
use crate::device::DeviceName;
use crate::error::NetworkError;
use crate::network::Network;
use ndarray::{Array2, Array4, Axis, s};
use pathscope::prediction::{InputStatistics, Predictor, Problem};
use pathscope_core::circuit::{LayerName, TensorName, TensorPart};
use std::borrow::Borrow;
use tch::{Device, Kind, Tensor};

/// The name and version of the command, as recorded in evaluations.
pub const GENERATOR: &str = concat!("pathscope-torch ", env!("CARGO_PKG_VERSION"));

/// A network on a device that predicts responses.
#[derive(Debug)]
pub struct OnDevice<N> {
    network: N,
    device: DeviceName,
    iterations: usize,
}

impl<N: Borrow<Network>> OnDevice<N> {
    /// Returns a network that is read out at its last iteration.
    pub fn new(network: N, device: DeviceName) -> Self {
        let iterations = network.borrow().architecture().circuit.iterations;
        Self { network, device, iterations }
    }
}

impl OnDevice<Network> {
    /// Returns the network with its readout at an earlier iteration, as if it had stopped there.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Network::read_out_at`].
    pub fn read_out_at(mut self, iterations: usize) -> Result<Self, NetworkError> {
        self.network.read_out_at(iterations)?;
        Ok(Self { iterations, ..self })
    }
}

impl<N: Borrow<Network>> Predictor for OnDevice<N> {
    fn neurons(&self) -> Option<usize> {
        self.network.borrow().weights().get(TensorName::READOUT_BIAS).ok().map(Tensor::numel)
    }

    fn iterations(&self) -> Option<usize> {
        Some(self.iterations)
    }

    fn input_statistics(&self) -> Result<Option<InputStatistics>, Problem> {
        let weights = self.network.borrow().weights();
        let statistics = [TensorPart::RunningMean, TensorPart::RunningVariance]
            .map(|part| weights.find(LayerName::InputNormalization.tensor(part)));
        let [Some(means), Some(variances)] = statistics else { return Ok(None) };
        Ok(Some(InputStatistics { means: numbers(means)?, variances: numbers(variances)? }))
    }

    fn check_images(&self, images: [usize; 4]) -> Result<(), Problem> {
        Ok(self.network.borrow().check_images(&images.map(|size| size as i64))?)
    }

    fn predict(
        &self,
        images: &Array4<f32>,
        batch: usize,
        progress: &dyn Fn(usize),
    ) -> Result<Array2<f32>, Problem> {
        Ok(predict(self.network.borrow(), images, batch, self.device, progress)?)
    }
}

fn numbers(tensor: &Tensor) -> Result<Vec<f64>, NetworkError> {
    let tensor = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?.f_contiguous()?;
    let mut numbers = vec![0.0; tensor.numel()];
    tensor.f_copy_data(&mut numbers, tensor.numel())?;
    Ok(numbers)
}

/// Returns the predicted responses \[images, neurons\] to images.
///
/// # Arguments
///
/// * `batch` - the batch size in images
/// * `progress` - a callback with the number of finished images
///
/// # Errors
///
/// Returns the errors of [`Network::readings`].
pub fn predict(
    network: &Network,
    images: &Array4<f32>,
    batch: usize,
    device: DeviceName,
    progress: impl Fn(usize),
) -> Result<Array2<f32>, NetworkError> {
    let number = images.len_of(Axis(0));
    let neurons = network.weights().get(TensorName::READOUT_BIAS)?.numel();
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
