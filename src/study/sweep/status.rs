//! The progress of a sweep.

use super::hashes::Hashes;
use super::outcome::Outcome;
use super::slurm::{ModelTask, SlurmStates};
use super::{Failure, ModelFolder, SweepError, SweepFolder};
use crate::study::results::{Kind, Status};
use crate::study::{Plan, PlannedModel};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};

/// The progress of a sweep.
#[derive(Debug)]
pub struct SweepStatus {
    /// All models of the study, in its order.
    pub models: Vec<ModelStatus>,
    /// Folders of models that do not belong to the study, or no longer do.
    pub unknown: Vec<String>,
    /// Number of finished models without recorded hashes, for which altered files cannot be detected.
    pub unsealed: usize,
}

/// The progress of a model.
#[derive(Debug)]
pub struct ModelStatus {
    /// The model.
    pub model: PlannedModel,
    /// The folder of the model.
    pub folder: ModelFolder,
    /// The status of the model.
    pub status: Status,
    /// Whether a process works on the model.
    pub running: bool,
    /// The recorded failure.
    pub failure: Option<Failure>,
    /// The problem with its files and its remedy, if the status is [`Status::Broken`].
    pub problem: Option<String>,
    /// Its task on a cluster, if the model is unfinished and [`SweepStatus::note_slurm`] reported one.
    pub slurm: Option<ModelTask>,
}

impl SweepStatus {
    /// Reads the state of all models from their folders. Finished models with altered, missing or
    /// mismatched files are [`Status::Broken`].
    ///
    /// # Errors
    ///
    /// [`SweepError::Open`]
    ///
    /// # Complexity
    ///
    /// A few queries of file metadata per model, plus O(files) for finished models, as in
    /// [`collect`](super::collect).
    pub fn of(folder: &SweepFolder, plan: Plan) -> Result<Self, SweepError> {
        let hashes = Hashes::open(folder.path());
        let dataset = plan.study.dataset.name;
        let status = |model: PlannedModel| {
            let folder = folder.model(&model.id);
            let mut status = folder.status();
            let running = matches!(status, Status::Partial | Status::Failed) && folder.is_claimed();
            let failure = if status == Status::Failed { folder.failure() } else { None };
            let (mut problem, mut unsealed) = (None, false);
            if status == Status::Finished {
                match Outcome::read(&folder, &dataset, &model, &hashes) {
                    Ok(outcome) => unsealed = !outcome.is_sealed,
                    Err(wrong) => (status, problem) = (Status::Broken, Some(folder.remedy(&wrong))),
                }
            }
            (ModelStatus { model, folder, status, running, failure, problem, slurm: None }, unsealed)
        };
        let (models, unsealed): (Vec<ModelStatus>, Vec<bool>) =
            plan.models.into_par_iter().map(status).unzip();
        hashes.remember();
        let unsealed = unsealed.into_iter().filter(|&is| is).count();
        let name = |model: &ModelStatus| model.folder.path().file_name().map(ToOwned::to_owned);
        let known: HashSet<OsString> = models.iter().filter_map(name).collect();
        let unknown =
            folder.models()?.into_iter().filter(|name| !known.contains(OsStr::new(name.as_str()))).collect();
        Ok(Self { models, unknown, unsealed })
    }

    /// Records the states of unfinished models as reported by Slurm.
    pub fn note_slurm(&mut self, mut states: SlurmStates) {
        let is_open = |model: &&mut ModelStatus| !matches!(model.status, Status::Finished | Status::Broken);
        for model in self.models.iter_mut().filter(is_open) {
            model.slurm = states.models.remove(&model.model.id);
        }
    }

    /// Counts models by kind and status. Running models are counted separately.
    pub fn counts(&self) -> BTreeMap<Kind, Counts> {
        let mut counts: BTreeMap<Kind, Counts> = BTreeMap::new();
        for model in &self.models {
            let counts = counts.entry(model.model.kind).or_default();
            counts.models += 1;
            *match (model.running, model.status) {
                (true, _) => &mut counts.running,
                (_, Status::Finished) => &mut counts.finished,
                (_, Status::Failed | Status::Broken) => &mut counts.failed,
                (_, Status::Partial) => &mut counts.partial,
                (_, Status::Missing) => &mut counts.missing,
            } += 1;
        }
        counts
    }
}

impl ModelStatus {
    /// Returns why the model failed, or what is wrong with its files.
    pub fn error(&self) -> Option<&str> {
        self.problem.as_deref().or_else(|| Some(self.failure.as_ref()?.error.as_str()))
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, each| Self {
            models: sum.models + each.models,
            finished: sum.finished + each.finished,
            running: sum.running + each.running,
            partial: sum.partial + each.partial,
            failed: sum.failed + each.failed,
            missing: sum.missing + each.missing,
        })
    }
}

/// The numbers of models by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// All of them.
    pub models: usize,
    /// Models that are trained, evaluated and analyzed.
    pub finished: usize,
    /// Models that a process works on.
    pub running: usize,
    /// Models that are begun, and that no process works on.
    pub partial: usize,
    /// Models that ended with an error, or whose files were altered.
    pub failed: usize,
    /// Models that are not begun.
    pub missing: usize,
}
