//! The errors of submitting a sweep to Slurm or asking Slurm about it.

use super::refusal;
use pathscope_core::files::documents::{DocumentError, remedy};
use pathscope_core::files::output::OutputError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a sweep cannot be submitted, or Slurm cannot be asked about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SlurmError {
    /// A command of Slurm is missing.
    #[error(
        "{command}: no such command: run this where Slurm's commands are on PATH, as on a login node of the cluster"
    )]
    NoCommand {
        /// The name of the command.
        command: &'static str,
    },
    /// A command of Slurm cannot be started.
    #[error("{command}: cannot be run: {source}")]
    NotRun {
        /// The name of the command.
        command: &'static str,
        /// The reason.
        source: io::Error,
    },
    /// A command of Slurm failed.
    #[error("{command} failed: {said}")]
    Failed {
        /// The name of the command.
        command: &'static str,
        /// Its stderr, in one line.
        said: String,
    },
    /// `sbatch` refused an array.
    #[error("sbatch refused {}: {said}: {}", .script.display(), refusal::remedy(.said, .submitted))]
    Refused {
        /// The batch script.
        script: PathBuf,
        /// The message of `sbatch`, in one line.
        said: String,
        /// Jobs of the same submission that were accepted before, and stay submitted.
        submitted: Vec<u64>,
    },
    /// `sbatch` got no answer about an array, and no job of the array was found.
    #[error(
        "sbatch had no answer about {}: {said}: the job may have been taken all the same, so give the same command again in a minute: it looks for the job first (`squeue --me` lists yours){}",
        .script.display(), refusal::stay(.submitted)
    )]
    Unanswered {
        /// The batch script.
        script: PathBuf,
        /// The message of `sbatch`, in one line.
        said: String,
        /// Jobs of the same submission that were accepted before, and stay submitted.
        submitted: Vec<u64>,
    },
    /// `sbatch` got no answer about an array a short while ago.
    #[error(
        "{}: sbatch had no answer {seconds} seconds ago, and what it was given may still be taken: give the same command again in {wait} seconds",
        .folder.display()
    )]
    TooEarly {
        /// The folder in which submissions are recorded.
        folder: PathBuf,
        /// Seconds since then.
        seconds: u64,
        /// Seconds to wait.
        wait: u64,
    },
    /// `sbatch` did not print a job number.
    #[error("sbatch took {} and said '{said}', expected the number of a job: leave out options that make it say something else, and give the same command again, which looks for the job first", .script.display())]
    NoJob {
        /// The batch script.
        script: PathBuf,
        /// The output of `sbatch`.
        said: String,
    },
    /// An array was submitted but cannot be recorded.
    #[error(
        "job {job} is submitted, but cannot be recorded: {source}: free some space and give the same command again, which finds it, or `scancel {job}`"
    )]
    Unrecorded {
        /// The job.
        job: u64,
        /// The reason.
        source: OutputError,
    },
    /// There are more tasks than the cluster can hold.
    #[error(
        "{tasks} tasks are more than the {limit} jobs that this cluster holds (its MaxJobCount): give --chunk {chunk} or more"
    )]
    TooManyTasks {
        /// The number of tasks.
        tasks: usize,
        /// The limit of the cluster.
        limit: usize,
        /// The number of models per task that brings the tasks below the limit.
        chunk: usize,
    },
    /// The cluster has no job arrays.
    #[error("this cluster has no job arrays (its MaxArraySize is 0): ask its administrators for them")]
    NoArrays,
    /// A limit of the cluster cannot be read.
    #[error(
        "`scontrol show config` says nothing of {name} that can be read, expected a line '{name} = number'"
    )]
    NoLimit {
        /// The name of the limit.
        name: &'static str,
    },
    /// A value cannot be written into a batch script.
    #[error("{what} is {value:?}: {problem}")]
    Value {
        /// The purpose of the value.
        what: String,
        /// The value.
        value: String,
        /// The problem and its remedy.
        problem: &'static str,
    },
    /// Another process submits models of the same sweep.
    #[error("{}: another process submits models of this sweep: wait for it", .path.display())]
    Busy {
        /// The locked file.
        path: PathBuf,
    },
    /// The folder cannot be locked.
    #[error("{}: cannot be locked: {source}: put the sweep on a file system with locks", .path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The operating system refuses access.
    #[error("{}: cannot be read: {source}{}", .path.display(), remedy(.source))]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The record of a submission is unreadable or invalid.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}
