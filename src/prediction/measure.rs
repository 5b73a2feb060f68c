//! Scores of a network's predictions of recordings (paper, C.4).

use super::{PredictionError, Predictor};
use crate::study::run::Settings;
use ndarray::{Array2, Axis};
use pathscope_core::data::evaluation::{
    EvaluatedData, EvaluatedModel, EvaluatedPart, Evaluation, EvaluationSettings, SCHEMA, Scores,
};
use pathscope_core::data::scores::{NeuronChoice, Predicted, Reliability, ScoreTable};
use pathscope_core::data::{SplitData, TrialUse};
use pathscope_core::statistics::Bootstrap;
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

/// The choice of neurons, and the settings of intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreOptions {
    /// The least reliability of the neurons that are scored.
    pub reliability: Reliability,
    /// The settings of the intervals, which are left out without resamples.
    pub bootstrap: Bootstrap,
    /// Whether the network was trained on responses that were scaled like those of the data set.
    pub scaled: bool,
}

impl Default for ScoreOptions {
    fn default() -> Self {
        let bootstrap = Bootstrap { resamples: 0, ..Bootstrap::default() };
        Self { reliability: Reliability::default(), bootstrap, scaled: true }
    }
}

/// The scores of predictions, with what they are of.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The paper's scores.
    pub scores: Scores,
    /// All scores.
    pub all: ScoreTable,
    /// The trials and images behind them.
    pub trials: TrialUse,
    /// The neurons that were left out, if that was asked for.
    pub choice: Option<NeuronChoice>,
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
/// * `options` - the choice of neurons, and the settings of intervals
/// * `progress` - a callback with the number of finished images
///
/// # Errors
///
/// Returns [`PredictionError::Neurons`] if the network has another number of neurons,
/// [`PredictionError::Images`] if it does not take the images, [`PredictionError::NoneReliable`] if no neuron
/// is left, or [`PredictionError::Predictor`] if the predictions cannot be computed.
pub fn score(
    predictor: &dyn Predictor,
    data: &SplitData,
    images: &[usize],
    batch: usize,
    options: &ScoreOptions,
    progress: &dyn Fn(usize),
) -> Result<Scored, PredictionError> {
    check_fit(predictor, data)?;
    let seen = data.prepared.images.select(Axis(0), images);
    let predictions = predictor.predict(&seen, batch, progress).map_err(PredictionError::Predictor)?;
    check_neurons(predictions.ncols(), data)?;
    let mut predictions = predictions.mapv(f64::from);
    if options.scaled {
        predictions = data.in_units_of_responses(predictions);
    }
    score_predictions(&predictions, data, images, options)
}

/// Scores predictions \[images, neurons\] in the units of the responses.
pub(super) fn score_predictions(
    predictions: &Array2<f64>,
    data: &SplitData,
    images: &[usize],
    options: &ScoreOptions,
) -> Result<Scored, PredictionError> {
    let dataset = &data.dataset;
    let responses = dataset.scored_responses(images);
    let (choice, neurons) = match options.reliability.choose(dataset) {
        Some((choice, neurons)) => (Some(choice), neurons),
        None => (None, (0..dataset.neurons.len()).collect()),
    };
    if neurons.is_empty() {
        let choice = choice.as_ref().map(NeuronChoice::sentence).unwrap_or_default();
        return Err(PredictionError::NoneReliable { choice });
    }
    let ceilings: Vec<Option<f64>> = neurons.iter().map(|&neuron| responses.ceilings[neuron]).collect();
    let columns: Vec<usize> = neurons.iter().map(|&neuron| dataset.neurons[neuron]).collect();
    let scores = Scores::new(
        predictions.select(Axis(1), &neurons).view(),
        responses.averages.select(Axis(1), &neurons).view(),
        &ceilings,
        &columns,
    );
    let predicted = Predicted { values: predictions.view(), images, neurons: &neurons };
    let all = ScoreTable::new(dataset, predicted, &responses.ceilings, &options.bootstrap);
    Ok(Scored { scores, all, trials: responses.trials, choice })
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
    let options = ScoreOptions::default();
    let scored = score(predictor, data, &data.images_of(part), settings.batch, &options, progress)?;
    Ok(recorded(scored, evaluated, data, part, settings, predictor.iterations()))
}

/// Returns scores as an evaluation, with everything that they depend on.
///
/// # Arguments
///
/// * `iterations` - the iteration of the readout, if the network has iterations
pub(super) fn recorded(
    scored: Scored,
    evaluated: Evaluated<'_>,
    data: &SplitData,
    part: EvaluatedPart,
    settings: &Settings,
    iterations: Option<usize>,
) -> Evaluation {
    Evaluation {
        schema: SCHEMA.to_owned(),
        generator: evaluated.generator.to_owned(),
        model: EvaluatedModel {
            path: evaluated.path.display().to_string(),
            sha256: evaluated.sha256.to_owned(),
        },
        dataset: EvaluatedData { name: data.dataset.name().to_owned(), sha256: data.dataset.sha256.clone() },
        settings: EvaluationSettings {
            iterations,
            split: part,
            split_seed: settings.split_seed,
            images: data.images_of(part).len(),
            crop: settings.crop,
            downsample: settings.downsample,
        },
        trials: Some(scored.trials),
        pixels: Some(data.dataset.pixels.clone()),
        choice: scored.choice,
        scores: scored.scores,
        all_scores: Some(scored.all),
    }
}
