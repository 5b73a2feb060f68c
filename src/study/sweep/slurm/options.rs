//! What is asked of the cluster.

use super::sbatch_option;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::num::NonZero;

/// What is asked of the cluster for every task, and how models are divided into tasks.
///
/// Values are passed on to `sbatch` as they are. Where one is not given, `sbatch` takes the cluster's default, or
/// that of its environment variables such as `SBATCH_PARTITION`.
#[derive(Args, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[command(next_help_heading = "Slurm")]
#[serde(rename_all = "kebab-case", default)]
pub struct SlurmOptions {
    /// Partition
    #[arg(long, value_name = "NAME", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,

    /// Time limit of a task, such as 08:00:00 or 2-00:00:00. Two minutes before it a task saves its state
    /// and goes back into the queue
    #[arg(long, value_name = "TIME", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,

    /// GPUs of a task, such as 1 or a100:1; goes with --device cuda
    #[arg(long, value_name = "N", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpus: Option<String>,

    /// Cores of a task
    #[arg(long, value_name = "N", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus_per_task: Option<NonZero<u16>>,

    /// Memory of a task, such as 8G
    #[arg(long, value_name = "SIZE", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mem: Option<String>,

    /// Account that is charged
    #[arg(long, value_name = "NAME", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,

    /// Quality of service
    #[arg(long, value_name = "NAME", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qos: Option<String>,

    /// Models that a task works on, one after the other
    #[arg(long, value_name = "MODELS", default_value = "1", requires = "slurm")]
    pub chunk: NonZero<usize>,

    /// Tasks that may run at the same time [default: as many as the cluster lets]
    #[arg(long, value_name = "N", requires = "slurm")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_at_once: Option<NonZero<usize>>,

    /// Another option of sbatch, as it would stand after #SBATCH, such as --constraint=a100. Repeat it for
    /// several
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
    /// The options of `sbatch` that are given a value here.
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

    /// The environment variables that would overrule or contradict options that are given here.
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

    /// The first option that asks for GPUs, as it was given.
    pub fn gpu_option(&self) -> Option<&str> {
        let other = || self.sbatch_option.iter().find(|option| sbatch_option::asks_for_gpus(option));
        self.gpus.as_ref().map(|_| "--gpus").or_else(|| other().map(|option| option.trim()))
    }

    /// The clusters that are submitted to, where an option names any.
    pub(super) fn clusters(&self) -> Option<String> {
        self.sbatch_option.iter().rev().find_map(|option| sbatch_option::clusters(option))
    }
}
