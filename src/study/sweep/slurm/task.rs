//! Tasks of job arrays, and their states.

use std::fmt;

/// A task of a job array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The job, as `sbatch` named it.
    pub job: u64,
    /// Index of the task in its array, from 0.
    pub index: usize,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}_{}", self.job, self.index))
    }
}

/// The state of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlurmState {
    /// The task waits for its first or next run.
    Queued {
        /// Slurm's reason: `Resources`, `Priority`, …
        reason: Option<String>,
    },
    /// The task is held until somebody releases it.
    Held {
        /// Slurm's reason: `JobHeldUser`, `JobHeldAdmin`, `launch failed requeued held`, …
        reason: String,
    },
    /// The task waits for something that will never happen.
    Hopeless {
        /// Slurm's reason: `DependencyNeverSatisfied`, `BadConstraints`, …
        reason: String,
    },
    /// The task runs, or is about to begin or end.
    Running {
        /// The node.
        node: String,
    },
    /// The task has ended for good.
    Ended {
        /// The way it ended.
        ending: Ending,
        /// Detail from Slurm: an exit code such as `exit code 1`, or a reason.
        detail: Option<String>,
    },
    /// Slurm no longer knows the task.
    Forgotten,
}

/// The way a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Ended without an error.
    Completed,
    /// The command ended with an error.
    Failed,
    /// The time limit was reached.
    Timeout,
    /// The node stopped responding.
    NodeFail,
    /// The task used more memory than requested.
    OutOfMemory,
    /// The task was cancelled.
    Cancelled {
        /// The id of the user who cancelled it, if known.
        by: Option<String>,
    },
    /// The task was preempted by another job.
    Preempted,
    /// The node could not be started.
    BootFail,
    /// The task could not have ended before its deadline.
    Deadline,
    /// Any other state, in Slurm's word.
    Other(String),
}

/// Words in Slurm's reasons for tasks that will never run.
const NEVER: [&str; 11] = [
    "NeverSatisfied",
    "BadConstraints",
    "InvalidAccount",
    "InvalidQOS",
    "AccountNotAllowed",
    "QOSNotAllowed",
    "PartitionTimeLimit",
    "PartitionNodeLimit",
    "PerJob",
    "WallDuration",
    "ReservationDeleted",
];

impl SlurmState {
    /// Parses a state in the long form of `squeue` and `sacct`, such as `CANCELLED by 1000`.
    ///
    /// # Arguments
    ///
    /// * `reason` - the reason for the state
    /// * `node` - the node, if any
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::study::sweep::slurm::SlurmState;
    ///
    /// let state = SlurmState::parse("OUT_OF_MEMORY", None, "node7");
    /// assert_eq!(state.to_string(), "killed: OUT_OF_MEMORY: raise --mem");
    /// ```
    pub fn parse(text: &str, reason: Option<String>, node: &str) -> Self {
        let mut words = text.split_whitespace();
        // `sacct` ends a state with a plus if the column is too narrow.
        let word = words.next().unwrap_or_default().trim_end_matches('+');
        let ending = match word {
            "REQUEUE_HOLD" | "RESV_DEL_HOLD" | "SPECIAL_EXIT" => {
                return Self::Held { reason: reason.unwrap_or_else(|| word.to_owned()) };
            }
            "PENDING" | "REQUEUED" | "REQUEUE_FED" => return Self::waiting(reason),
            "RUNNING" | "COMPLETING" | "CONFIGURING" | "RESIZING" | "SIGNALING" | "STAGE_OUT" | "STOPPED"
            | "SUSPENDED" => return Self::Running { node: node.to_owned() },
            "COMPLETED" => Ending::Completed,
            "FAILED" => Ending::Failed,
            "TIMEOUT" => Ending::Timeout,
            "NODE_FAIL" => Ending::NodeFail,
            "OUT_OF_MEMORY" => Ending::OutOfMemory,
            "CANCELLED" => Ending::Cancelled {
                by: words.next().filter(|word| *word == "by").and(words.next()).map(Into::into),
            },
            "PREEMPTED" => Ending::Preempted,
            "BOOT_FAIL" => Ending::BootFail,
            "DEADLINE" => Ending::Deadline,
            other => Ending::Other(other.to_owned()),
        };
        Self::Ended { ending, detail: reason }
    }

