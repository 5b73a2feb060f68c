//! The command line, with one file for each subcommand.

mod evaluate;
mod predict;
mod progress;
mod retrain;
mod run_inputs;
mod train;

use anyhow::Result;
use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand, ValueEnum};
use pathscope::output::Printer;
use pathscope::shell::{self, CommandLine, Outcome};
use pathscope_torch::device::{DeviceName, resident_bytes, use_threads};
use pathscope_torch::training::Machine;
use std::path::PathBuf;
use std::process::ExitCode;

/// Trains, runs and evaluates the networks that pathscope analyzes.
///
/// `pathscope train`, `retrain`, `predict` and `evaluate` run this command.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print only results and errors: no progress, notes or warnings
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(Box<train::TrainArgs>),
    Retrain(retrain::RetrainArgs),
    Predict(predict::PredictArgs),
    Evaluate(evaluate::EvaluateArgs),
    /// Print shell completions
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// Output folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// The value of `--format` of `retrain`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// Text for people
    #[default]
    Table,
    /// All results, in full precision
    Json,
    /// One row per network
    Csv,
}

/// The device and number of threads for computing networks.
#[derive(Clone, Copy, Debug, Args)]
struct MachineArgs {
    /// Device: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceName(tch::Device::Cpu), help_heading = "Machine")]
    device: DeviceName,

    /// Number of libtorch threads [default: all cores]
    #[arg(long, value_name = "N", help_heading = "Machine", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl MachineArgs {
    fn prepare(self) -> Machine {
        let threads = use_threads(self.threads);
        // Single paths fit into a CPU's cache. A GPU needs more work at a time.
        let paths_together = if self.device.0 == tch::Device::Cpu { 1 } else { 32 };
        let resident = resident_bytes(self.device.0);
        Machine { device: self.device, threads, resident, memory_limit: None, paths_together }
    }
}

/// The device and limits for training networks.
#[derive(Clone, Copy, Debug, Args)]
struct TrainingMachineArgs {
    #[command(flatten)]
    machine: MachineArgs,

    /// Memory limit for training a multi-path network, such as 4GiB or 900MB: activations that do not fit
    /// are recomputed [default: no limit]
    #[arg(long, value_name = "SIZE", help_heading = "Machine")]
    memory_limit: Option<ByteSize>,

    /// Number of paths of a multi-path network that share a batched convolution; results do not depend on
    /// it [default: 1 on the CPU, 32 on a GPU]
    #[arg(long, value_name = "N", help_heading = "Machine", value_parser = clap::value_parser!(u16).range(1..))]
    paths_together: Option<u16>,
}

impl TrainingMachineArgs {
    fn prepare(self) -> Machine {
        let machine = self.machine.prepare();
        let memory_limit = self.memory_limit.map(|limit| limit.as_u64());
        let paths_together = self.paths_together.map_or(machine.paths_together, usize::from);
        Machine { memory_limit, paths_together, ..machine }
    }
}

/// Runs the command and returns its exit status.
pub(crate) fn main() -> ExitCode {
    shell::main::<Cli>()
}

impl CommandLine for Cli {
    fn is_quiet(&self) -> bool {
        self.quiet
    }

    fn run(self, printer: &Printer) -> Result<Outcome> {
        match self.command {
            Command::Train(args) => train::run(&args, printer),
            Command::Retrain(args) => retrain::run(&args, printer),
            Command::Predict(args) => predict::run(&args, printer),
            Command::Evaluate(args) => evaluate::run(&args, printer),
            Command::Completions { shell } => shell::completions::<Self>(shell, printer),
            Command::Man { out } => shell::manual_pages::<Self>(&out),
        }
    }
}
