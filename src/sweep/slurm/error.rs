//! Why a sweep cannot be submitted, or Slurm not be asked about it.

use crate::checkpoint::remedy;
use crate::output::OutputError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a sweep cannot be submitted, or Slurm not be asked about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SlurmError {
    /// A command of Slurm is not there.
    #[error(
        "{command}: no such command: run this where Slurm's commands are on PATH, as on a login node of the cluster"
    )]
    NoCommand {
        /// Its name.
        command: &'static str,
    },
    /// A command of Slurm cannot be started.
    #[error("{command}: cannot be run: {source}")]
    NotRun {
        /// Its name.
        command: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A command of Slurm ended with an error.
    #[error("{command} failed: {said}")]
    Failed {
        /// Its name.
        command: &'static str,
        /// What it wrote to stderr, in one line.
        said: String,
    },
    /// `sbatch` refused an array.
    #[error("sbatch refused {}: {said}: {}", .script.display(), refusal_remedy(.said, .submitted))]
    Refused {
        /// The batch script.
        script: PathBuf,
        /// What `sbatch` said, in one line.
        said: String,
        /// Jobs of the same submission that were taken before, and stay submitted.
        submitted: Vec<u64>,
    },
    /// `sbatch` said no number of a job.
    #[error("sbatch took {} and said '{said}', expected the number of a job: leave out options that make it say something else", .script.display())]
    NoJob {
        /// The batch script.
        script: PathBuf,
        /// What it said.
        said: String,
    },
    /// An array that was submitted, and cannot be recorded.
    #[error(
        "job {job} is submitted, but cannot be recorded: {source}: `scancel {job}`, free some space and submit again"
    )]
    Unrecorded {
        /// The job.
        job: u64,
        /// Why.
        source: OutputError,
    },
    /// More tasks than the cluster can hold.
    #[error(
        "{tasks} tasks are more than the {limit} jobs that this cluster holds (its MaxJobCount): give --chunk {chunk} or more"
    )]
    TooManyTasks {
        /// Tasks that were asked for.
        tasks: usize,
        /// What the cluster holds.
        limit: usize,
        /// Models a task with which they are few enough.
        chunk: usize,
    },
    /// A cluster without job arrays.
    #[error("this cluster has no job arrays (its MaxArraySize is 0): ask its administrators for them")]
    NoArrays,
    /// A limit of the cluster that cannot be read.
    #[error(
        "`scontrol show config` says nothing of {name} that can be read, expected a line '{name} = number'"
    )]
    NoLimit {
        /// Its name.
        name: &'static str,
    },
    /// A value that cannot be written into a batch script.
    #[error("{what} is {value:?}: {problem}")]
    Value {
        /// What it is for.
        what: String,
        /// The value.
        value: String,
        /// What is wrong with it and what to do.
        problem: &'static str,
    },
    /// Another process submits models of the same sweep.
    #[error("{}: another process submits models of this sweep: wait for it", .path.display())]
    Busy {
        /// The file that it has locked.
        path: PathBuf,
    },
    /// The folder cannot be locked.
    #[error("{}: cannot be locked: {source}: put the sweep on a file system with locks", .path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The operating system refuses.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// Something else than the record of a submission.
    #[error("{}: not the record of a submission: {detail}: remove its folder, and what it submitted with scancel", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        detail: String,
    },
    /// A file that cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

fn refusal_remedy(said: &str, submitted: &[u64]) -> String {
    let remedy = match said.to_lowercase() {
        said if said.contains("limit") && (said.contains("qos") || said.contains("assoc")) => {
            "give a larger --chunk for fewer tasks, another --qos, or wait until some have ended"
        }
        said if said.contains("partition") => "`sinfo` lists the partitions: give one with --partition",
        said if said.contains("account") => "give an account that you may charge with --account",
        said if said.contains("time") => "give another --time",
        said if said.contains("node configuration") => {
            "no node has what is asked for: give another --mem, --cpus-per-task or --gpus, as `sinfo --Node --long` lists them"
        }
        _ => "change the options and submit again",
    };
    if submitted.is_empty() {
        return remedy.to_owned();
    }
    let jobs: Vec<String> = submitted.iter().map(u64::to_string).collect();
    format!("{remedy}; what was submitted before it stays submitted, as job {}", jobs.join(", "))
}
