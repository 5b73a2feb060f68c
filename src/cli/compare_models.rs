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

/// What each model is called: its path below the folder that all have in common.
pub fn names(places: &[PathBuf]) -> Vec<String> {
    // Without the slash that ends the path of a folder.
    let places: Vec<PathBuf> = places.iter().map(|place| place.components().collect()).collect();
    let common = common_folder(&places);
    places.iter().map(|place| place.strip_prefix(&common).unwrap_or(place).display().to_string()).collect()
}

/// Opens models on all cores. Those that cannot be opened are reported and left out, or end it
/// where `all` are needed.
pub fn open_all(
    places: &[PathBuf],
    names: &[String],
    options: &AnalysisOptions,
    all: bool,
    printer: &Printer,
) -> Result<Vec<(PathBuf, Vec<ComparedModel>)>> {
    let progress = printer.progress(places.len() as u64, "analysing");
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
pub struct EvaluateOn<'a> {
    /// Folder of the data set.
    pub data: &'a Path,
    /// The number of trials of each image that are used, where that was given.
    pub trials: Option<usize>,
    /// Further arguments of `pathscope-torch evaluate`.
    pub more: Vec<OsString>,
}

/// Evaluates the models that have no evaluation on the test images of these data, and returns how
/// many could not be.
///
/// # Arguments
///
/// * `models` - the ensembles of each of `places`
pub fn evaluate(
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
                    bail!("{}: changed while it was evaluated: compare again", place.display());
                }
                Ok(evaluation)
            }),
            _ => Err(anyhow::anyhow!(
                "{}: cannot be evaluated: it names no readout mode: name it with --readout",
                place.display()
            )),
        };
        progress.suspend(|| match result {
            Ok(evaluation) => ensembles.iter_mut().for_each(|model| model.set_evaluation(&evaluation)),
            Err(error) => {
                failed += 1;
                // One of other data would pass for one of these.
                ensembles.iter_mut().for_each(ComparedModel::clear_evaluation);
                printer.error(error.as_ref());
            }
        });
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(failed)
}

/// SHA-256 of each file of a data set, as in an evaluation.
fn data_hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    if !folder.join(ABOUT).is_file() {
        bail!(
            "{}: not the folder of a data set, which has a {ABOUT}: name one with --data",
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
