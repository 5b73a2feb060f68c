//! Scores of a network's predictions of recordings (paper, C.4).

use super::{PredictionError, Predictor};
use crate::study::run::Settings;
use ndarray::Axis;
use pathscope_core::data::SplitData;
use pathscope_core::data::TrialUse;
use pathscope_core::data::evaluation::{
    EvaluatedData, EvaluatedModel, EvaluatedPart, Evaluation, EvaluationSettings, SCHEMA, Scores,
};
use std::path::Path;

/// The network that is evaluated, and the command that evaluates it.
#[derive(Clone, Copy, Debug)]
pub struct Evaluated<'a> {
    /// Its file, as it was named.
    pub path: &'a Path,
    /// The SHA-256 of that.
    pub sha256: &'a str,
    /// The command that evaluates it, and its version.
    pub generator: &'a str,
}

/// Scores a network on some images of a data set against their trial averages.
///
/// CC_max comes from all images (paper, C.4), and which trials and images count is decided by
/// [`scored_responses`](pathscope_core::data::Dataset::scored_responses).
///
/// # Arguments
///
/// * `images` - the indices of the images
/// * `batch` - the batch size in images
/// * `progress` - a callback with the number of finished images
///
/// # Returns
///
/// The scores, with the trials and images that they use.
///
/// # Errors
///
/// [`PredictionError::Neurons`] where the network has another number of neurons; [`PredictionError::Images`] where it
/// does not take the images; [`PredictionError::Predictor`].
pub fn score(
    predictor: &dyn Predictor,
    data: &SplitData,
    images: &[usize],
    batch: usize,
    progress: &dyn Fn(usize),
) -> Result<(Scores, TrialUse), PredictionError> {
    check_fit(predictor, data)?;
    let seen = data.prepared.images.select(Axis(0), images);
    let predictions = predictor.predict(&seen, batch, progress).map_err(PredictionError::Predictor)?;
    check_neurons(predictions.ncols(), data)?;
    let scored = data.dataset.scored_responses(images);
    let neurons = &data.dataset.neurons;
    let predictions = predictions.mapv(f64::from);
    Ok((Scores::new(predictions.view(), scored.averages.view(), &scored.ceilings, neurons), scored.trials))
}

/// Checks that a network takes the images of a data set and predicts its neurons, as far as is known before.
pub(super) fn check_fit(predictor: &dyn Predictor, data: &SplitData) -> Result<(), PredictionError> {
    predictor.neurons().map_or(Ok(()), |found| check_neurons(found, data))?;
    let problem = predictor.check_images(data.prepared.images.dim().into());
    problem.map_err(|problem| PredictionError::Images { path: data.dataset.folder.clone(), problem })
}

fn check_neurons(found: usize, data: &SplitData) -> Result<(), PredictionError> {
    let expected = data.dataset.neurons.len();
    if found == expected { Ok(()) } else { Err(PredictionError::Neurons { found, expected }) }
}

/// Scores a network on a part of a data set, with all that the scores depend on.
///
/// # Arguments
///
/// * `settings` - how the images are prepared and split, and how many are computed at once
///
/// # Errors
///
/// As of [`score`].
pub fn measure(
    predictor: &dyn Predictor,
    evaluated: Evaluated<'_>,
    data: &SplitData,
    part: EvaluatedPart,
    settings: &Settings,
    progress: &dyn Fn(usize),
) -> Result<Evaluation, PredictionError> {
    let images = data.images_of(part);
    let (scores, trials) = score(predictor, data, &images, settings.batch, progress)?;
    Ok(Evaluation {
        schema: SCHEMA.to_owned(),
        generator: evaluated.generator.to_owned(),
        model: EvaluatedModel {
            path: evaluated.path.display().to_string(),
            sha256: evaluated.sha256.to_owned(),
        },
        dataset: EvaluatedData { name: data.dataset.name().to_owned(), sha256: data.dataset.sha256.clone() },
        settings: EvaluationSettings {
            iterations: predictor.iterations(),
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
