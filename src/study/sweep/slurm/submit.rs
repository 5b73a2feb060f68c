//! Submission of the models of a sweep.

use super::script::OVERRIDING_VARIABLES;
use super::states::of_submissions;
use super::submission::{folder, numbers, slurm};
use super::{BatchScript, Limits, ModelTask, SlurmError, SlurmOptions, Submission, command, lost, refusal};
use crate::study::ModelId;
use pathscope_core::files::output::{OutputError, prepare_folder, write_file};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// A submitter for models of a sweep.
#[derive(Clone, Copy, Debug)]
pub struct Submitter<'a> {
    /// Absolute path of the sweep's folder, which is the same on all nodes.
    pub folder: &'a Path,
    /// Absolute path of `pathscope`, which is the same on all nodes.
    pub program: &'a Path,
    /// Further arguments of `pathscope sweep work`.
    pub arguments: &'a [String],
    /// Name of the jobs.
    pub name: &'a str,
    /// Options of the submission.
    pub options: &'a SlurmOptions,
}

/// A preview of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Batch scripts, one per array, with the paths that they would have.
    pub scripts: Vec<(PathBuf, String)>,
    /// Models of each task of each array.
    pub arrays: Vec<Vec<Vec<ModelId>>>,
    /// Prefix of the comments of the jobs.
    pub comment: String,
    /// Number of models that are left out because they are queued or running.
    pub alive: usize,
    /// Tasks of the models that are left out.
    pub waiting: Vec<ModelTask>,
}

/// The result of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Folder of the submission with its scripts, or `None` if there were no models to submit.
    pub folder: Option<PathBuf>,
    /// Jobs, one for each array.
    pub jobs: Vec<u64>,
    /// Number of tasks.
    pub tasks: usize,
    /// Number of models that were left out because they are queued or running.
    pub alive: usize,
    /// Tasks of the models that were left out.
    pub waiting: Vec<ModelTask>,
    /// Jobs that were accepted although `sbatch` got no answer, and are recorded now.
    pub found: Vec<u64>,
}

