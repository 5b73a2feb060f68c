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
    /// The path of the network, as given by the user.
    pub path: &'a Path,
    /// The SHA-256 of the file.
    pub sha256: &'a str,
    /// The name and version of the command.
    pub generator: &'a str,
}

/// Scores the predictions of a network against the trial averages of some images of a data set.
///
/// CC_max is computed over all images (paper, C.4).
/// [`scored_responses`](pathscope_core::data::Dataset::scored_responses) decides which trials and images
/// count.
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
/// Returns [`PredictionError::Neurons`] if the network has another number of neurons,
/// [`PredictionError::Images`] if it does not take the images, or [`PredictionError::Predictor`] if the
/// predictions cannot be computed.
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

/// Checks that a network takes the images of a data set and predicts its neurons, as far as this is known
/// before any prediction.
pub(super) fn check_fit(predictor: &dyn Predictor, data: &SplitData) -> Result<(), PredictionError> {
    predictor.neurons().map_or(Ok(()), |found| check_neurons(found, data))?;
    let problem = predictor.check_images(data.prepared.images.dim().into());
    problem.map_err(|problem| PredictionError::Images { path: data.dataset.folder.clone(), problem })
}

fn check_neurons(found: usize, data: &SplitData) -> Result<(), PredictionError> {
    let expected = data.dataset.neurons.len();
    if found == expected { Ok(()) } else { Err(PredictionError::Neurons { found, expected }) }
}

/// Scores a network on a subset of a data set, and records everything that the scores depend on.
///
/// # Arguments
///
/// * `settings` - the preparation and split of the images, and the batch size
///
/// # Errors
///
/// Returns the errors of [`score`].
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
