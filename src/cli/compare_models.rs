//! The models that `pathscope compare` compares.

use super::evaluate::GENERATOR;
use super::inputs::common_folder;
use anyhow::{Result, anyhow, bail};
use pathscope::output::Printer;
use pathscope::prediction::{Engine, EvaluationOptions, ModelFile, OpenedData, PredictionError};
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::comparison::ComparedModel;
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::data::{ABOUT, GROUPS, IMAGES, RESPONSES};
use pathscope_core::files::checkpoint::sha256;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Returns the name of each model: its path below the common folder of all.
pub(super) fn names(places: &[PathBuf]) -> Vec<String> {
    // Strip the slash at the end of a folder's path.
    let places: Vec<PathBuf> = places.iter().map(|place| place.components().collect()).collect();
    let common = common_folder(&places);
    places.iter().map(|place| place.strip_prefix(&common).unwrap_or(place).display().to_string()).collect()
}

/// Opens models on all cores. A model that cannot be opened is reported and left out; if `all` are needed,
/// it is an error.
pub(super) fn open_all(
    places: &[PathBuf],
    names: &[String],
    options: &AnalysisOptions,
    all: bool,
    printer: &Printer,
) -> Result<Vec<(PathBuf, Vec<ComparedModel>)>> {
    let progress = printer.progress(places.len() as u64, "analyzing");
    let results: Vec<_> = places
        .par_iter()
        .zip(names)
        .map(|(place, name)| {
            let opened = ComparedModel::open(name, place, options);
            progress.inc(1);
            opened
        })
        .collect();
    progress.finish_and_clear();
    let mut models = Vec::with_capacity(places.len());
    for (place, result) in places.iter().zip(results) {
        match result {
            Ok(opened) => {
                opened.warning.iter().for_each(|warning| printer.warning(warning));
                models.push((place.clone(), opened.models));
            }
            Err(error) if all => return Err(error.into()),
            Err(error) => printer.error(&error),
        }
    }
    Ok(models)
}

/// The data that models are evaluated on, and what the user says about the models.
pub(super) struct EvaluateOn<'a> {
    /// Folder of the data set.
    pub data: &'a Path,
    /// The number of trials used per image, if given.
    pub trials: Option<usize>,
    /// The options that the models were analyzed with.
    pub analysis: &'a AnalysisOptions,
}

/// Evaluates the models without an evaluation on the test images of these data. Returns the number of
/// models that failed.
///
/// # Arguments
///
/// * `models` - the ensembles of each of `places`
pub(super) fn evaluate(
    places: &[PathBuf],
    models: &mut [Vec<ComparedModel>],
    on: &EvaluateOn<'_>,
    printer: &Printer,
) -> Result<usize> {
    let hashes = data_hashes(on.data)?;
    let missing: Vec<_> = places
        .iter()
        .zip(models)
        .filter(|(_, ensembles)| !ensembles.iter().all(|model| model.is_measured_on(&hashes, on.trials)))
        .collect();
    let progress = printer.progress(missing.len() as u64, "evaluating");
    let mut failed = 0;
    for (place, ensembles) in missing {
        let result = match ensembles.as_slice() {
            [model] => evaluation(place, model, on),
            _ => Err(anyhow!(
                "{}: cannot be evaluated without a readout mode: give it with --readout",
                place.display()
            )),
        };
        progress.suspend(|| match result {
            Ok((evaluation, warnings)) => {
                for warning in warnings {
                    printer.warning(format_args!("{}: {warning}", place.display()));
                }
                ensembles.iter_mut().for_each(|model| model.set_evaluation(&evaluation));
            }
            Err(error) => {
                failed += 1;
                // An evaluation on other data would be mistaken for one on these.
                ensembles.iter_mut().for_each(ComparedModel::clear_evaluation);
                printer.error(error.as_ref());
            }
        });
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(failed)
}

/// Evaluates a model, and returns the evaluation with its warnings.
fn evaluation(place: &Path, model: &ComparedModel, on: &EvaluateOn<'_>) -> Result<(Evaluation, Vec<String>)> {
    let evaluated = || -> Result<_> {
        let file = ModelFile::find(place, on.analysis.key.clone(), on.analysis.given.clone())?;
        let engine = Engine::open(&file, None).map_err(PredictionError::Predictor)?;
        let data = Some(on.data.to_owned());
        let options = EvaluationOptions { data, trials: on.trials, ..EvaluationOptions::default() };
        let data = OpenedData::open(&file, &engine, &options)?;
        let evaluation = data.evaluate(&file, &engine, GENERATOR, &|_| ())?;
        Ok((evaluation, data.warnings))
    };
    let (evaluation, mut warnings) = evaluated().map_err(|error| {
        // Most errors name the file.
        let is_named = error.to_string().starts_with(&place.display().to_string());
        if is_named { error } else { error.context(format!("{}: cannot be evaluated", place.display())) }
    })?;
    if evaluation.model.sha256 != model.sha256 {
        bail!("{}: the model changed during its evaluation: run the comparison again", place.display());
    }
    warnings.extend(evaluation.warnings());
    Ok((evaluation, warnings))
}

/// Returns the SHA-256 of each file of a data set, as in an evaluation.
fn data_hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    if !folder.join(ABOUT).is_file() {
        bail!(
            "{}: not the folder of a data set, as {ABOUT} is missing: give one with --data",
            folder.display()
        );
    }
    let mut hashes = BTreeMap::new();
    for name in [ABOUT, IMAGES, RESPONSES, GROUPS] {
        let path = folder.join(name);
        if path.exists() {
            hashes.insert(name.to_owned(), sha256(&path)?);
        }
    }
    Ok(hashes)
}
