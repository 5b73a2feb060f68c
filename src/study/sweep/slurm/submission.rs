//! The file `submission.json`: a record of submitted jobs.

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
    remedy: "cancel its jobs with scancel, and remove its folder",
    ..Kind::PLAIN
};

/// A record of the jobs submitted by one call: `slurm/N/submission.json` in the folder of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// `pathscope/slurm-submission/1`
    pub schema: String,
    /// Version of pathscope.
    pub version: String,
    /// Options of the submission.
    pub options: SlurmOptions,
    /// Further arguments of `pathscope sweep work`.
    pub arguments: Vec<String>,
    /// Prefix of the comments that identify its jobs. A comment is this, a slash and the number of the
    /// array. `None` in records of versions that gave jobs no comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The job arrays.
    pub arrays: Vec<Array>,
}

/// A job array of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Array {
    /// Number of the job, or `None` if it was not submitted or could not be recorded.
    pub job: Option<u64>,
    /// Name of the cluster, if `sbatch` reported one.
    pub cluster: Option<String>,
    /// Time of the call of `sbatch` in seconds since 1970, or `None` if there was no call or it was
    /// answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u64>,
    /// Models of each task, in the order of work.
    pub tasks: Vec<Vec<ModelId>>,
}

impl Submission {
    /// Returns a new submission without submitted jobs.
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

    /// Reads all submissions of a sweep, oldest first.
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
                // The process was killed before it submitted anything.
                Err(SlurmError::Document(error)) if error.is_missing() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(submissions)
    }

    /// Returns the comment of an array's job.
    pub(super) fn comment_of(comment: &str, array: usize) -> String {
        format!("{comment}/{array}")
    }

    /// Writes the record into its folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), OutputError> {
        write_json(&folder.join(RECORD), self)
    }

    /// Returns all submitted tasks, with their models.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, &[ModelId])> {
        self.arrays.iter().filter_map(|array| Some((array.job?, array))).flat_map(|(job, array)| {
            array.tasks.iter().enumerate().map(move |(index, models)| (TaskId { job, index }, &models[..]))
        })
    }
}

/// Returns the folder for all Slurm files of a sweep.
pub(super) fn slurm(sweep: &Path) -> PathBuf {
    sweep.join("slurm")
}

/// Returns the folder of a submission.
pub(super) fn folder(sweep: &Path, number: usize) -> PathBuf {
    slurm(sweep).join(number.to_string())
}

/// Returns the numbers of all submissions, in ascending order.
pub(super) fn numbers(sweep: &Path) -> Result<Vec<usize>, SlurmError> {
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
