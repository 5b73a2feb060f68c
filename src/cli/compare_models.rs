//! The models that `pathscope compare` compares.

use super::companion::Evaluator;
use super::inputs::common_folder;
use anyhow::{Result, bail};
use pathscope::output::Printer;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::comparison::ComparedModel;
use pathscope_core::data::{ABOUT, GROUPS, IMAGES, RESPONSES};
use pathscope_core::files::checkpoint::sha256;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ffi::OsString;
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

/// The data that models are evaluated on.
pub(super) struct EvaluateOn<'a> {
    /// Folder of the data set.
    pub data: &'a Path,
    /// The number of trials used per image, if given.
    pub trials: Option<usize>,
    /// Further arguments of `pathscope-torch evaluate`.
    pub more: Vec<OsString>,
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
    let trials = on.trials.into_iter().flat_map(|trials| ["--trials".into(), trials.to_string().into()]);
    let more: Vec<OsString> = on.more.iter().cloned().chain(trials).collect();
    let missing: Vec<_> = places
        .iter()
        .zip(models)
        .filter(|(_, ensembles)| !ensembles.iter().all(|model| model.is_measured_on(&hashes, on.trials)))
        .collect();
    if missing.is_empty() {
        return Ok(0);
    }
    let evaluator = Evaluator::find()?;
    let progress = printer.progress(missing.len() as u64, "evaluating");
    let mut failed = 0;
    for (place, ensembles) in missing {
        let result = match ensembles.as_slice() {
            [model] => evaluator.evaluate(place, on.data, &more, printer).and_then(|evaluation| {
                if evaluation.model.sha256 != model.sha256 {
                    bail!(
                        "{}: the model changed during its evaluation: run the comparison again",
                        place.display()
                    );
                }
                Ok(evaluation)
            }),
            _ => Err(anyhow::anyhow!(
                "{}: cannot be evaluated without a readout mode: give it with --readout",
                place.display()
            )),
        };
        progress.suspend(|| match result {
            Ok(evaluation) => ensembles.iter_mut().for_each(|model| model.set_evaluation(&evaluation)),
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
