//! The worker for the models of a sweep on this machine.

use super::model_error::ModelError;
use super::{Companion, Ended, ModelFolder, SweepError, SweepFolder, analysis_file};
use crate::study::PlannedModel;
use crate::study::results::Status;
use crate::study::run::Validation;
use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The wait before models of other processes are checked again.
const WAIT: Duration = Duration::from_millis(500);

/// A worker that trains, evaluates and analyzes several models of a sweep at a time on this machine.
#[derive(Debug)]
pub struct Runner<'a> {
    /// The sweep.
    pub folder: &'a SweepFolder,
    /// The program that trains the models.
    pub companion: &'a Companion,
    /// The number of models trained at a time.
    pub jobs: NonZero<usize>,
    /// Whether failed models are retried.
    pub retry_failed: bool,
}

/// An event of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The model had finished or failed before.
    Passed(Status),
    /// Training begins or resumes.
    Began,
    /// Training has progressed.
    Validated(Validation),
    /// The model is trained, evaluated and analyzed.
    Finished,
    /// The model failed, for this recorded reason.
    Failed(String),
    /// The model was stopped, and its state is kept.
    Stopped,
    /// Another process works on the model, which will be checked again later.
    Busy,
}

/// The numbers of models at the end of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunnerSummary {
    /// Finished before or by another process.
    pub passed: usize,
    /// Finished by this run.
    pub finished: usize,
    /// Failed now.
    pub failed: usize,
    /// Failed earlier, and not retried.
    pub failed_before: usize,
    /// Whether the run was stopped before all models were done.
    pub stopped: bool,
}

impl Runner<'_> {
    /// Works until every model has finished or failed, or until `stop` is set.
    ///
    /// Models of other processes are waited for, and taken over if these processes are gone.
    ///
    /// # Arguments
    ///
    /// * `models` - models of the sweep, in the order in which to begin them
    /// * `listener` - a callback for events, from several threads at once, with the index of the model in
    ///   `models`
    ///
    /// # Errors
    ///
    /// Returns the first [`SweepError`] that concerns more than a single model. Models in training are then
    /// stopped.
    pub fn run(
        &self,
        models: &[PlannedModel],
        stop: &AtomicBool,
        listener: &(dyn Fn(usize, Event) + Sync),
    ) -> Result<RunnerSummary, SweepError> {
        let queue = Mutex::new((0..models.len()).map(|index| (index, false)).collect::<VecDeque<_>>());
        let summary = Mutex::new(RunnerSummary::default());
        let error = Mutex::new(None);
        let work = || {
            while !stop.load(Ordering::Relaxed) {
                let Some((index, waited)) = lock(&queue).pop_front() else { break };
                if waited {
                    thread::sleep(WAIT);
                }
                let event = match self.work_on(&models[index], stop, &|event| listener(index, event)) {
                    Ok(event) => event,
                    Err(reason) => {
                        lock(&error).get_or_insert(reason);
                        stop.store(true, Ordering::Relaxed);
                        break;
                    }
                };
                if event == Event::Busy {
                    lock(&queue).push_back((index, true));
                }
                count(&mut lock(&summary), &event);
                // Report only once that another process works on it.
                if !(waited && event == Event::Busy) {
                    listener(index, event);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs.get().min(models.len()) {
                scope.spawn(work);
            }
        });
        if let Some(error) = lock(&error).take() {
            return Err(error);
        }
        let mut summary = *lock(&summary);
        let ended = summary.passed + summary.finished + summary.failed + summary.failed_before;
        summary.stopped = ended < models.len();
        Ok(summary)
    }

    /// Advances one model as far as possible.
    fn work_on(
        &self,
        model: &PlannedModel,
        stop: &AtomicBool,
        listener: &dyn Fn(Event),
    ) -> Result<Event, SweepError> {
        let folder = self.folder.model(&model.id);
        if let Some(passed) = self.passed(&folder) {
            return Ok(passed);
        }
        let Some(_claim) = folder.claim()? else { return Ok(Event::Busy) };
        // Another process may have finished it in the meantime.
        if let Some(passed) = self.passed(&folder) {
            return Ok(passed);
        }
        listener(Event::Began);
        let event = self.train_and_analyze(model, &folder, stop, listener)?;
        match &event {
            Event::Failed(reason) => folder.write_failure(reason)?,
            Event::Finished => folder.remove_failure()?,
            _ => {}
        }
        Ok(event)
    }

    fn passed(&self, folder: &ModelFolder) -> Option<Event> {
        match folder.status() {
            status @ Status::Finished => Some(Event::Passed(status)),
            status @ Status::Failed if !self.retry_failed => Some(Event::Passed(status)),
            _ => None,
        }
    }

    fn train_and_analyze(
        &self,
        model: &PlannedModel,
        folder: &ModelFolder,
        stop: &AtomicBool,
        listener: &dyn Fn(Event),
    ) -> Result<Event, SweepError> {
        folder.write_settings(&model.settings)?;
        if !folder.is_measured() {
            let mut progress = |validation| listener(Event::Validated(validation));
            match self.companion.train(folder, stop, &mut progress)? {
                Ended::Measured => {}
                Ended::Stopped => return Ok(Event::Stopped),
                Ended::Failed(reason) => return Ok(Event::Failed(reason)),
            }
        }
        match analysis_file::write(folder, &model.id) {
            Ok(()) => Ok(Event::Finished),
            Err(error @ ModelError::OtherNetwork) => Ok(Event::Failed(folder.remedy(&error))),
            Err(error) => Ok(Event::Failed(error.to_string())),
        }
    }
}

fn count(summary: &mut RunnerSummary, event: &Event) {
    match event {
        Event::Passed(Status::Failed) => summary.failed_before += 1,
        Event::Passed(_) => summary.passed += 1,
        Event::Finished => summary.finished += 1,
        Event::Failed(_) => summary.failed += 1,
        Event::Began | Event::Validated(_) | Event::Stopped | Event::Busy => {}
    }
}

/// A panicked thread leaves only counts and indices, which are never half changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
