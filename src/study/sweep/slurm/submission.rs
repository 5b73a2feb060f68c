//! `submission.json`: what was submitted.

use super::{SlurmError, SlurmOptions, TaskId};
use crate::study::ModelId;
use pathscope_core::files::documents::{Kind, write_json};
use pathscope_core::files::output::OutputError;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The schema of a [`Submission`].
const SCHEMA: &str = "pathscope/slurm-submission/1";
const RECORD: &str = "submission.json";

const KIND: Kind = Kind {
    what: "the record of a submission",
    schema: Some(SCHEMA),
    most_bytes: 64 << 20,
    remedy: "remove its folder, and what it submitted with scancel",
    ..Kind::PLAIN
};

/// What was submitted by one call: `slurm/N/submission.json` in the folder of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// `pathscope/slurm-submission/1`
    pub schema: String,
    /// Version of pathscope.
    pub version: String,
    /// What was asked of the cluster.
    pub options: SlurmOptions,
    /// Further arguments of `pathscope sweep work`.
    pub arguments: Vec<String>,
    /// The text by which its jobs are found again: their comments are this, a slash and the number of the array. `None`
    /// in records of versions that gave jobs no comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The job arrays.
    pub arrays: Vec<Array>,
}

/// A job array of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Array {
    /// The job; none where it was not submitted, or that could not be recorded any more.
    pub job: Option<u64>,
    /// The cluster, where `sbatch` names one.
    pub cluster: Option<String>,
    /// The time at which `sbatch` was asked for it, in seconds since 1970; `None` where it was not, or has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u64>,
    /// The models of each task, in the order in which they are worked on.
    pub tasks: Vec<Vec<ModelId>>,
}

impl Submission {
    /// A submission of which nothing is submitted yet.
    pub(super) fn new(
        options: SlurmOptions,
        arguments: Vec<String>,
        comment: String,
        tasks: Vec<Vec<Vec<ModelId>>>,
    ) -> Self {
        let array = |tasks| Array { job: None, cluster: None, asked: None, tasks };
        Self {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            options,
            arguments,
            comment: Some(comment),
            arrays: tasks.into_iter().map(array).collect(),
        }
    }

    /// Reads all submissions of a sweep, the oldest first.
    ///
    /// # Errors
    ///
    /// [`SlurmError::Open`] and [`SlurmError::Document`].
    pub fn read_all(sweep: &Path) -> Result<Vec<Self>, SlurmError> {
        Ok(Self::read_numbered(sweep)?.into_iter().map(|(_, submission)| submission).collect())
    }

    /// Reads all submissions of a sweep, each with its number.
    pub(super) fn read_numbered(sweep: &Path) -> Result<Vec<(usize, Self)>, SlurmError> {
        let mut submissions = Vec::new();
        for number in numbers(sweep)? {
            let path = folder(sweep, number).join(RECORD);
            match read(&path) {
                Ok(submission) => submissions.push((number, submission)),
                // Its process was killed before it submitted anything.
                Err(SlurmError::Document(error)) if error.is_missing() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(submissions)
    }

    /// The comment of an array's job.
    pub(super) fn comment_of(comment: &str, array: usize) -> String {
        format!("{comment}/{array}")
    }

    /// Writes it into its folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), OutputError> {
        write_json(&folder.join(RECORD), self)
    }

    /// All tasks that were submitted, with their models.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, &[ModelId])> {
        self.arrays.iter().filter_map(|array| Some((array.job?, array))).flat_map(|(job, array)| {
            array.tasks.iter().enumerate().map(move |(index, models)| (TaskId { job, index }, &models[..]))
        })
    }
}

/// Where everything about Slurm is in the folder of a sweep.
pub fn slurm(sweep: &Path) -> PathBuf {
    sweep.join("slurm")
}

/// The folder of a submission.
pub fn folder(sweep: &Path, number: usize) -> PathBuf {
    slurm(sweep).join(number.to_string())
}

/// The numbers of all submissions, upward.
pub fn numbers(sweep: &Path) -> Result<Vec<usize>, SlurmError> {
    let path = slurm(sweep);
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(SlurmError::Open { path, source }),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| SlurmError::Open { path: path.clone(), source })?;
        numbers.extend(entry.file_name().to_str().and_then(|name| name.parse::<usize>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn read(path: &Path) -> Result<Submission, SlurmError> {
    Ok(KIND.read_json(path)?.value)
}
