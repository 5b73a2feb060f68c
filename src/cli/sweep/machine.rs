//! How many models are trained at once, and with what.

use crate::cli::companion;
use anyhow::Result;
use bytesize::ByteSize;
use clap::Args;
use pathscope::study::sweep::Companion;
use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

/// What the companion is needed for, for the error where it is missing.
pub const WHAT_FOR: &str = "`pathscope sweep`";

/// What trains the models of a sweep on one machine.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// Models that are trained at once [default: one for every core, or 1 on a GPU]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<NonZero<usize>>,

    /// Threads of each training [default: the cores divided by --jobs]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZero<u16>>,

    /// Where to compute: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub device: String,

    /// Memory that the training of each multi-path model is planned to stay below, such as 4GiB
    #[arg(long, value_name = "SIZE")]
    pub memory_limit: Option<ByteSize>,

    /// Paths of a multi-path model that go through a convolution together
    #[arg(long, value_name = "N")]
    pub paths_together: Option<NonZero<u16>>,
}

impl MachineArgs {
    /// How many models are trained at once.
    pub fn jobs(&self) -> NonZero<usize> {
        let one = NonZero::<usize>::MIN;
        self.jobs.unwrap_or_else(|| if self.device == "cpu" { cores() } else { one })
    }

    /// The program that trains, which is to be there.
    pub fn companion(&self, data: PathBuf) -> Result<Companion> {
        let threads = self.threads(cores().get(), self.jobs().get());
        Ok(Companion { program: companion::find(WHAT_FOR)?, data, threads, more: self.more() })
    }

    /// Those of each training: as said, or its share of some cores.
    fn threads(&self, cores: usize, jobs: usize) -> usize {
        self.threads.map_or((cores / jobs).max(1), |threads| threads.get().into())
    }

    /// The arguments of a task that has some cores of a cluster's node. One model is trained at a time there,
    /// with all of them, where nothing else is said.
    pub fn of_task(&self, cores: usize) -> Vec<String> {
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
