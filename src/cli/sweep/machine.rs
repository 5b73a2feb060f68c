//! The options for training several models at once on one machine.

use crate::cli::companion;
use anyhow::Result;
use bytesize::ByteSize;
use clap::Args;
use pathscope::study::sweep::Companion;
use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

/// The name of the feature that needs the companion, for the error if it is missing.
pub(super) const WHAT_FOR: &str = "`pathscope sweep`";

/// The options for training the models of a sweep on one machine.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Machine")]
pub(super) struct MachineArgs {
    /// Number of models to train at once [default: one per core, or 1 on a GPU]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<NonZero<usize>>,

    /// Number of threads per training [default: the number of cores divided by --jobs]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZero<u16>>,

    /// Device: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub device: String,

    /// Memory limit for training each multi-path model, such as 4GiB
    #[arg(long, value_name = "SIZE")]
    pub memory_limit: Option<ByteSize>,

    /// Number of paths of a multi-path model that share a batched convolution
    #[arg(long, value_name = "N")]
    pub paths_together: Option<NonZero<u16>>,
}

impl MachineArgs {
    /// Returns the number of models to train at once.
    pub(super) fn jobs(&self) -> NonZero<usize> {
        let one = NonZero::<usize>::MIN;
        self.jobs.unwrap_or_else(|| if self.device == "cpu" { cores() } else { one })
    }

    /// Returns the program that trains, after checking that it is installed.
    pub(super) fn companion(&self, data: PathBuf) -> Result<Companion> {
        let threads = self.threads(cores().get(), self.jobs().get());
        Ok(Companion { program: companion::find(WHAT_FOR)?, data, threads, more: self.more() })
    }

    /// Returns the number of threads of each training: the given one, or its share of the cores.
    fn threads(&self, cores: usize, jobs: usize) -> usize {
        self.threads.map_or((cores / jobs).max(1), |threads| threads.get().into())
    }

    /// Returns the arguments of a cluster task with this many cores. Unless options say otherwise, it
    /// trains one model at a time with all of them.
    pub(super) fn of_task(&self, cores: usize) -> Vec<String> {
        let jobs = self.jobs.map_or(1, NonZero::get);
        let threads = self.threads(cores, jobs);
        let mut arguments =
            vec!["--jobs".to_owned(), jobs.to_string(), "--threads".to_owned(), threads.to_string()];
        arguments.extend(self.more().into_iter().map(|word| word.to_string_lossy().into_owned()));
        arguments
    }

    fn more(&self) -> Vec<OsString> {
        let mut more = vec!["--device".into(), (&self.device).into()];
        if let Some(limit) = self.memory_limit {
            more.extend(["--memory-limit".into(), format!("{}B", limit.as_u64()).into()]);
        }
        if let Some(paths) = self.paths_together {
            more.extend(["--paths-together".into(), paths.to_string().into()]);
        }
        more
    }
}

fn cores() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}