impl Submitter<'_> {
    /// Returns what [`submit`](Self::submit) would submit, without writing anything.
    ///
    /// # Errors
    ///
    /// Returns the errors of `submit`, except refusals of `sbatch`.
    pub fn preview(&self, models: &[ModelId]) -> Result<Preview, SlurmError> {
        let mut submissions = Submission::read_all(self.folder)?;
        lost::find(submissions.iter_mut())?;
        self.plan(models, &submissions).map(|(_, preview)| preview)
    }

    /// Submits models as one or more job arrays. Models that are queued or running are left out.
    ///
    /// Scripts, chunks of models and the record of the submission are written before the first call of
    /// `sbatch`. The record is written again before and after each call, so that a job accepted without an
    /// answer is found by its comment. With [`SlurmOptions::most_at_once`], each array waits for the one
    /// before it.
    ///
    /// # Arguments
    ///
    /// * `models` - unfinished models, in the order of work
    ///
    /// # Errors
    ///
    /// Returns a [`SlurmError`]. If `sbatch` refuses an array, those before it stay submitted and recorded.
    /// If it got no answer and no job is found, nothing is submitted for a minute, in which the job may
    /// still appear.
    pub fn submit(&self, models: &[ModelId]) -> Result<Submitted, SlurmError> {
        prepare_folder(&slurm(self.folder))?;
        let _lock = lock(&slurm(self.folder).join(".lock"))?;
        let (submissions, mut found) = self.recover()?;
        let (number, preview) = self.plan(models, &submissions)?;
        let Preview { scripts, arrays, comment, alive, waiting } = preview;
        if arrays.is_empty() {
            return Ok(Submitted { folder: None, jobs: Vec::new(), tasks: 0, alive, waiting, found });
        }
        let place = folder(self.folder, number);
        fs::create_dir(&place).map_err(|source| OutputError::NoPlace { path: place.clone(), source })?;
        for (path, text) in &scripts {
            write_file(path, text)?;
        }
        for (number, tasks) in arrays.iter().enumerate() {
            for (index, models) in tasks.iter().enumerate() {
                let lines: String = models.iter().map(|model| format!("{model}\n")).collect();
                write_file(&place.join(format!("{number}-{index}.txt")), lines)?;
            }
        }
        let mut submission = Submission::new(self.options.clone(), self.arguments.to_vec(), comment, arrays);
        let mut jobs = Vec::new();
        for (number, (script, _)) in scripts.iter().enumerate() {
            found.extend(self.submit_array(&mut submission, number, &place, script, &jobs)?);
            jobs.extend(submission.arrays[number].job);
        }
        let tasks = submission.arrays.iter().map(|array| array.tasks.len()).sum();
        Ok(Submitted { folder: Some(place), jobs, tasks, alive, waiting, found })
    }

    /// Returns all submissions, and the jobs that were accepted without an answer, which are now recorded.
    fn recover(&self) -> Result<(Vec<Submission>, Vec<u64>), SlurmError> {
        let mut numbered = Submission::read_numbered(self.folder)?;
        let found = lost::find(numbered.iter_mut().map(|(_, submission)| submission))?;
        for &(index, job) in &found {
            let (number, submission) = &numbered[index];
            let recorded = submission.write(&folder(self.folder, *number));
            recorded.map_err(|source| SlurmError::Unrecorded { job, source })?;
        }
        let submissions = numbered.into_iter().map(|(_, submission)| submission).collect();
        Ok((submissions, found.into_iter().map(|(_, job)| job).collect()))
    }

    /// Submits an array and records its job before and after the call.
    ///
    /// # Returns
    ///
    /// The job, if it had to be searched for.
    fn submit_array(
        &self,
        submission: &mut Submission,
        number: usize,
        place: &Path,
        script: &Path,
        before: &[u64],
    ) -> Result<Option<u64>, SlurmError> {
        // If this process is killed here, the record shows that there may be a job.
        submission.arrays[number].asked = Some(lost::now());
        submission.write(place)?;
        let error = match self.sbatch(script, before) {
            Ok((job, cluster)) => {
                let array = &mut submission.arrays[number];
                (array.job, array.cluster, array.asked) = (Some(job), cluster, None);
                submission.write(place).map_err(|source| SlurmError::Unrecorded { job, source })?;
                return Ok(None);
            }
            Err(error) => error,
        };
        if matches!(error, SlurmError::Unanswered { .. } | SlurmError::NoJob { .. }) {
            // If the controller cannot be asked now either, the next submission searches for the job.
            let found = lost::find(std::iter::once(&mut *submission)).unwrap_or_default();
            let Some(&(_, job)) = found.first() else { return Err(error) };
            submission.write(place).map_err(|source| SlurmError::Unrecorded { job, source })?;
            return Ok(Some(job));
        }
        submission.arrays[number].asked = None;
        submission.write(place)?;
        Err(error)
    }

    fn plan(&self, models: &[ModelId], submissions: &[Submission]) -> Result<(usize, Preview), SlurmError> {
        let number = numbers(self.folder)?.last().map_or(1, |last| last + 1);
        self.wait_for_answers(submissions)?;
        let states = of_submissions(self.folder, submissions)?.models;
        let task = |model: &ModelId| states.get(model).filter(|task| task.state.is_alive());
        let wanted: Vec<&ModelId> = models.iter().filter(|model| task(model).is_none()).collect();
        let waiting = models.iter().filter_map(task).cloned().collect();
        let limits = Limits::of_cluster()?;
        let arrays = limits.arrays(wanted.len(), self.options.chunk.get())?;
        let comment = lost::new_comment(self.folder, number);
        let script = |(array, tasks): (usize, &Vec<_>)| {
            let Self { folder: sweep, program, arguments, name, options } = *self;
            let script = BatchScript {
                name,
                folder: sweep,
                submission: number,
                array,
                comment: &Submission::comment_of(&comment, array),
                tasks: tasks.len(),
                program,
                arguments,
                options,
            };
            Ok((folder(sweep, number).join(format!("array-{array}.sh")), script.text()?))
        };
        let scripts = arrays.iter().enumerate().map(script).collect::<Result<_, SlurmError>>()?;
        let of = |tasks: Vec<std::ops::Range<usize>>| {
            tasks.into_iter().map(|task| wanted[task].iter().copied().cloned().collect()).collect()
        };
        let alive = models.len() - wanted.len();
        let arrays = arrays.into_iter().map(of).collect();
        Ok((number, Preview { scripts, arrays, comment, alive, waiting }))
    }

    /// Checks that no unanswered job can still be accepted.
    fn wait_for_answers(&self, submissions: &[Submission]) -> Result<(), SlurmError> {
        let asked = submissions.iter().flat_map(|submission| &submission.arrays);
        let Some(last) = asked.filter(|array| array.job.is_none()).filter_map(|array| array.asked).max()
        else {
            return Ok(());
        };
        let seconds = lost::now().saturating_sub(last);
        if seconds < lost::GRACE {
            return Err(SlurmError::TooEarly {
                folder: slurm(self.folder),
                seconds,
                wait: lost::GRACE - seconds,
            });
        }
        Ok(())
    }

    /// Submits a script and returns its job and cluster.
    ///
    /// # Arguments
    ///
    /// * `before` - the jobs of earlier arrays
    fn sbatch(&self, script: &Path, before: &[u64]) -> Result<(u64, Option<String>), SlurmError> {
        let mut arguments = vec!["--parsable".to_owned()];
        if let (Some(_), Some(last)) = (self.options.most_at_once, before.last()) {
            // The limit applies to each array, so arrays run one after the other.
            arguments.push(format!("--dependency=afterany:{last}"));
        }
        arguments.push(script.to_string_lossy().into_owned());
        let mut without = OVERRIDING_VARIABLES.to_vec();
        without.extend(self.options.variables());
        let output = command::run("sbatch", &arguments, &without)?;
        let script = script.to_owned();
        if !output.status.success() {
            let (message, submitted) = (command::message(&output), before.to_vec());
            return Err(if refusal::is_unanswered(&message) {
                SlurmError::Unanswered { script, message, submitted }
            } else {
                SlurmError::Refused { script, message, submitted }
            });
        }
        let message = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        parse_job(&message).ok_or(SlurmError::NoJob { script, message })
    }
}

/// Parses the output of `sbatch --parsable`: a job, with its cluster after a semicolon if there are
/// several.
fn parse_job(message: &str) -> Option<(u64, Option<String>)> {
    let (job, cluster) =
        message.split_once(';').map_or((message, None), |(job, cluster)| (job, Some(cluster)));
    Some((job.parse().ok()?, cluster.map(str::to_owned)))
}

/// Locks a file until the returned handle is dropped.
fn lock(path: &Path) -> Result<File, SlurmError> {
    let file = File::create(path).map_err(|source| OutputError::NoPlace { path: path.to_owned(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SlurmError::Busy { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(SlurmError::Lock { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_read_with_and_without_a_cluster() {
        assert_eq!(parse_job("12"), Some((12, None)));
        assert_eq!(parse_job("12;west"), Some((12, Some("west".to_owned()))));
        assert_eq!(parse_job("Submitted batch job 12"), None);
    }
}
