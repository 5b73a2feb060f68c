//! From the folders of a sweep to its results.

use super::hashes::Hashes;
use super::outcome::Outcome;
use super::{SweepError, SweepFolder};
use crate::study::results::{Kind, ResultRow, Status};
use crate::study::{ModelId, Plan, PlannedModel};
use pathscope_core::files::text::counted;
use rayon::prelude::*;

/// The results of a sweep.
#[derive(Clone, Debug)]
pub struct Collected {
    /// A row for every model of the study, in its order.
    pub rows: Vec<ResultRow>,
    /// What may make them incomparable, each with what to do about it.
    pub warnings: Vec<String>,
}

/// Collects the results of every model of a sweep: what its run, evaluation and analysis say.
///
/// A model that is not finished, or whose files cannot be read or do not belong together, has a row that says why
/// and no scores.
///
/// # Arguments
///
/// * `done` - is called after each model, from several threads
///
/// # Errors
///
/// [`SweepError::Open`] where the folder itself cannot be read.
///
/// # Complexity
///
/// O(files), which are some 20 kB a model. The network of a model is hashed once and again when its file is another
/// one.
pub fn collect(folder: &SweepFolder, plan: &Plan, done: &(dyn Fn() + Sync)) -> Result<Collected, SweepError> {
    let hashes = Hashes::open(folder.path());
    let row = |model: &PlannedModel| {
        let row = row(folder, plan, model, &hashes);
        done();
        row
    };
    let (rows, unsealed): (Vec<ResultRow>, Vec<bool>) = plan.models.par_iter().map(row).unzip();
    hashes.remember();
    let mut warnings = warnings(&rows);
    warnings.extend(unsealed_warning(unsealed.into_iter().filter(|&is| is).count()));
    Ok(Collected { rows, warnings })
}

/// Returns the warning about finished models whose hashes were not recorded; `None` where there are no such models.
pub fn unsealed_warning(models: usize) -> Option<String> {
    let verb = if models == 1 { "was" } else { "were" };
    (models > 0).then(|| {
        format!(
            "{} {verb} finished by a version that recorded no hashes of their files: it was checked that these belong together, and nothing else",
            counted(models, "model")
        )
    })
}

/// The row of a model, and whether it is finished without recorded hashes.
fn row(folder: &SweepFolder, plan: &Plan, model: &PlannedModel, hashes: &Hashes) -> (ResultRow, bool) {
    let mut row = planned(plan, model);
    let mut unsealed = false;
    let place = folder.model(&model.id);
    row.status = place.status();
    match row.status {
        Status::Finished => match Outcome::read(&place, &plan.study.dataset.name, model, hashes) {
            Ok(outcome) => {
                unsealed = !outcome.is_sealed;
                outcome.fill(&mut row);
            }
            Err(problem) => {
                row.status = Status::Broken;
                row.problem = Some(place.remedy(&problem));
            }
        },
        Status::Failed => {
            let said = place.failure().map(|failure| failure.error);
            row.problem = said.or_else(|| Some("its failure.json cannot be read".to_owned()));
        }
        Status::Partial => row.problem = Some("its training is not finished".to_owned()),
        Status::Missing | Status::Broken => row.problem = Some("it was not begun".to_owned()),
    }
    (row, unsealed)
}

/// What a study says of a model.
fn planned(plan: &Plan, model: &PlannedModel) -> ResultRow {
    let settings = &model.settings;
    ResultRow {
        study: plan.study.name.clone(),
        id: model.id.to_string(),
        status: Status::Missing,
        kind: model.kind,
        configuration: model.configuration.to_string(),
        matched: model.matched.to_string(),
        original: model.original.as_ref().map(ModelId::to_string),
        dataset: plan.study.dataset.name.clone(),
        split_seed: settings.split_seed,
        train_fraction: settings.train_fraction,
        recurrent_blocks: model.matched_recurrent_blocks(),
        iterations: settings.iterations,
        readout: (model.kind != Kind::FeedForward).then_some(settings.readout),
        channels: settings.channels,
        activation: settings.activation,
        first_block: settings.first_block,
        loss: settings.loss,
        seed: settings.seed,
        multi_path: settings.multi_path,
        lengths_removed: settings.lengths_removed.clone(),
        ..ResultRow::default()
    }
}

fn warnings(rows: &[ResultRow]) -> Vec<String> {
    let mut warnings = Vec::new();
    let differ = |of: fn(&ResultRow) -> Option<&String>| {
        let mut values: Vec<&String> = rows.iter().filter_map(of).collect();
        values.sort();
        values.dedup();
        values.len() > 1
    };
    if differ(|row| row.dataset_sha256.as_ref()) {
        warnings.push(
            "not all models were trained on the same files of the data set: see the column dataset_sha256"
                .to_owned(),
        );
    }
    if differ(|row| row.version.as_ref()) {
        warnings.push(
            "not all models were trained by the same version of pathscope: see the column version".to_owned(),
        );
    }
    warnings
}
