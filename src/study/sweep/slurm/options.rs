//! The options of a submission.

use super::sbatch_option;
use serde::{Deserialize, Serialize};
use std::num::NonZero;

/// The resources of every task, and the division of models into tasks.
///
/// Values are passed on to `sbatch` unchanged. If an option is not given, `sbatch` uses the cluster's
/// default, or its environment variables such as `SBATCH_PARTITION`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct SlurmOptions {
    /// The partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The time limit of a task, such as 08:00:00 or 2-00:00:00. Two minutes before the limit, a task saves its state
    /// and requeues itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The GPUs of a task, such as 1 or a100:1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpus: Option<String>,
    /// The cores of a task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus_per_task: Option<NonZero<u16>>,
    /// The memory of a task, such as 8G.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mem: Option<String>,
    /// The account to charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The quality of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qos: Option<String>,
    /// The number of models in a task, which are worked on one after the other.
    pub chunk: NonZero<usize>,
    /// The largest number of tasks that run at the same time, if it is not the limit of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_at_once: Option<NonZero<usize>>,
    /// Other options of `sbatch`, as in `#SBATCH` lines, such as --constraint=a100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sbatch_option: Vec<String>,
}

impl Default for SlurmOptions {
    fn default() -> Self {
        Self {
            partition: None,
            time: None,
            gpus: None,
            cpus_per_task: None,
            mem: None,
            account: None,
            qos: None,
            chunk: NonZero::<usize>::MIN,
            most_at_once: None,
            sbatch_option: Vec::new(),
        }
    }
}

impl SlurmOptions {
    /// Returns the options of `sbatch` that are set here.
    pub(super) fn values(&self) -> Vec<(&'static str, String)> {
        let cores = self.cpus_per_task.map(|cores| cores.to_string());
        [
            ("--partition", &self.partition),
            ("--time", &self.time),
            ("--gpus", &self.gpus),
            ("--cpus-per-task", &cores),
            ("--mem", &self.mem),
            ("--account", &self.account),
            ("--qos", &self.qos),
        ]
        .into_iter()
        .filter_map(|(option, value)| Some((option, value.clone()?)))
        .collect()
    }

    /// Returns the environment variables that would override or contradict options that are given here.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.values().into_iter().flat_map(|(option, _)| {
            let variables: &[&str] = match option {
                "--partition" => &["SBATCH_PARTITION"],
                "--time" => &["SBATCH_TIMELIMIT"],
                "--gpus" => &["SBATCH_GPUS"],
                "--mem" => &["SBATCH_MEM_PER_NODE", "SBATCH_MEM_PER_CPU", "SBATCH_MEM_PER_GPU"],
                "--account" => &["SBATCH_ACCOUNT"],
                "--qos" => &["SBATCH_QOS"],
                _ => &[],
            };
            variables.iter().copied()
        })
    }

    /// Returns the first option that asks for GPUs, as it was given.
    pub fn gpu_option(&self) -> Option<&str> {
        let other = || self.sbatch_option.iter().find(|option| sbatch_option::asks_for_gpus(option));
        self.gpus.as_ref().map(|_| "--gpus").or_else(|| other().map(|option| option.trim()))
    }

    /// Returns the clusters to submit to, if an option names any.
    pub(super) fn clusters(&self) -> Option<String> {
        self.sbatch_option.iter().rev().find_map(|option| sbatch_option::clusters(option))
    }
}
