//! How far a sweep is.

use super::hashes::Hashes;
use super::outcome::Outcome;
use super::slurm::{ModelTask, SlurmStates};
use super::{Failure, ModelFolder, SweepError, SweepFolder};
use crate::study::results::{Kind, Status};
use crate::study::{Plan, PlannedModel};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};

/// How far a sweep is.
#[derive(Debug)]
pub struct SweepStatus {
    /// Every model of the study, in its order.
    pub models: Vec<ModelStatus>,
    /// Folders of models that the study has not, or not any more.
    pub unknown: Vec<String>,
    /// The number of finished models without recorded hashes, so that an altered file would not be seen.
    pub unsealed: usize,
}

/// How far a model is.
#[derive(Debug)]
pub struct ModelStatus {
    /// The model.
    pub model: PlannedModel,
    /// Its folder.
    pub folder: ModelFolder,
    /// How far it is.
    pub status: Status,
    /// Whether a process works on it.
    pub running: bool,
    /// Why it could not be finished.
    pub failure: Option<Failure>,
    /// What is wrong with its files, where it is [`Status::Broken`], and what to do.
    pub problem: Option<String>,
    /// Its task on a cluster, where it is not finished and [`SweepStatus::note_slurm`] was told of one.
    pub slurm: Option<ModelTask>,
}

impl SweepStatus {
    /// Looks at the folders of all models, and at the files of those that are finished: one whose files are altered,
    /// missing or of another model is [`Status::Broken`].
    ///
    /// # Errors
    ///
    /// [`SweepError::Open`]
    ///
    /// # Complexity
    ///
    /// A few looks at the file system for every model, and O(files), as for [`collect`](super::collect), for those that
    /// are finished.
    pub fn of(folder: &SweepFolder, plan: Plan) -> Result<Self, SweepError> {
        let hashes = Hashes::open(folder.path());
        let dataset = plan.study.dataset.name;
        let look = |model: PlannedModel| {
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
        let (models, unsealed): (Vec<ModelStatus>, Vec<bool>) = plan.models.into_par_iter().map(look).unzip();
        hashes.remember();
        let unsealed = unsealed.into_iter().filter(|&is| is).count();
        let name = |model: &ModelStatus| model.folder.path().file_name().map(ToOwned::to_owned);
        let known: HashSet<OsString> = models.iter().filter_map(name).collect();
        let unknown =
            folder.models()?.into_iter().filter(|name| !known.contains(OsStr::new(name.as_str()))).collect();
        Ok(Self { models, unknown, unsealed })
    }

    /// Notes what Slurm says of the models that are not finished.
    pub fn note_slurm(&mut self, mut states: SlurmStates) {
        let is_open = |model: &&mut ModelStatus| !matches!(model.status, Status::Finished | Status::Broken);
        for model in self.models.iter_mut().filter(is_open) {
            model.slurm = states.models.remove(&model.model.id);
        }
    }

    /// How many models of each kind are how far; those that are worked on apart from the rest.
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
    /// Returns why it failed, or what is wrong with its files.
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

/// How many models are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// All of them.
    pub models: usize,
    /// Trained, measured and taken apart.
    pub finished: usize,
    /// A process works on them.
    pub running: usize,
    /// Begun, and nobody works on them.
    pub partial: usize,
    /// The number of models that ended with an error, or whose files are not those that they were finished with.
    pub failed: usize,
    /// Not begun.
    pub missing: usize,
}
