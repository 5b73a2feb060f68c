//! The states of tasks as reported by Slurm.

use super::{SlurmError, SlurmState, Submission, TaskId, command};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A line of Slurm's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observation {
    /// The job of an array.
    pub job: u64,
    /// The tasks of the array that the line is about.
    pub tasks: Vec<Indices>,
    /// The state of the tasks.
    pub state: SlurmState,
}

/// A range of task indices: every `step`th from `first` to `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Indices {
    pub first: usize,
    pub last: usize,
    pub step: usize,
}

/// The states of the tasks of some submissions.
#[derive(Clone, Debug, Default)]
pub(super) struct Accounting {
    /// All tasks known to Slurm.
    pub tasks: HashMap<TaskId, SlurmState>,
    /// The reason why `sacct` could not be asked, for example because the cluster keeps no job accounting.
    /// Only tasks that ended recently are then known.
    pub no_accounts: Option<String>,
}

impl Accounting {
    /// Asks `squeue` for the states of tasks, and `sacct` for those that `squeue` does not know.
    ///
    /// # Errors
    ///
    /// Returns a [`SlurmError`] if `squeue` cannot be asked.
    ///
    /// # Complexity
    ///
    /// One call of each command per cluster; linear in the number of tasks.
    pub(super) fn of(submissions: &[Submission]) -> Result<Self, SlurmError> {
        let mut accounting = Self::default();
        for (cluster, sizes) in jobs(submissions) {
            let jobs: Vec<u64> = sizes.keys().copied().collect();
            let queued = squeue(cluster, &jobs)?;
            accounting.note(&sizes, &parse_squeue(&queued));
            let known = |(&job, &size): (&u64, &usize)| {
                (0..size).all(|index| accounting.tasks.contains_key(&TaskId { job, index }))
            };
            if sizes.iter().all(known) {
                continue;
            }
            match sacct(cluster, &jobs) {
                Ok(accounts) => accounting.note(&sizes, &past(parse_sacct(&accounts))),
                Err(SlurmError::Failed { message, .. }) => accounting.no_accounts = Some(message),
                Err(error) => accounting.no_accounts = Some(error.to_string()),
            }
        }
        Ok(accounting)
    }

    /// Adds the states of tasks that earlier sources did not know. Requeued tasks have several lines, of
    /// which the last counts.
    ///
    /// # Arguments
    ///
    /// * `sizes` - the number of tasks of every job
    pub(super) fn note(&mut self, sizes: &BTreeMap<u64, usize>, observations: &[Observation]) {
        let mut states = HashMap::new();
        for Observation { job, tasks, state } in observations {
            let Some(&size) = sizes.get(job) else { continue };
            for &Indices { first, last, step } in tasks {
                for index in (first..=last.min(size.saturating_sub(1))).step_by(step.max(1)) {
                    states.insert(TaskId { job: *job, index }, state);
                }
            }
        }
        for (task, state) in states {
            self.tasks.entry(task).or_insert_with(|| state.clone());
        }
    }
}

/// Returns the observations with waiting tasks marked as unknown: if they still waited, they would be in
/// the queue.
///
/// They stay in the list with an unknown state, so that an earlier line about one of them does not count
/// either.
pub(super) fn past(mut observations: Vec<Observation>) -> Vec<Observation> {
    for observation in observations.iter_mut().filter(|observation| observation.state.waits()) {
        observation.state = SlurmState::Forgotten;
    }
    observations
}

/// Returns the jobs of each cluster, with the numbers of their tasks.
fn jobs(submissions: &[Submission]) -> BTreeMap<Option<&str>, BTreeMap<u64, usize>> {
    let mut jobs: BTreeMap<Option<&str>, BTreeMap<u64, usize>> = BTreeMap::new();
    for array in submissions.iter().flat_map(|submission| &submission.arrays) {
        if let Some(job) = array.job {
            jobs.entry(array.cluster.as_deref()).or_default().insert(job, array.tasks.len());
        }
    }
    jobs
}

