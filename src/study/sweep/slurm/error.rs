//! Why a sweep cannot be submitted, or Slurm not be asked about it.

use super::refusal;
use pathscope_core::files::documents::{DocumentError, remedy};
use pathscope_core::files::output::OutputError;
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
    #[error("sbatch refused {}: {said}: {}", .script.display(), refusal::remedy(.said, .submitted))]
    Refused {
        /// The batch script.
        script: PathBuf,
        /// The message of `sbatch`, in one line.
        said: String,
        /// Jobs of the same submission that were taken before, and stay submitted.
        submitted: Vec<u64>,
    },
    /// `sbatch` had no answer about an array, and no job of the array was found.
    #[error(
        "sbatch had no answer about {}: {said}: the job may have been taken all the same, so give the same command again in a minute: it looks for the job first (`squeue --me` lists yours){}",
        .script.display(), refusal::stay(.submitted)
    )]
    Unanswered {
        /// The batch script.
        script: PathBuf,
        /// The message of `sbatch`, in one line.
        said: String,
        /// Jobs of the same submission that were taken before, and stay submitted.
        submitted: Vec<u64>,
    },
    /// `sbatch` had no answer about an array a short while ago.
    #[error(
        "{}: sbatch had no answer {seconds} seconds ago, and what it was given may still be taken: give the same command again in {wait} seconds",
        .folder.display()
    )]
    TooEarly {
        /// The folder in which submissions are recorded.
        folder: PathBuf,
        /// The seconds since then.
        seconds: u64,
        /// The seconds to wait.
        wait: u64,
    },
    /// `sbatch` said no number of a job.
    #[error("sbatch took {} and said '{said}', expected the number of a job: leave out options that make it say something else, and give the same command again, which looks for the job first", .script.display())]
    NoJob {
        /// The batch script.
        script: PathBuf,
        /// What it said.
        said: String,
    },
    /// An array that was submitted, and cannot be recorded.
    #[error(
        "job {job} is submitted, but cannot be recorded: {source}: free some space and give the same command again, which finds it, or `scancel {job}`"
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
    /// The record of a submission cannot be read, or is something else.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A file that cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}
