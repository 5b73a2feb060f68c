//! The options of a submission.

use super::sbatch_option;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::num::NonZero;

/// The resources of every task, and the division of models into tasks.
///
/// Values are passed on to `sbatch` unchanged. If an option is not given, `sbatch` uses the cluster's
/// default, or its environment variables such as `SBATCH_PARTITION`.
#[derive(Args, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[command(next_help_heading = "Slurm")]
#[serde(rename_all = "kebab-case", default)]
pub struct SlurmOptions {
    /// Partition
    #[arg(long, value_name = "NAME", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,

    /// Time limit per task, such as 08:00:00 or 2-00:00:00. Two minutes before the limit, a task saves its
    /// state and requeues itself
    #[arg(long, value_name = "TIME", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,

    /// GPUs per task, such as 1 or a100:1; needs --device cuda
    #[arg(long, value_name = "N", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpus: Option<String>,

    /// Cores per task
    #[arg(long, value_name = "N", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus_per_task: Option<NonZero<u16>>,

    /// Memory per task, such as 8G
    #[arg(long, value_name = "SIZE", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mem: Option<String>,

    /// Account to charge
    #[arg(long, value_name = "NAME", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,

    /// Quality of service
    #[arg(long, value_name = "NAME", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qos: Option<String>,

    /// Number of models per task, which are worked on one after the other
    #[arg(long, value_name = "MODELS", default_value = "1", requires = "slurm")]
    pub chunk: NonZero<usize>,

    /// Largest number of tasks that run at the same time [default: the limit of the cluster]
    #[arg(long, value_name = "N", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_at_once: Option<NonZero<usize>>,

    /// Another option of sbatch, as in an #SBATCH line, such as --constraint=a100. Repeatable
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true, requires = "slurm")]
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