fn arguments(fixed: &[&str], cluster: Option<&str>, jobs: &[u64]) -> Vec<String> {
    let jobs: BTreeSet<String> = jobs.iter().map(u64::to_string).collect();
    let mut arguments: Vec<String> = fixed.iter().map(|&argument| argument.to_owned()).collect();
    arguments.extend(cluster.map(|cluster| format!("--clusters={cluster}")));
    arguments.push(format!("--jobs={}", jobs.into_iter().collect::<Vec<_>>().join(",")));
    arguments
}

fn squeue(cluster: Option<&str>, jobs: &[u64]) -> Result<String, SlurmError> {
    let fixed = ["--noheader", "--array", "--states=all", "--format=%i|%T|%r|%N"];
    match command::answer("squeue", &arguments(&fixed, cluster, jobs)) {
        // A single job that ended some minutes ago is an error.
        Err(SlurmError::Failed { message, .. }) if message.contains("Invalid job id") => Ok(String::new()),
        answer => answer,
    }
}

fn sacct(cluster: Option<&str>, jobs: &[u64]) -> Result<String, SlurmError> {
    let fixed = ["--noheader", "--parsable2", "--allocations", "--format=JobID,State,ExitCode,NodeList"];
    command::answer("sacct", &arguments(&fixed, cluster, jobs))
}

/// Parses lines such as `12_3|RUNNING|None|node1`, with job, state, reason and nodes.
pub(super) fn parse_squeue(text: &str) -> Vec<Observation> {
    let line = |line: &str| {
        let [tasks, state, reason, nodes] = fields(line)?;
        let reason = (!reason.is_empty() && reason != "None").then(|| reason.to_owned());
        observation(tasks, SlurmState::parse(state, reason, nodes))
    };
    text.lines().filter_map(line).collect()
}

/// Parses lines such as `12_3|FAILED|1:0|node1`, with job, state, exit code and signal, and nodes.
pub(super) fn parse_sacct(text: &str) -> Vec<Observation> {
    let line = |line: &str| {
        let [tasks, state, exit, nodes] = fields(line)?;
        // Otherwise the code only shows how Slurm killed the task, which the state explains better.
        let exit = if state == "FAILED" { exit_in_words(exit) } else { None };
        observation(tasks, SlurmState::parse(state, exit, nodes))
    };
    text.lines().filter_map(line).collect()
}

/// Splits a line into its four fields. Returns `None` for any other line, such as a cluster name above its
/// jobs.
fn fields(line: &str) -> Option<[&str; 4]> {
    line.split('|').map(str::trim).collect::<Vec<_>>().try_into().ok()
}

fn observation(tasks: &str, state: SlurmState) -> Option<Observation> {
    let (job, tasks) = parse_tasks(tasks)?;
    Some(Observation { job, tasks, state })
}

/// Describes an exit: `1:0` is exit code 1, `0:9` is signal 9.
fn exit_in_words(exit: &str) -> Option<String> {
    match exit.split_once(':')? {
        ("0", "0") => None,
        ("0", signal) => Some(format!("signal {signal}")),
        (code, _) => Some(format!("exit code {code}")),
    }
}

/// Parses `12_3` and `12_[1,3-5,7-15:2%4]`: a job, and ranges of its tasks with a step.
///
/// If Slurm shortened a long list with three dots, only the tasks before the dots are returned.
pub(super) fn parse_tasks(text: &str) -> Option<(u64, Vec<Indices>)> {
    let (job, indices) = text.split_once('_')?;
    let job = job.parse().ok()?;
    let Some(list) = indices.strip_prefix('[') else {
        let index = indices.parse().ok()?;
        return Some((job, vec![Indices { first: index, last: index, step: 1 }]));
    };
    let list = list.trim_end_matches(']');
    let list = list.split_once('%').map_or(list, |(list, _)| list);
    let range = |text: &str| {
        let (range, step) = text.split_once(':').unwrap_or((text, "1"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(Indices { first: first.parse().ok()?, last: last.parse().ok()?, step: step.parse().ok()? })
    };
    Some((job, list.split(',').filter_map(range).collect()))
}
