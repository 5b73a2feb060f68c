//! Collection of the results of a sweep from its folders.

use super::hashes::Hashes;
use super::outcome::Outcome;
use super::{SweepError, SweepFolder};
use crate::study::results::{ResultRow, Status};
use crate::study::{Plan, PlannedModel};
use pathscope_core::files::text::counted;
use rayon::prelude::*;

/// The results of a sweep.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The rows of all models of the study, in its order.
    pub rows: Vec<ResultRow>,
    /// Warnings about possible differences between the rows, each with a remedy.
    pub warnings: Vec<String>,
}

/// Collects the results of every model of a sweep from its run, evaluation and analysis.
///
/// The row of a model that is unfinished, or whose files are unreadable or do not match, has the reason and
/// no scores.
///
/// # Arguments
///
/// * `done` - a callback after each model, from several threads
///
/// # Errors
///
/// Returns [`SweepError::Open`] if the folder itself cannot be read.
///
/// # Complexity
///
/// O(files), which have some 20 kB per model. A network is hashed once, and again if its file changes.
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

/// Returns the warning about finished models without recorded hashes, or `None` if there are none.
pub fn unsealed_warning(models: usize) -> Option<String> {
    let verb = if models == 1 { "was" } else { "were" };
    (models > 0).then(|| {
        format!(
            "{} {verb} finished by a version that recorded no hashes of files: only the consistency of the files was checked",
            counted(models, "model")
        )
    })
}

/// Returns the row of a model, and whether it is finished without recorded hashes.
fn row(folder: &SweepFolder, plan: &Plan, model: &PlannedModel, hashes: &Hashes) -> (ResultRow, bool) {
    let mut row = model.row(&plan.study);
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
            let error = place.failure().map(|failure| failure.error);
            row.problem = error.or_else(|| Some("its failure.json cannot be read".to_owned()));
        }
        Status::Partial => row.problem = Some("its training is not finished".to_owned()),
        Status::Missing | Status::Broken => row.problem = Some("it was not begun".to_owned()),
    }
    (row, unsealed)
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
