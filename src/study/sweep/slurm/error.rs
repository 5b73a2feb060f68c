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
    #[error("{command} failed: {message}")]
    Failed {
        /// The name of the command.
        command: &'static str,
        /// Its stderr, in one line.
        message: String,
    },
    /// `sbatch` refused an array.
    #[error("sbatch refused {}: {message}: {}", .script.display(), refusal::remedy(.message, .submitted))]
    Refused {
        /// The batch script.
        script: PathBuf,
        /// The message of `sbatch`, in one line.
        message: String,
        /// Jobs of the same submission that were accepted before, and stay submitted.
        submitted: Vec<u64>,
    },
    /// `sbatch` got no answer about an array, and no job of the array was found.
    #[error(
        "sbatch got no answer about {}: {message}: the job may still have been accepted, so run the same command again in a minute, which looks for the job first (`squeue --me` lists your jobs){}",
        .script.display(), refusal::stay(.submitted)
    )]
    Unanswered {
        /// The batch script.
        script: PathBuf,
        /// The message of `sbatch`, in one line.
        message: String,
        /// Jobs of the same submission that were accepted before, and stay submitted.
        submitted: Vec<u64>,
    },
    /// `sbatch` got no answer about an array a short while ago.
    #[error(
        "{}: sbatch got no answer {seconds} seconds ago, and its job may still be accepted: run the same command again in {wait} seconds",
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
    #[error("sbatch accepted {} and printed '{message}', expected the number of a job: leave out options that change its output, and run the same command again, which looks for the job first", .script.display())]
    NoJob {
        /// The batch script.
        script: PathBuf,
        /// The output of `sbatch`.
        message: String,
    },
    /// An array was submitted but cannot be recorded.
    #[error(
        "job {job} is submitted, but cannot be recorded: {source}: free some disk space and run the same command again, which finds the job, or cancel it with `scancel {job}`"
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
    #[error(
        "this cluster does not allow job arrays (its MaxArraySize is 0): ask its administrators to allow them"
    )]
    NoArrays,
    /// A limit of the cluster cannot be read.
    #[error("`scontrol show config` does not report {name}, expected a line '{name} = number'")]
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
    #[error("{}: cannot be locked: {source}: put the sweep on a file system that supports locks", .path.display())]
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
