//! The states of a sweep's models on the cluster.

use super::accounting::Accounting;
use super::submission::slurm;
use super::{SlurmError, SlurmState, Submission, TaskId, lost};
use crate::study::ModelId;
use pathscope_core::files::text::counted;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The task that works, will work or last worked on a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelTask {
    /// The task.
    pub task: TaskId,
    /// The log of the task, if it has begun.
    pub log: PathBuf,
    /// The state of the task.
    pub state: SlurmState,
}

impl fmt::Display for ModelTask {
    /// Formats the state of the task, and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        self.state.command(&[self.task]).map_or(Ok(()), |command| write!(f, ": {command}"))
    }
}

/// The states of a sweep's models on the cluster.
#[derive(Clone, Debug, Default)]
pub struct SlurmStates {
    /// Every submitted model, with its active task or else its last one.
    pub models: BTreeMap<ModelId, ModelTask>,
    /// The reason why Slurm's job accounting could not be asked. The states of tasks that ended more than
    /// some minutes ago are then unknown.
    pub no_accounts: Option<String>,
}

/// Asks Slurm for the states of all submitted models of a sweep.
///
/// The states only matter for unfinished models: a killed task may have finished some of its models before.
/// If nothing was submitted, Slurm is not asked.
///
/// # Arguments
///
/// * `folder` - the folder of the sweep
///
/// # Errors
///
/// Returns a [`SlurmError`] if a submission cannot be read or `squeue` cannot be asked.
///
/// # Examples
///
/// ```
/// use pathscope::study::sweep::slurm::states_of_models;
///
/// assert!(states_of_models(std::path::Path::new("never-submitted"))?.models.is_empty());
/// # Ok::<(), pathscope::study::sweep::slurm::SlurmError>(())
/// ```
pub fn states_of_models(folder: &Path) -> Result<SlurmStates, SlurmError> {
    let mut submissions = Submission::read_all(folder)?;
    lost::find(submissions.iter_mut())?;
    of_submissions(folder, &submissions)
}

/// Returns the states of the tasks of these submissions.
pub(super) fn of_submissions(folder: &Path, submissions: &[Submission]) -> Result<SlurmStates, SlurmError> {
    let accounting = Accounting::of(submissions)?;
    Ok(combine(folder, submissions, accounting))
}

pub(super) fn combine(folder: &Path, submissions: &[Submission], accounting: Accounting) -> SlurmStates {
    let mut models: BTreeMap<ModelId, ModelTask> = BTreeMap::new();
    for (task, of_task) in submissions.iter().flat_map(Submission::tasks) {
        let state = accounting.tasks.get(&task).cloned().unwrap_or(SlurmState::Forgotten);
        for model in of_task {
            let earlier_is_alive = models.get(model).is_some_and(|earlier| earlier.state.is_alive());
            if state.is_alive() || !earlier_is_alive {
                let log = slurm(folder).join(format!("{task}.log"));
                models.insert(model.clone(), ModelTask { task, log, state: state.clone() });
            }
        }
    }
    SlurmStates { models, no_accounts: accounting.no_accounts }
}

/// The largest number of tasks that a suggested command names.
const MOST_NAMED: usize = 20;

/// Returns advice about waiting tasks that will not run by themselves. There is a line for each reason,
/// with the command to run and the number of affected models.
///
/// # Arguments
///
/// * `tasks` - the tasks of models, one per model
pub fn blocked<'a>(tasks: impl Iterator<Item = &'a ModelTask>) -> Vec<String> {
    let mut of_state: BTreeMap<String, (SlurmState, usize, Vec<TaskId>)> = BTreeMap::new();
    for ModelTask { task, state, .. } in tasks.filter(|task| task.state.command(&[]).is_some()) {
        let (_, models, tasks) =
            of_state.entry(state.to_string()).or_insert_with(|| (state.clone(), 0, Vec::new()));
        *models += 1;
        tasks.push(*task);
    }
    let line = |(text, (state, models, mut tasks)): (String, (SlurmState, usize, Vec<TaskId>))| {
        tasks.sort_unstable();
        tasks.dedup();
        let command = state.command(&tasks[..tasks.len().min(MOST_NAMED)]).unwrap_or_default();
        let more = tasks.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(", and {more} more tasks") } else { String::new() };
        format!("{}: {text}: {command}{more}", counted(models, "model"))
    };
    of_state.into_iter().map(line).collect()
}
