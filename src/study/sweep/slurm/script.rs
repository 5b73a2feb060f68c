//! Batch scripts.

use super::quoting::{pattern, sbatch_word, shell_word, utf8};
use super::{SlurmError, SlurmOptions, sbatch_option};
use std::fmt::Write;
use std::path::Path;

/// The time in seconds before its time limit at which a task is signalled to save its state. Slurm may send
/// the signal up to a minute earlier.
const NOTICE: u32 = 120;

/// The number of times that a task requeues itself at its time limit. Without a limit, a task that makes no
/// progress within its time would do so forever.
const TURNS: u32 = 10;

/// The environment variables for options of `sbatch` that the script sets itself. They would override the
/// script.
pub(super) const OVERRIDING_VARIABLES: [&str; 9] = [
    "SBATCH_ARRAY_INX",
    "SBATCH_COMMENT",
    "SBATCH_ERROR",
    "SBATCH_JOB_NAME",
    "SBATCH_NO_REQUEUE",
    "SBATCH_OPEN_MODE",
    "SBATCH_OUTPUT",
    "SBATCH_SIGNAL",
    "SBATCH_WAIT",
];

/// The batch script of an array.
#[derive(Clone, Copy, Debug)]
pub struct BatchScript<'a> {
    /// Name of the jobs.
    pub name: &'a str,
    /// Absolute path of the sweep's folder.
    pub folder: &'a Path,
    /// Number of the submission.
    pub submission: usize,
    /// Number of the array in the submission.
    pub array: usize,
    /// Comment that identifies the job.
    pub comment: &'a str,
    /// Number of tasks.
    pub tasks: usize,
    /// Absolute path of `pathscope`.
    pub program: &'a Path,
    /// Further arguments of `pathscope sweep work`.
    pub arguments: &'a [String],
    /// Resources of the tasks.
    pub options: &'a SlurmOptions,
}

impl BatchScript<'_> {
    /// Returns the text of the script.
    ///
    /// # Errors
    ///
    /// Returns [`SlurmError::Value`] if a value cannot be written into it.
    pub fn text(&self) -> Result<String, SlurmError> {
        let mut text = "#!/bin/bash\n".to_owned();
        for line in self.sbatch_lines()? {
            let _ = writeln!(text, "#SBATCH {line}");
        }
        let Self { submission, array, .. } = self;
        let mut work = vec![
            shell_word(utf8("the program", self.program)?),
            "sweep work \"$folder\" --chunk \"$chunk\"".to_owned(),
        ];
        work.extend(self.arguments.iter().map(|argument| shell_word(argument)));
        let _ = write!(
            text,
            r#"
folder={folder}
chunk="$folder/slurm/{submission}/{array}-$SLURM_ARRAY_TASK_ID.txt"

# The time limit is near: the trainings save their state and end.
trap 'time_is_up=yes; kill -TERM "$work"' USR1
# The task is cancelled, preempted or requeued: Slurm signals all of its processes.
trap : TERM

{work} &
work=$!
# A signal ends `wait`, but not the process that it waits for.
while [ -n "$(jobs -pr)" ]; do wait "$work"; done
wait "$work"
status=$?

if [ -n "$time_is_up" ] && [ "$status" -ne 0 ]; then
    if [ "${{SLURM_RESTART_COUNT:-0}}" -lt {TURNS} ]; then
        echo "The time limit is near: the state is saved, and the task goes back into the queue." >&2
        scontrol requeue "$SLURM_JOB_ID"
    else
        echo "The time limit was near {TURNS} times: submit again, with a longer --time or a smaller --chunk." >&2
    fi
fi
exit "$status"
"#,
            folder = shell_word(utf8("the folder of the sweep", self.folder)?),
            work = work.join(" "),
        );
        Ok(text)
    }

    fn sbatch_lines(&self) -> Result<Vec<String>, SlurmError> {
        let at_once = self.options.most_at_once.map_or(String::new(), |tasks| format!("%{tasks}"));
        let logs = pattern("the folder of the sweep", &self.folder.join("slurm"))? + "/%A_%a.log";
        let mut lines = vec![
            format!("--job-name={}", sbatch_word("the name of the job", self.name)?),
            // The comment identifies a job that was accepted without an answer.
            format!("--comment={}", sbatch_word("the comment of the job", self.comment)?),
            format!("--array=0-{}{at_once}", self.tasks.saturating_sub(1)),
            format!("--output={}", sbatch_word("the folder of the sweep", &logs)?),
            // Keep the output from before a requeue.
            "--open-mode=append".to_owned(),
            "--requeue".to_owned(),
            format!("--signal=B:USR1@{NOTICE}"),
        ];
        for (option, value) in self.options.values() {
            lines.push(format!("{option}={}", sbatch_word(option, &value)?));
        }
        for option in &self.options.sbatch_option {
            lines.push(sbatch_option::checked(option)?.to_owned());
        }
        Ok(lines)
    }
}
