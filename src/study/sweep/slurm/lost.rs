//! Jobs that were accepted although `sbatch` got no answer.

use super::{SlurmError, Submission, command};
use pathscope_core::files::documents::hexadecimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time in seconds during which a controller that did not answer may still accept a job. Clients wait
/// for at most its `MessageTimeout`, which is 10 by default and at most 100.
pub(super) const GRACE: u64 = 60;

/// Returns a comment that is unique to a submission.
///
/// # Arguments
///
/// * `sweep` - the folder of the sweep
/// * `number` - the number of the submission
pub(super) fn new_comment(sweep: &Path, number: usize) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    // The number alone is not enough: it is reused when the folder of a submission is deleted.
    let unique = format!("{}\n{number}\n{now}\n{}", sweep.display(), std::process::id());
    format!("pathscope-{}/{number}", hexadecimal(&Sha256::digest(unique)[..8]))
}

/// Returns the current time in seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Finds the jobs of all arrays about which `sbatch` got no answer, and records them.
///
/// # Returns
///
/// The jobs that were found, each with the index of its submission.
///
/// # Errors
///
/// Returns a [`SlurmError`] if `squeue` cannot be asked.
///
/// # Complexity
///
/// One call of `squeue` for each cluster, and one of `sacct` if that does not know all jobs. If `sbatch`
/// always got an answer, nothing is called.
pub(super) fn find<'a>(
    submissions: impl Iterator<Item = &'a mut Submission>,
) -> Result<Vec<(usize, u64)>, SlurmError> {
    let mut known: BTreeMap<Option<String>, Jobs> = BTreeMap::new();
    let mut found = Vec::new();
    for (index, submission) in submissions.enumerate() {
        let Some(comment) = submission.comment.clone() else { continue };
        let clusters = submission.options.clusters();
        for (number, array) in submission.arrays.iter_mut().enumerate() {
            if array.job.is_some() || array.asked.is_none() {
                continue;
            }
            if !known.contains_key(&clusters) {
                known.insert(clusters.clone(), Jobs::in_queue(clusters.as_deref())?);
            }
            let jobs = known.get_mut(&clusters).expect("it was asked about");
            let comment = Submission::comment_of(&comment, number);
            if let Some((job, cluster)) = jobs.find(&comment, clusters.as_deref()) {
                (array.job, array.cluster, array.asked) = (Some(job), cluster, None);
                found.push((index, job));
            }
        }
    }
    Ok(found)
}

/// Returns the jobs of this user by their comments, each with its cluster if several are asked.
struct Jobs {
    by_comment: BTreeMap<String, (u64, Option<String>)>,
    with_accounts: bool,
}

impl Jobs {
    fn in_queue(clusters: Option<&str>) -> Result<Self, SlurmError> {
        let mut arguments = vec![
            "--me".to_owned(),
            "--noheader".to_owned(),
            "--states=all".to_owned(),
            "--format=%F|%k".to_owned(),
        ];
        arguments.extend(clusters.map(|clusters| format!("--clusters={clusters}")));
        let by_comment = parse(&command::answer("squeue", &arguments)?);
        Ok(Self { by_comment, with_accounts: false })
    }

    fn find(&mut self, comment: &str, clusters: Option<&str>) -> Option<(u64, Option<String>)> {
        if !self.by_comment.contains_key(comment) && !self.with_accounts {
            self.with_accounts = true;
            let mut arguments: Vec<String> = [
                "--noheader",
                "--parsable2",
                "--allocations",
                "--starttime=now-4weeks",
                "--format=JobID,Comment",
            ]
            .map(str::to_owned)
            .into();
            arguments.extend(clusters.map(|clusters| format!("--clusters={clusters}")));
            // Many clusters keep no job accounting, or no comments in it.
            if let Ok(accounts) = command::answer("sacct", &arguments) {
                for (comment, job) in parse(&accounts) {
                    self.by_comment.entry(comment).or_insert(job);
                }
            }
        }
        self.by_comment.get(comment).cloned()
    }
}

/// Parses lines such as `12|comment` and `12_3|comment` below lines such as `CLUSTER: name`.
fn parse(text: &str) -> BTreeMap<String, (u64, Option<String>)> {
    let mut jobs = BTreeMap::new();
    let mut cluster = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("CLUSTER:") {
            cluster = Some(name.trim().to_owned());
        } else if let Some((job, comment)) = line.split_once('|')
            && let Ok(job) = job.split('_').next().unwrap_or_default().trim().parse::<u64>()
        {
            jobs.insert(comment.trim().to_owned(), (job, cluster.clone()));
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_name_jobs() {
        let jobs = parse("CLUSTER: west\n7|pathscope-0/1/0\n8_[0-3]|pathscope-0/1/1\nx|y\n9|\n10|(null)\n");
        let west = Some("west".to_owned());
        assert_eq!(jobs["pathscope-0/1/0"], (7, west.clone()));
        assert_eq!(jobs["pathscope-0/1/1"], (8, west));
        assert!(!jobs.contains_key("y"));
    }

    #[test]
    fn comments_are_never_the_same() {
        let comments = [1, 1].map(|number| new_comment(Path::new("/sweep"), number));
        assert_ne!(comments[0], comments[1]);
        assert!(comments[0].starts_with("pathscope-") && comments[0].ends_with("/1"));
    }
}
