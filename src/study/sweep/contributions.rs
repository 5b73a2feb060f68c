//! Contributions to the responses to the test images, by path length, for the finished models of a sweep.
//!
//! If a study asks for them, they are computed when results are collected, and stored in the folder of the
//! model. Collecting again only reads them. The stored contributions are pooled over neurons; `pathscope
//! contributions` writes those of single neurons.

use super::outcome::joint_hash;
use super::{Collected, ModelFolder, SweepFolder};
use crate::study::results::{ResultRow, Status};
use crate::study::run::{MODEL, Settings};
use crate::study::{Plan, PlannedModel};
use ndarray::Axis;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::contributions::{
    By, CONTRIBUTIONS, ComputeError, ComputeOptions, ContributedModel, ContributionsDocument,
    ContributionsError, ImagesSource, Mark,
};
use pathscope_core::data::SplitData;
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::data::{DatasetError, OpenOptions, Preprocessing};
use pathscope_core::files::output::write_file;
use pathscope_core::statistics::Bootstrap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The images that contributions are computed for, which are those of the scores.
const PART: EvaluatedPart = EvaluatedPart::Test;
/// The largest number of models that a warning names.
const MOST_NAMED: usize = 10;

/// The reason why a finished model has no contributions.
#[derive(Debug, Error)]
enum Problem {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Compute(Box<ComputeError>),
    #[error(transparent)]
    Contributions(#[from] ContributionsError),
    #[error("{}: not the data set that the model was trained on", .folder.display())]
    OtherData { folder: PathBuf },
    #[error("{}: changed while results were collected", .path.display())]
    OtherNetwork { path: PathBuf },
    #[error("{}: no path leads through a convolution", .path.display())]
    NoPaths { path: PathBuf },
}

impl From<ComputeError> for Problem {
    fn from(error: ComputeError) -> Self {
        Self::Compute(Box::new(error))
    }
}

/// Computes the contributions of the finished models of a sweep by path length, in single precision with
/// secant gates and a zero baseline, and adds them to the rows of results.
///
/// If the contributions of a model cannot be computed, its row stays without them, and a warning has the
/// reason. Results are stored in the folder of each model immediately, so that an interruption loses
/// nothing.
///
/// # Arguments
///
/// * `collected` - the results of [`collect`](super::collect) for the same sweep
/// * `done` - a callback after each model
///
/// # Complexity
///
/// One forward pass and one linear pass per length for each test image of each model, one model after the
/// other. If nothing has changed, O(stored documents), which have a few kB per model.
pub fn add_contributions(folder: &SweepFolder, plan: &Plan, collected: &mut Collected, done: &dyn Fn()) {
    let mut data = SharedData { folder: &folder.record().data, opened: None };
    let mut problems = Vec::new();
    for (model, row) in plan.models.iter().zip(&mut collected.rows) {
        if row.status == Status::Finished {
            let place = folder.model(&model.id);
            match contributions(&place, model, row, &mut data) {
                Ok(document) => fill(row, &document),
                Err(problem) => problems.push(format!("{} has no contributions: {problem}", model.id)),
            }
        }
        done();
    }
    let more = problems.len().saturating_sub(MOST_NAMED);
    collected.warnings.extend(problems.into_iter().take(MOST_NAMED));
    if more > 0 {
        collected.warnings.push(format!("{more} more models have no contributions"));
    }
}

/// Returns the contributions of a model. They are read if they are stored, or else computed and stored.
fn contributions(
    place: &ModelFolder,
    model: &PlannedModel,
    row: &ResultRow,
    data: &mut SharedData<'_>,
) -> Result<ContributionsDocument, Problem> {
    let file = place.file(CONTRIBUTIONS);
    let kept = ContributionsDocument::read(&file).ok();
    if let Some(kept) = kept.filter(|kept| is_of(kept, &model.settings, row)) {
        return Ok(kept);
    }
    let settings = Settings { data: data.folder.to_owned(), ..model.settings.clone() };
    let data = data.of(&settings)?;
    if Some(joint_hash(&data.dataset.sha256)) != row.dataset_sha256 {
        return Err(Problem::OtherData { folder: data.dataset.folder.clone() });
    }
    let document = computed(&place.file(MODEL), row, data)?;
    // In a read-only sweep, they are computed again each time.
    if let Ok(json) = document.json() {
        let _ = write_file(&file, json);
    }
    Ok(document)
}

/// Returns whether a stored document is for this network, these images and these settings.
fn is_of(document: &ContributionsDocument, settings: &Settings, row: &ResultRow) -> bool {
    let ContributionsDocument { source, images_source, settings: how, summary, .. } = document;
    let options = ComputeOptions::default();
    let of_images = images_source.dataset.as_ref().is_some_and(|dataset| {
        (dataset.split, dataset.split_seed, dataset.crop, dataset.downsample)
            == (PART, settings.split_seed, settings.crop, settings.downsample)
    });
    of_images
        && Some(&source.sha256) == row.model_sha256.as_ref()
        && Some(joint_hash(&images_source.sha256)) == row.dataset_sha256
        && summary.mark == Mark::Length
        && how.gate == options.gate.as_str()
        && how.baseline == options.baseline.name()
        && how.precision == options.precision.as_str()
        && how.readout == Some(settings.readout.to_string())
        // A document of `pathscope contributions` has units, and its images may have been prepared in
        // another way.
        && summary.units.is_empty()
}

/// Computes contributions, and returns the document for all units together.
fn computed(path: &Path, row: &ResultRow, data: &SplitData) -> Result<ContributionsDocument, Problem> {
    let options = ComputeOptions::default();
    let images = data.images_of(PART);
    let pixels = data.prepared.images.select(Axis(0), &images);
    let model = ContributedModel::open(path, &AnalysisOptions::default(), data.image_size())?;
    if Some(&model.analysis.sha256) != row.model_sha256.as_ref() {
        return Err(Problem::OtherNetwork { path: path.to_owned() });
    }
    let found = model.compute(pixels.view(), &model.gradings(By::Length), &options, &|_| ())?.pop();
    let found = found.ok_or_else(|| Problem::NoPaths { path: path.to_owned() })?;
    let recordings = data.dataset.scored_responses(&images).into();
    let no_intervals = Bootstrap { resamples: 0, ..Bootstrap::default() };
    let source = ImagesSource::of_dataset(data, PART);
    let mut document = model.document(&found, source, &options, Some(&recordings), &no_intervals)?;
    document.summary.units.clear();
    Ok(document)
}

/// Adds the values of a document of contributions to a row.
fn fill(row: &mut ResultRow, document: &ContributionsDocument) {
    let population = &document.summary.population;
    row.contribution_average_path_length = population.average;
    row.contribution_distribution =
        population.parts.iter().filter_map(|part| Some((part.mark?, part.share?))).collect();
    row.contribution_bias_share = population.biases.share;
    row.contribution_spearman = population.agreement.and_then(|agreement| agreement.spearman);
    let explained = population.explained.iter().flat_map(|explained| &explained.parts);
    row.contribution_explained =
        explained.filter_map(|part| Some((part.mark?, part.covariance_share?))).collect();
}

/// The data set of a sweep, loaded once for all models that prepare it in the same way.
struct SharedData<'a> {
    folder: &'a Path,
    opened: Option<(Seen, SplitData)>,
}

/// The settings that the test images and their recordings depend on, besides the files.
type Seen = (OpenOptions, Preprocessing, u64);

impl SharedData<'_> {
    fn of(&mut self, settings: &Settings) -> Result<&SplitData, DatasetError> {
        let seen = (settings.open_options(), settings.preprocessing(), settings.split_seed);
        let opened = match self.opened.take() {
            Some((before, data)) if before == seen => (before, data),
            _ => (seen, settings.open_data()?),
        };
        Ok(&self.opened.insert(opened).1)
    }
}
