//! The lesions that `pathscope ablate` measures with copied weights, next to strengths and contributions.

use super::Outcome;
use super::companion::{self, PassedOn};
use super::contributions::{Computing, Wanted, contributions_by_length};
use super::sheet::warn_of_misfit;
use anyhow::{Context, Result};
use pathscope::figures::{self, Sheet};
use pathscope::output::Printer;
use pathscope::prediction::{Engine, Evaluated, ModelFile, measure};
use pathscope::study::run::{MODEL, Settings, read_settings};
use pathscope::tables;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::comparison::MeasuredModel;
use pathscope_core::analysis::contributions::ComputeOptions;
use pathscope_core::analysis::lesion::{LESIONS, LesionedModel, Lesions, RunningStatistics};
use pathscope_core::data::SplitData;
use pathscope_core::data::evaluation::{EvaluatedPart, Evaluation};
use pathscope_core::files::checkpoint::sha256;
use pathscope_core::files::output::write_file;
use pathscope_core::files::text::shown;
use pathscope_core::model::ablation::{Ablation, AblationRecord, Original};
use pathscope_core::statistics::Bootstrap;
use std::path::{Path, PathBuf};

const GENERATOR: &str = concat!("pathscope ", env!("CARGO_PKG_VERSION"));

/// A folder of ablations to measure.
pub(super) struct Ablated<'a> {
    /// The folder.
    pub folder: &'a Path,
    pub record: &'a AblationRecord,
    /// The settings of each original model.
    pub settings: &'a [PathBuf],
    /// The data set.
    pub data: &'a Path,
    pub statistics: RunningStatistics,
}

/// Re-estimates the running statistics for each path, if possible.
///
/// # Arguments
///
/// * `arguments` - the arguments of `pathscope-torch retrain`
pub(super) fn estimated_statistics(arguments: PassedOn, quiet: bool) -> Result<RunningStatistics> {
    if !companion::is_installed() {
        return Ok(RunningStatistics::Copied);
    }
    companion::run_before("retrain", arguments, quiet)?;
    Ok(RunningStatistics::Estimated)
}

/// Scores every network on the test images, then writes and prints the lesions.
pub(super) fn measure_lesions(ablated: &Ablated<'_>, printer: &Printer) -> Result<Outcome> {
    let record = ablated.record;
    let mut models = Vec::with_capacity(record.originals.len());
    for (original, settings) in record.originals.iter().zip(ablated.settings) {
        models.push(lesioned(ablated, original, settings, printer)?);
    }
    let lesions = Lesions::new(record.normalization, ablated.statistics, models);
    lesions.warnings.iter().for_each(|warning| printer.warning(warning));
    let csv = tables::to_csv(&mut tables::lesions(&lesions)?)?;
    write_file(&ablated.folder.join("lesions.csv"), csv)?;
    let figure = figures::lesions(&lesions, Sheet::default())?;
    warn_of_misfit(Sheet::default(), "lesions.svg", &figure, printer);
    write_file(&ablated.folder.join("lesions.svg"), figure)?;
    write_file(&ablated.folder.join(LESIONS), serde_json::to_string_pretty(&lesions)? + "\n")?;
    printer.result(&shown(&lesions.text()))?;
    printer.note(format_args!("lesions are in {}", ablated.folder.join(LESIONS).display()));
    Ok(Outcome::Success)
}

/// Measures one network and all its ablations.
fn lesioned(
    ablated: &Ablated<'_>,
    original: &Original,
    settings: &Path,
    printer: &Printer,
) -> Result<LesionedModel> {
    let mut settings = read_settings(settings)?;
    settings.data = ablated.data.to_owned();
    let data = settings.open_data()?;
    let score = |file: &Path| evaluation(file, &data, &settings, printer);
    let of_original = score(&original.path)?;
    let place = ablated.folder.join(ablated.record.folder_of(original));
    let mut scores = Vec::with_capacity(ablated.record.ablations.len());
    for ablation in &ablated.record.ablations {
        scores.push((ablation.clone(), score(&place.join(ablation.name()).join(MODEL))?));
    }
    let full = scores.iter().position(|(ablation, _)| *ablation == Ablation::full());
    let (_, full) = scores.remove(full.context("the folder has no network with all paths")?);
    let computing = Computing {
        images: Wanted::default(),
        analysis: &AnalysisOptions::default(),
        options: ComputeOptions::default(),
        bootstrap: Bootstrap { resamples: 0, ..Bootstrap::default() },
    };
    let file = ModelFile { settings: Some(settings.clone()), ..ModelFile::of(&original.path) };
    let document = contributions_by_length(&file, &computing, printer)?;
    let measures = MeasuredModel::of(&original.name, &document)?;
    Ok(LesionedModel::new(&measures, &of_original, &full, &scores))
}

/// Scores one network on the test images.
fn evaluation(file: &Path, data: &SplitData, settings: &Settings, printer: &Printer) -> Result<Evaluation> {
    let engine = Engine::open(&ModelFile::of(file), None).map_err(|problem| anyhow::anyhow!(problem))?;
    let sha256 = sha256(file)?;
    let evaluated = Evaluated { path: file, sha256: &sha256, generator: GENERATOR };
    let part = EvaluatedPart::Test;
    let progress = printer.progress(data.images_of(part).len() as u64, "predicting");
    let found = measure(&engine, evaluated, data, part, settings, &|done| progress.set_position(done as u64));
    progress.finish_and_clear();
    found.with_context(|| file.display().to_string())
}
