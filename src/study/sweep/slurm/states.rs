//! How the models of a sweep go on the cluster.

use super::accounting::Accounting;
use super::submission::slurm;
use super::{SlurmError, SlurmState, Submission, TaskId, lost};
use crate::study::ModelId;
use pathscope_core::files::text::counted;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The task that works, will work or has worked on a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelTask {
    /// The task.
    pub task: TaskId,
    /// What it says, if it has begun.
    pub log: PathBuf,
    /// How it goes.
    pub state: SlurmState,
}

impl fmt::Display for ModelTask {
    /// Writes how the task goes, and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        self.state.command(&[self.task]).map_or(Ok(()), |command| write!(f, ": {command}"))
    }
}

/// How the models of a sweep go on the cluster.
#[derive(Clone, Debug, Default)]
pub struct SlurmStates {
    /// Every model that was submitted, with the task that is alive or else the last one.
    pub models: BTreeMap<ModelId, ModelTask>,
    /// Why Slurm's accounts could not be asked, so that it is not known how tasks ended that ended more than
    /// some minutes ago.
    pub no_accounts: Option<String>,
}

/// Asks Slurm about all models of a sweep that were submitted.
///
/// What a state says is worth knowing of models that are not finished only: a task that was killed may have
/// finished some of its models before. Where nothing was submitted, Slurm is not asked.
///
/// # Arguments
///
/// * `folder` - of the sweep
///
/// # Errors
///
/// [`SlurmError`] where a submission cannot be read, or `squeue` not be asked.
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

/// Returns the states of the tasks of submissions that were read.
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

/// The most tasks that a command names.
const MOST_NAMED: usize = 20;

/// Returns advice about tasks that wait and will not run by themselves: a line for each reason, with the command and
/// the number of models it is about.
///
/// # Arguments
///
/// * `tasks` - of models, each
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
        let more = if more > 0 { format!(", and {more} more tasks of them") } else { String::new() };
        format!("{}: {text}: {command}{more}", counted(models, "model"))
    };
    of_state.into_iter().map(line).collect()
}
