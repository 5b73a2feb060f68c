//! Submits the models of a sweep.

use super::script::OVERRULING;
use super::submission::{folder, numbers, slurm};
use super::{Array, BatchScript, Limits, SlurmError, SlurmOptions, Submission, command, states_of_models};
use crate::output::{OutputError, prepare_folder, write_file};
use crate::study::ModelId;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Submits models of a sweep.
#[derive(Clone, Copy, Debug)]
pub struct Submitter<'a> {
    /// Folder of the sweep; absolute, and the same on all nodes.
    pub folder: &'a Path,
    /// `pathscope`; absolute, and the same on all nodes.
    pub program: &'a Path,
    /// Further arguments of `pathscope sweep work`.
    pub arguments: &'a [String],
    /// Name of the jobs.
    pub name: &'a str,
    /// What is asked of the cluster.
    pub options: &'a SlurmOptions,
}

/// What would be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The batch scripts, one for each array, with the place that each would have.
    pub scripts: Vec<(PathBuf, String)>,
    /// The models of each task of each array.
    pub arrays: Vec<Vec<Vec<ModelId>>>,
    /// Models that are left out, as they are queued or running.
    pub alive: usize,
}

/// What was submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The folder of the submission, with its scripts; none where no model was left to submit.
    pub folder: Option<PathBuf>,
    /// The jobs, one for each array.
    pub jobs: Vec<u64>,
    /// How many tasks they have.
    pub tasks: usize,
    /// Models that were left out, as they are queued or running.
    pub alive: usize,
}

impl Submitter<'_> {
    /// What [`submit`](Self::submit) would submit; nothing is written.
    ///
    /// # Errors
    ///
    /// As of `submit`, but for what `sbatch` refuses.
    pub fn preview(&self, models: &[ModelId]) -> Result<Preview, SlurmError> {
        self.plan(models).map(|(_, preview)| preview)
    }

    /// Submits models as one or more job arrays, but for those that are queued or running.
    ///
    /// Scripts, chunks of models and the record of the submission are written before `sbatch` is called for the
    /// first time, and the record again after each call. With [`SlurmOptions::most_at_once`] an array waits for
    /// the one before it.
    ///
    /// # Arguments
    ///
    /// * `models` - those that are not finished, in the order in which they should be worked on
    ///
    /// # Errors
    ///
    /// [`SlurmError`]; where `sbatch` refuses an array, those before it stay submitted and recorded.
    pub fn submit(&self, models: &[ModelId]) -> Result<Submitted, SlurmError> {
        prepare_folder(&slurm(self.folder))?;
        let _lock = lock(&slurm(self.folder).join(".lock"))?;
        let (number, preview) = self.plan(models)?;
        let alive = preview.alive;
        if preview.arrays.is_empty() {
            return Ok(Submitted { folder: None, jobs: Vec::new(), tasks: 0, alive });
        }
        let place = folder(self.folder, number);
        fs::create_dir(&place).map_err(|source| OutputError::NoPlace { path: place.clone(), source })?;
        for (path, text) in &preview.scripts {
            write_file(path, text)?;
        }
        for (number, tasks) in preview.arrays.iter().enumerate() {
            for (index, models) in tasks.iter().enumerate() {
                let lines: String = models.iter().map(|model| format!("{model}\n")).collect();
                write_file(&place.join(format!("{number}-{index}.txt")), lines)?;
            }
        }
        let arrays = preview.arrays.into_iter().map(|tasks| Array { job: None, cluster: None, tasks });
        let mut submission = Submission::new(self.options.clone(), self.arguments.to_vec(), arrays.collect());
        submission.write(&place)?;
        let mut jobs = Vec::new();
        for (number, (script, _)) in preview.scripts.iter().enumerate() {
            let (job, cluster) = self.sbatch(script, &jobs)?;
            submission.arrays[number].job = Some(job);
            submission.arrays[number].cluster = cluster;
            submission.write(&place).map_err(|source| SlurmError::Unrecorded { job, source })?;
            jobs.push(job);
        }
        let tasks = submission.arrays.iter().map(|array| array.tasks.len()).sum();
        Ok(Submitted { folder: Some(place), jobs, tasks, alive })
    }

    fn plan(&self, models: &[ModelId]) -> Result<(usize, Preview), SlurmError> {
        let states = states_of_models(self.folder)?.models;
        let is_alive = |model: &ModelId| states.get(model).is_some_and(|task| task.state.is_alive());
        let wanted: Vec<&ModelId> = models.iter().filter(|model| !is_alive(model)).collect();
        let number = numbers(self.folder)?.last().map_or(1, |last| last + 1);
        let limits = Limits::of_cluster()?;
        let arrays = limits.arrays(wanted.len(), self.options.chunk.get())?;
        let script = |(array, tasks): (usize, &Vec<_>)| {
            let Self { folder: sweep, program, arguments, name, options } = *self;
            let script = BatchScript {
                name,
                folder: sweep,
                submission: number,
                array,
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
        Ok((number, Preview { scripts, arrays: arrays.into_iter().map(of).collect(), alive }))
    }

    /// Submits a script and says which job of which cluster it is.
    ///
    /// # Arguments
    ///
    /// * `before` - the jobs of the arrays before it
    fn sbatch(&self, script: &Path, before: &[u64]) -> Result<(u64, Option<String>), SlurmError> {
        let mut arguments = vec!["--parsable".to_owned()];
        if let (Some(_), Some(last)) = (self.options.most_at_once, before.last()) {
            // The limit is one of each array, so they run one after the other.
            arguments.push(format!("--dependency=afterany:{last}"));
        }
        arguments.push(script.to_string_lossy().into_owned());
        let mut without = OVERRULING.to_vec();
        without.extend(self.options.variables());
        let output = command::run("sbatch", &arguments, &without)?;
        let script = script.to_owned();
        if !output.status.success() {
            let said = command::said(&output);
            return Err(SlurmError::Refused { script, said, submitted: before.to_vec() });
        }
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        parse_job(&said).ok_or(SlurmError::NoJob { script, said })
    }
}

/// What `sbatch --parsable` says: a job, and its cluster after a semicolon if there are several.
fn parse_job(said: &str) -> Option<(u64, Option<String>)> {
    let (job, cluster) = said.split_once(';').map_or((said, None), |(job, cluster)| (job, Some(cluster)));
    Some((job.parse().ok()?, cluster.map(str::to_owned)))
}

/// Locks a file as long as what is returned is held.
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
