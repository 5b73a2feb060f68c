//! The limits of a cluster on tasks.

use super::{SlurmError, command};
use std::ops::Range;

/// The limits of a cluster on tasks, from its configuration.
///
/// Accounts and qualities of service have further limits, which only `sbatch` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest number of tasks in an array: `MaxArraySize`, which is one more than the largest index, or
    /// `max_array_tasks` if that is smaller.
    pub array: usize,
    /// Largest number of jobs in the cluster at a time, with each task counted as one: `MaxJobCount`.
    pub jobs: usize,
}

impl Limits {
    /// Asks the cluster for its limits.
    ///
    /// # Errors
    ///
    /// Returns a [`SlurmError`] if `scontrol` cannot be asked, or does not report one of the limits.
    pub fn of_cluster() -> Result<Self, SlurmError> {
        Self::parse(&command::answer("scontrol", &["show", "config"])?)
    }

    /// Parses the output of `scontrol show config`.
    ///
    /// # Errors
    ///
    /// [`SlurmError::NoLimit`]
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::study::sweep::slurm::Limits;
    ///
    /// let config = "MaxArraySize            = 1001\nMaxJobCount             = 10000\n";
    /// assert_eq!(Limits::parse(config)?, Limits { array: 1001, jobs: 10_000 });
    /// # Ok::<(), pathscope::study::sweep::slurm::SlurmError>(())
    /// ```
    pub fn parse(config: &str) -> Result<Self, SlurmError> {
        let value = |name: &str| {
            config.lines().filter_map(|line| line.split_once('=')).find(|(key, _)| key.trim() == name)
        };
        let number = |name: &'static str| {
            value(name).and_then(|(_, text)| text.trim().parse().ok()).ok_or(SlurmError::NoLimit { name })
        };
        let parameters = value("SchedulerParameters").map_or("", |(_, text)| text.trim());
        let tasks = parameters
            .split(',')
            .filter_map(|parameter| parameter.trim().strip_prefix("max_array_tasks="))
            .find_map(|text| text.parse().ok());
        let size: usize = number("MaxArraySize")?;
        Ok(Self { array: tasks.unwrap_or(size).min(size), jobs: number("MaxJobCount")? })
    }

    /// Divides models into tasks, and tasks into arrays.
    ///
    /// # Arguments
    ///
    /// * `models` - the number of models
    /// * `chunk` - the number of models per task
    ///
    /// # Errors
    ///
    /// [`SlurmError::NoArrays`] and [`SlurmError::TooManyTasks`].
    pub(super) fn arrays(&self, models: usize, chunk: usize) -> Result<Vec<Vec<Range<usize>>>, SlurmError> {
        if self.array == 0 {
            return Err(SlurmError::NoArrays);
        }
        let tasks: Vec<Range<usize>> =
            (0..models).step_by(chunk).map(|start| start..models.min(start.saturating_add(chunk))).collect();
        if tasks.len() > self.jobs {
            let chunk = models.div_ceil(self.jobs.max(1));
            return Err(SlurmError::TooManyTasks { tasks: tasks.len(), limit: self.jobs, chunk });
        }
        Ok(tasks.chunks(self.array).map(<[_]>::to_vec).collect())
    }
}
