//! How well a trained network predicts recordings (paper, C.4).

use crate::data::{SplitData, image_tensor};
use crate::device::DeviceName;
use crate::error::NetworkError;
use crate::network::Network;
use ndarray::{Array2, Array4, Axis, s};
use pathscope::dataset::TrialUse;
use pathscope::evaluation::{
    EvaluatedData, EvaluatedModel, EvaluatedPart, Evaluation, EvaluationSettings, SCHEMA, Scores,
};
use pathscope::run::Settings;
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
/// all images (paper, C.4), and which trials and images count is decided by [`scored_responses`](pathscope::dataset::Dataset::scored_responses).
///
/// # Returns
///
/// The scores, and which trials and images they are of.
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
) -> Result<(Scores, TrialUse), NetworkError> {
    let expected = data.dataset.neurons.len();
    let found = network.weights().get("readout.bias")?.numel();
    if found != expected {
        return Err(NetworkError::Neurons { found, expected });
    }
    let seen = data.prepared.images.select(Axis(0), images);
    let predictions = predict(network, &seen, batch, device, progress)?.mapv(f64::from);
    let scored = data.dataset.scored_responses(images);
    let neurons = &data.dataset.neurons;
    Ok((Scores::new(predictions.view(), scored.averages.view(), &scored.ceilings, neurons), scored.trials))
}

/// Which network is evaluated, and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Evaluated<'a> {
    /// The network, read out at `iterations`.
    pub network: &'a Network,
    /// Its checkpoint, as it was named.
    pub path: &'a std::path::Path,
    /// The SHA-256 of that.
    pub sha256: &'a str,
    /// The iteration it is read out at.
    pub iterations: usize,
}

/// Scores a network on a part of a data set, with all that the scores depend on.
///
/// # Arguments
///
/// * `settings` - how the images are prepared and split, and how many are computed at once
///
/// # Errors
///
/// As of [`evaluate`].
pub fn measure(
    evaluated: Evaluated<'_>,
    data: &SplitData,
    part: EvaluatedPart,
    settings: &Settings,
    device: DeviceName,
    progress: impl Fn(usize),
) -> Result<Evaluation, NetworkError> {
    let images = data.images_of(part);
    let (scores, trials) = evaluate(evaluated.network, data, &images, settings.batch, device, progress)?;
    Ok(Evaluation {
        schema: SCHEMA.to_owned(),
        generator: concat!("pathscope-torch ", env!("CARGO_PKG_VERSION")).to_owned(),
        model: EvaluatedModel {
            path: evaluated.path.display().to_string(),
            sha256: evaluated.sha256.to_owned(),
        },
        dataset: EvaluatedData { name: data.dataset.name().to_owned(), sha256: data.dataset.sha256.clone() },
        settings: EvaluationSettings {
            iterations: evaluated.iterations,
            split: part,
            split_seed: settings.split_seed,
            images: images.len(),
            crop: settings.crop,
            downsample: settings.downsample,
        },
        trials: Some(trials),
        pixels: Some(data.dataset.pixels.clone()),
        scores,
    })
}
