//! A data set that a network is evaluated on.

use super::measure::{check_fit, recorded, score, score_predictions};
use super::predictor::{trained_on, unlike_training};
use super::{Evaluated, GivenPredictions, ModelFile, PredictionError, Predictor, ScoreOptions};
use crate::study::run::Settings;
use ndarray::Axis;
use pathscope_core::data::evaluation::{EvaluatedPart, Evaluation};
use pathscope_core::data::{PixelScale, SplitData};
use pathscope_core::files::checkpoint::sha256;
use std::path::PathBuf;

/// The images that a network is evaluated on, and their preparation. What is `None` is as in the network's run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvaluationOptions {
    /// The folder of the data set.
    pub data: Option<PathBuf>,
    /// The part of the data set; the test images if it is `None`, or all images for given predictions.
    pub part: Option<EvaluatedPart>,
    /// The number of trials of every image that are used, from the first.
    pub trials: Option<usize>,
    /// The seed of the split.
    pub split_seed: Option<u64>,
    /// The width of the central square that is cropped from each image, in pixels.
    pub crop: Option<usize>,
    /// The downsampling factor.
    pub downsample: Option<usize>,
    /// The divisor of the pixels.
    pub images_scale: Option<PixelScale>,
    /// The choice of neurons, and the settings of intervals.
    pub scores: ScoreOptions,
}

/// A data set that a network is evaluated on.
///
/// # Examples
///
/// ```
/// use pathscope::prediction::{Engine, EvaluationOptions, ModelFile, OpenedData};
/// use pathscope_core::data::synth::{Settings, synthesize};
///
/// let folder = tempfile::tempdir()?;
/// let settings = Settings { images: 50, size: 16, neurons: 3, channels: 2, ..Settings::default() };
/// synthesize(&settings, folder.path(), &|| ())?;
///
/// let file = ModelFile::of(&folder.path().join("truth.safetensors"));
/// let engine = Engine::open(&file, None)?;
/// let options = EvaluationOptions { data: Some(folder.path().into()), ..EvaluationOptions::default() };
/// let data = OpenedData::open(&file, &engine, &options)?;
/// let evaluation = data.evaluate(&file, &engine, "an example", &|_| ())?;
/// assert_eq!((evaluation.settings.images, evaluation.scores.neurons), (10, 3));
/// # Ok::<(), pathscope::prediction::Problem>(())
/// ```
#[derive(Debug)]
pub struct OpenedData {
    /// Warnings about the data set, and about reasons why the network may not understand its images.
    pub warnings: Vec<String>,
    data: SplitData,
    part: EvaluatedPart,
    settings: Settings,
    scores: ScoreOptions,
}

impl OpenedData {
    /// Opens and prepares a data set for a network.
    ///
    /// # Errors
    ///
    /// Returns [`PredictionError::NoData`] if neither the options nor the run name a data set; [`PredictionError::Dataset`];
    /// [`PredictionError::Neurons`] or [`PredictionError::Images`] if the network does not fit the data set; or
    /// [`PredictionError::Predictor`].
    ///
    /// # Complexity
    ///
    /// O(files of the data set).
    pub fn open(
        file: &ModelFile,
        predictor: &dyn Predictor,
        options: &EvaluationOptions,
    ) -> Result<Self, PredictionError> {
        let (settings, differs) = options.settings(file.settings.as_ref());
        let mut warnings = Vec::new();
        if differs && file.settings.is_some() {
            warnings.push(
                "the run was trained with another --crop, --downsample or --split-seed: leave them out, or the network may have been trained on the test images".to_owned(),
            );
        }
        if settings.data.as_os_str().is_empty() {
            return Err(PredictionError::NoData);
        }
        let data = settings.open_data()?;
        warnings.extend_from_slice(&data.dataset.warnings);
        check_fit(predictor, &data)?;
        warnings.extend(other_data(&data, file));
        let record = file.record.as_ref().and_then(|record| record.pixels.as_ref());
        let moments = trained_on(predictor).map_err(PredictionError::Predictor)?;
        let images = data.prepared.images.view();
        warnings.extend(unlike_training(moments, images, &data.dataset.pixels, record));
        // What a network without a run was trained on is unknown.
        let scores = ScoreOptions { scaled: file.settings.is_some(), ..options.scores };
        Ok(Self { warnings, data, part: options.part.unwrap_or_default(), settings, scores })
    }