    fn waiting(reason: Option<String>) -> Self {
        match reason {
            Some(reason) if reason.to_lowercase().contains("held") => Self::Held { reason },
            Some(reason) if NEVER.iter().any(|never| reason.contains(never)) => Self::Hopeless { reason },
            reason => Self::Queued { reason },
        }
    }

    /// Returns whether the task runs or waits, so that its models do not need another task.
    pub fn is_alive(&self) -> bool {
        self.waits() || matches!(self, Self::Running { .. })
    }

    /// Returns whether the task is queued and not running.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Held { .. } | Self::Hopeless { .. })
    }

    /// Returns the command that is needed before the waiting tasks, or others in their place, can run.
    /// Returns `None` if no command is needed.
    ///
    /// # Arguments
    ///
    /// * `tasks` - the tasks in this state
    pub fn command(&self, tasks: &[TaskId]) -> Option<String> {
        let tasks = |between: &str| tasks.iter().map(TaskId::to_string).collect::<Vec<_>>().join(between);
        match self {
            Self::Held { reason } if reason.contains("Admin") => {
                Some(format!("ask an administrator for `scontrol release {}`", tasks(",")))
            }
            Self::Held { .. } => Some(format!("`scontrol release {}` releases it", tasks(","))),
            Self::Hopeless { .. } => Some(format!("`scancel {}` and submit again", tasks(" "))),
            _ => None,
        }
    }
}

impl fmt::Display for SlurmState {
    /// Returns a description of the state, and what to do about unfinished models.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queued { reason: Some(reason) } => write!(f, "queued ({reason})"),
            Self::Queued { reason: None } => f.write_str("queued"),
            Self::Held { reason } => write!(f, "held ({reason})"),
            Self::Hopeless { reason } => write!(f, "will never run ({reason})"),
            Self::Running { node } if node.is_empty() => f.write_str("running"),
            Self::Running { node } => write!(f, "running on {node}"),
            Self::Ended { ending, detail: Some(detail) } => {
                write!(f, "{ending} ({detail}): {}", ending.remedy())
            }
            Self::Ended { ending, detail: None } => write!(f, "{ending}: {}", ending.remedy()),
            Self::Forgotten => f.write_str("no longer known to Slurm: submit again"),
        }
    }
}

impl Ending {
    fn remedy(&self) -> &'static str {
        match self {
            Self::Completed | Self::Cancelled { .. } | Self::NodeFail | Self::Preempted | Self::BootFail => {
                "submit again"
            }
            Self::Failed | Self::Other(_) => "its log says why",
            Self::Timeout => "submit again, with a longer --time or a smaller --chunk",
            Self::OutOfMemory => "raise --mem",
            Self::Deadline => "submit again, with a later deadline",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => f.write_str("ended"),
            Self::Failed => f.write_str("failed"),
            Self::Timeout => f.write_str("killed: TIMEOUT"),
            Self::NodeFail => f.write_str("killed: NODE_FAIL"),
            Self::OutOfMemory => f.write_str("killed: OUT_OF_MEMORY"),
            Self::Cancelled { by: Some(user) } => write!(f, "cancelled by {user}"),
            Self::Cancelled { by: None } => f.write_str("cancelled"),
            Self::Preempted => f.write_str("killed: PREEMPTED"),
            Self::BootFail => f.write_str("killed: BOOT_FAIL"),
            Self::Deadline => f.write_str("killed: DEADLINE"),
            Self::Other(word) => write!(f, "ended: {word}"),
        }
    }
}
