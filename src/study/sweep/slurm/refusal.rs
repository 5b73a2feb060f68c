//! Error messages of `sbatch`, and their remedies.

/// Parts of error messages of `sbatch` in lower case, with remedies. The first row with a match counts.
///
/// The order matters: messages about policies mention time limits, those about accounts mention partitions,
/// and those about unresponsive controllers mention anything.
const REMEDIES: [(&[&str], &str); 13] = [
    (
        &["mutually exclusive"],
        "memory is asked for in two ways: give --mem alone, without --mem-per-cpu or --mem-per-gpu, and unset \
         SLURM_MEM_PER_CPU, SLURM_MEM_PER_GPU, SLURM_MEM_PER_NODE and the same of SBATCH_",
    ),
    (&["wallduration"], "give a shorter --time or another --qos"),
    (
        &["submitjob", "accounting/qos policy", "qosmax", "qosmin", "qosgrp", "assocmax", "assocgrp"],
        "give a larger --chunk for fewer tasks, another --qos, or wait until some have ended",
    ),
    (
        &["gres", "generic resource"],
        "`sinfo --format='%P %G'` lists what each partition has: give another --gpus, or --gres or --gpus-per-… with \
         --sbatch-option",
    ),
    (
        &["memory"],
        "`sinfo --format='%P %m'` lists the memory of each partition's nodes in MB: give another --mem",
    ),
    (
        &["time limit", "timelimit", "--time"],
        "give another --time, `sinfo` lists the limits of the partitions",
    ),
    (&["qos"], "give a quality of service that you may use with --qos"),
    (&["account"], "give an account that you may charge with --account, and one of its partitions"),
    (&["partition"], "`sinfo` lists the partitions: give one with --partition"),
    (
        &["node configuration", "cpu count", "cpus per task"],
        "no node has these resources: give another --mem, --cpus-per-task or --gpus, as `sinfo --Node --long` lists them",
    ),
    (
        &["feature", "constraint"],
        "`sinfo --format='%P %f'` lists features: give another --constraint with --sbatch-option",
    ),
    (&["permission", "access denied"], "ask the cluster's administrators for the right to submit"),
    (&["option", "argument"], "`sbatch --help` lists its options: change those of --sbatch-option"),
];

/// Parts of error messages, in lower case, after which the job may have been accepted although `sbatch` got
/// no answer.
const UNANSWERED: [&str; 11] = [
    "timed out",
    "timeout",
    "unable to contact",
    "temporarily",
    "zero bytes",
    "connection",
    "connect failure",
    "communication",
    "unexpected message",
    "socket",
    "broken pipe",
];

/// Returns whether `sbatch` failed without an answer from the controller.
///
/// # Arguments
///
/// * `message` - the message of `sbatch`
pub(super) fn is_unanswered(message: &str) -> bool {
    let message = message.to_lowercase();
    UNANSWERED.iter().any(|words| message.contains(words))
}

/// Returns the remedy if `sbatch` refuses an array.
///
/// # Arguments
///
/// * `message` - the message of `sbatch`
/// * `submitted` - jobs of the same submission that were accepted before
pub(super) fn remedy(message: &str, submitted: &[u64]) -> String {
    let message = message.to_lowercase();
    let remedy = REMEDIES.iter().find(|(words, _)| words.iter().any(|words| message.contains(words)));
    let remedy = remedy.map_or("change the options and submit again", |(_, remedy)| remedy);
    format!("{remedy}{}", stay(submitted))
}

/// Returns a note on the jobs that were accepted before.
pub(super) fn stay(submitted: &[u64]) -> String {
    if submitted.is_empty() {
        return String::new();
    }
    let jobs: Vec<String> = submitted.iter().map(u64::to_string).collect();
    format!("; earlier jobs stay submitted: {}", jobs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_fits_the_message() {
        for (message, expected) in [
            (
                "Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)",
                "--time",
            ),
            (
                "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
                "--chunk",
            ),
            (
                "QOSMaxWallDurationPerJobLimit; Batch job submission failed: Job violates accounting/QOS policy",
                "shorter --time",
            ),
            ("Batch job submission failed: Invalid generic resource (gres) specification", "--gpus"),
            ("Memory specification can not be satisfied", "--mem"),
            (
                "fatal: SLURM_MEM_PER_CPU, SLURM_MEM_PER_GPU, and SLURM_MEM_PER_NODE are mutually exclusive.",
                "unset SLURM_MEM_PER_CPU",
            ),
            ("Invalid account or account/partition combination specified", "--account"),
            ("invalid partition specified: gpu", "--partition"),
            ("Invalid qos specification", "--qos"),
            ("Requested node configuration is not available", "no node has"),
            ("Invalid feature specification", "--constraint"),
            ("unrecognized option '--colour'", "--sbatch-option"),
            ("something else", "change the options"),
        ] {
            let remedy = remedy(message, &[]);
            assert!(remedy.contains(expected), "{message}: {remedy}");
            assert!(!is_unanswered(message), "{message}");
        }
        assert!(remedy("QOSMaxSubmitJobPerUserLimit", &[7, 8]).ends_with("stay submitted: 7, 8"));
    }

    #[test]
    fn a_controller_that_did_not_answer_is_told_apart() {
        for message in [
            "Batch job submission failed: Socket timed out on send/recv operation",
            "Batch job submission failed: Unable to contact slurm controller (connect failure)",
            "Batch job submission failed: Resource temporarily unavailable",
            "Slurm temporarily unable to accept job, sleeping and retrying",
            "Batch job submission failed: Zero Bytes were transmitted or received",
            "Batch job submission failed: Unexpected message received",
        ] {
            assert!(is_unanswered(message), "{message}");
        }
    }
}
