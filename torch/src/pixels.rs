//! A check that images are of the kind that a network was trained on.

use crate::error::NetworkError;
use crate::network::Network;
use ndarray::ArrayView4;
use pathscope::dataset::{Moments, Pixels};
use tch::{Device, Kind, Tensor};

/// Mean and standard deviation of the images that a network was trained on, as its input normalization keeps them; of
/// several channels together. `None` where it has none, or where no image has gone through it.
///
/// # Errors
///
/// [`NetworkError`] where libtorch refuses.
pub fn trained_on(network: &Network) -> Result<Option<Moments>, NetworkError> {
    let weights = network.weights();
    let statistics = (weights.find("bn[input].running_mean"), weights.find("bn[input].running_var"));
    let (Some(means), Some(variances)) = statistics else { return Ok(None) };
    let (means, variances) = (numbers(means)?, numbers(variances)?);
    let count = means.len() as f64;
    let mean = means.iter().sum::<f64>() / count;
    let within = variances.iter().sum::<f64>() / count;
    let between = means.iter().map(|each| (each - mean).powi(2)).sum::<f64>() / count;
    let deviation = (within + between).sqrt();
    // These are the values before any training.
    let untouched = mean == 0.0 && deviation == 1.0;
    Ok((!untouched && mean.is_finite() && deviation.is_finite() && deviation > 0.0)
        .then_some(Moments { mean, deviation }))
}

fn numbers(tensor: &Tensor) -> Result<Vec<f64>, NetworkError> {
    let tensor = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?.f_contiguous()?;
    let mut numbers = vec![0.0; tensor.numel()];
    tensor.f_copy_data(&mut numbers, tensor.numel())?;
    Ok(numbers)
}

/// Returns why a network may not understand some images, with the `--images-scale` that would fit.
///
/// # Arguments
///
/// * `images` - \[number, channels, height, width\] as it sees them, cropped and downsampled
/// * `pixels` - what they are made of
/// * `record` - the pixels that its run recorded
///
/// # Errors
///
/// [`NetworkError`] where libtorch refuses.
///
/// # Complexity
///
/// O(pixels).
pub fn unlike_training(
    network: &Network,
    images: ArrayView4<'_, f32>,
    pixels: &Pixels,
    record: Option<&Pixels>,
) -> Result<Option<String>, NetworkError> {
    let unlike = trained_on(network)?.and_then(|moments| moments.unlike(Moments::of_images(images), pixels));
    Ok(unlike.or_else(|| record.and_then(|record| pixels.unlike_training(record))))
}