    /// Opens a data set for predictions that another program made.
    ///
    /// # Errors
    ///
    /// Returns [`PredictionError::NoData`] if the options name no data set; [`PredictionError::Dataset`]; or
    /// [`PredictionError::Predictions`] if there is not a prediction for every image and neuron.
    ///
    /// # Complexity
    ///
    /// O(files of the data set).
    pub fn for_given(given: &GivenPredictions, options: &EvaluationOptions) -> Result<Self, PredictionError> {
        // Unscaled responses, as the predictions are.
        let (settings, _) = options.settings(None);
        let settings = Settings { response_mean: 0.0, ..settings };
        if settings.data.as_os_str().is_empty() {
            return Err(PredictionError::NoData);
        }
        let data = settings.open_data()?;
        given.check(&data.dataset)?;
        let warnings = data.dataset.warnings.clone();
        let part = options.part.unwrap_or(EvaluatedPart::All);
        Ok(Self { warnings, data, part, settings, scores: options.scores })
    }

    /// Scores predictions that another program made.
    ///
    /// # Arguments
    ///
    /// * `generator` - the name and version of the command
    ///
    /// # Errors
    ///
    /// Returns [`PredictionError::NoneReliable`] if no neuron is reliable enough.
    pub fn evaluate_given(
        &self,
        given: &GivenPredictions,
        generator: &str,
    ) -> Result<Evaluation, PredictionError> {
        let images = self.data.images_of(self.part);
        let predictions = given.values.select(Axis(0), &images);
        let scored = score_predictions(&predictions, &self.data, &images, &self.scores)?;
        let evaluated = Evaluated { path: &given.path, sha256: &given.sha256, generator };
        Ok(recorded(scored, evaluated, &self.data, self.part, &self.settings, None))
    }

    /// Returns the number of images that the network is evaluated on.
    pub fn images(&self) -> usize {
        self.data.images_of(self.part).len()
    }

    /// Scores the predictions of a network.
    ///
    /// # Arguments
    ///
    /// * `generator` - the name and version of the command
    /// * `progress` - a callback with the number of finished images
    ///
    /// # Errors
    ///
    /// Returns the errors of [`score`].
    pub fn evaluate(
        &self,
        file: &ModelFile,
        predictor: &dyn Predictor,
        generator: &str,
        progress: &dyn Fn(usize),
    ) -> Result<Evaluation, PredictionError> {
        let sha256 = sha256(&file.path).map_err(|error| PredictionError::Predictor(error.into()))?;
        let evaluated = Evaluated { path: &file.path, sha256: &sha256, generator };
        let images = self.data.images_of(self.part);
        let scored = score(predictor, &self.data, &images, self.settings.batch, &self.scores, progress)?;
        Ok(recorded(scored, evaluated, &self.data, self.part, &self.settings, predictor.iterations()))
    }
}

impl EvaluationOptions {
    /// Returns the run's settings, or the defaults, with these options in their place, and whether the images or their
    /// split differ from the run's.
    fn settings(&self, run: Option<&Settings>) -> (Settings, bool) {
        let run = run.cloned().unwrap_or_default();
        let settings = Settings {
            data: self.data.clone().unwrap_or_else(|| run.data.clone()),
            trials: self.trials.unwrap_or(run.trials),
            images_scale: self.images_scale.unwrap_or(run.images_scale),
            split_seed: self.split_seed.unwrap_or(run.split_seed),
            crop: self.crop.unwrap_or(run.crop),
            downsample: self.downsample.unwrap_or(run.downsample),
            ..run.clone()
        };
        let images = |settings: &Settings| (settings.crop, settings.downsample, settings.split_seed);
        let differs = images(&settings) != images(&run);
        (settings, differs)
    }
}

/// Returns a warning if a data set is not the one that the run was trained on.
fn other_data(data: &SplitData, file: &ModelFile) -> Option<String> {
    let record = file.record.as_ref()?;
    (record.dataset_sha256 != data.dataset.sha256).then(|| {
        format!(
            "{}: is not the data set that the run was trained on, so the network may have been trained on its test images",
            data.dataset.folder.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_replace_the_settings_of_a_run() {
        let run = Settings { crop: 30, trials: 2, seed: 7, ..Settings::default() };
        let same = EvaluationOptions { crop: Some(30), trials: Some(4), ..EvaluationOptions::default() };
        let (settings, differs) = same.settings(Some(&run));
        assert_eq!((settings, differs), (Settings { trials: 4, ..run.clone() }, false));
        let other = EvaluationOptions { split_seed: Some(1), ..EvaluationOptions::default() };
        assert_eq!(other.settings(Some(&run)), (Settings { split_seed: 1, ..run }, true));
        assert_eq!(EvaluationOptions::default().settings(None), (Settings::default(), false));
    }
}
