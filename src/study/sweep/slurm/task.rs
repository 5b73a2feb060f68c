//! Tasks of job arrays, and how they go.

use std::fmt;

/// A task of a job array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The job, as `sbatch` named it.
    pub job: u64,
    /// Index in its array, from 0.
    pub index: usize,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}_{}", self.job, self.index))
    }
}

/// How a task goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlurmState {
    /// It waits for its first or next turn.
    Queued {
        /// Why, as Slurm says it: `Resources`, `Priority`, …
        reason: Option<String>,
    },
    /// The task waits until somebody releases it.
    Held {
        /// Slurm's reason: `JobHeldUser`, `JobHeldAdmin`, `launch failed requeued held`, …
        reason: String,
    },
    /// The task waits for something that cannot come.
    Hopeless {
        /// Slurm's reason: `DependencyNeverSatisfied`, `BadConstraints`, …
        reason: String,
    },
    /// It runs, or is about to begin or to end.
    Running {
        /// The node.
        node: String,
    },
    /// It will not run again.
    Ended {
        /// How it ended.
        ending: Ending,
        /// What Slurm says of it: an exit code such as `exit code 1`, or a reason.
        detail: Option<String>,
    },
    /// Slurm does not know it any more.
    Forgotten,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Without an error.
    Completed,
    /// Its command ended with an error.
    Failed,
    /// Its time was up.
    Timeout,
    /// Its node did not answer any more.
    NodeFail,
    /// It took more memory than it had asked for.
    OutOfMemory,
    /// Somebody cancelled it.
    Cancelled {
        /// The number of that user, where Slurm says it.
        by: Option<String>,
    },
    /// Another job took its place.
    Preempted,
    /// Its node could not be started.
    BootFail,
    /// It could not have ended before its deadline.
    Deadline,
    /// Anything else, in Slurm's word.
    Other(String),
}

/// The words in the reasons of tasks that will never run, whatever ends before them.
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
    /// Reads a state in the long form that `squeue` and `sacct` write, such as `CANCELLED by 1000`.
    ///
    /// # Arguments
    ///
    /// * `reason` - why it is in that state
    /// * `node` - where it is, if anywhere
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
        // Where a column is too narrow for all of it, `sacct` ends a state with a plus.
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

    /// Returns whether the task runs or waits, so that its models need no other task as long as it is there.
    pub fn is_alive(&self) -> bool {
        self.waits() || matches!(self, Self::Running { .. })
    }

    /// Returns whether the task is in the queue and does not run.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Held { .. } | Self::Hopeless { .. })
    }

    /// Returns the command that has to be run before tasks that wait, or others in their place, can run; `None` where none
    /// has to be.
    ///
    /// # Arguments
    ///
    /// * `tasks` - that are in this state
    pub fn command(&self, tasks: &[TaskId]) -> Option<String> {
        let tasks = |between: &str| tasks.iter().map(TaskId::to_string).collect::<Vec<_>>().join(between);
        match self {
            Self::Held { reason } if reason.contains("Admin") => {
                Some(format!("ask an administrator for `scontrol release {}`", tasks(",")))
            }
            Self::Held { .. } => Some(format!("`scontrol release {}` lets it go on", tasks(","))),
            Self::Hopeless { .. } => Some(format!("`scancel {}` and submit again", tasks(" "))),
            _ => None,
        }
    }
}

impl fmt::Display for SlurmState {
    /// What it is, and what to do where its models are not finished.
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
            Self::Forgotten => f.write_str("Slurm does not know it any more: submit again"),
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
