//! `cargo xtask …`: what the project does with itself.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers prints where it stands"
)]

mod book;
mod cache;
mod cargo;
mod fixtures;
mod install;
mod interop;
mod libtorch;
mod public;
mod rooms;
#[cfg(unix)]
mod slurm;
mod test;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Print the folder of a libtorch without GPU, which is fetched once and kept in a cache
    ///
    /// `export LIBTORCH="$(cargo xtask libtorch)"` lets cargo build everything. The cache is
    /// ~/.cache/pathscope, or where PATHSCOPE_CACHE says. A libtorch of your own is used where LIBTORCH
    /// names its folder, the PyTorch of the Python environment where LIBTORCH_USE_PYTORCH is set.
    Libtorch,
    /// Install the commands `pathscope` and `pathscope-torch`
    Install {
        /// Folder whose `bin` they go into [default: cargo's own]
        #[arg(long, value_name = "DIR")]
        root: Option<PathBuf>,
    },
    /// Run every test of every package, and check that the fixtures are what their generator makes
    Test,
    /// Build the book into target/book
    ///
    /// mdBook has to be on PATH; where it is not, the command that installs it is printed.
    Book,
    /// Check against a real PyTorch and a real Jupyter what is written for them, and what they write
    ///
    /// Both are installed once, into the cache that `cargo xtask libtorch` has too; your own are used where
    /// PATHSCOPE_PYTHON names a Python that has PyTorch, torchvision, timm, NumPy, Jupyter, pandas, PyArrow,
    /// Matplotlib, ruff and typos.
    Interop,
    /// Run a small sweep on a real Slurm, and kill, cancel and requeue its tasks
    ///
    /// A cluster of this one machine is started in a temporary folder and stopped at the end. It needs root, and
    /// Debian's packages slurm-wlm and munge, which it installs itself where there is apt-get.
    #[cfg(unix)]
    Slurm,
    /// List what pathscope-core makes public, in core/public.txt
    Public {
        /// Change nothing and fail if the list is out of date
        #[arg(long)]
        check: bool,
    },
    /// Draw which room of the code imports which, for CONTRIBUTING.md; fail where one imports a room below it
    Rooms {
        /// Change nothing and fail if the picture is out of date
        #[arg(long)]
        check: bool,
    },
    /// Write the hand-built nets of fixtures/nets
    Fixtures {
        /// Change nothing and fail if one differs
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Libtorch => libtorch::run(),
        Task::Install { root } => install::run(root.as_deref()),
        Task::Test => test::run(),
        Task::Book => book::run(),
        Task::Interop => interop::run(),
        #[cfg(unix)]
        Task::Slurm => slurm::run(),
        Task::Public { check } => public::run(check),
        Task::Rooms { check } => rooms::run(check),
        Task::Fixtures { check } => fixtures::run(check),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_name_tasks_that_there_are() {
        let mut parsed = 0;
        for document in [include_str!("../../README.md"), include_str!("../../docs/src/installing.md")] {
            for line in document.lines().filter(|line| line.starts_with("cargo xtask ")) {
                let command = line.split(" #").next().unwrap_or(line);
                Cli::try_parse_from(command.split_whitespace().skip(1))
                    .unwrap_or_else(|error| panic!("{line}: {error}"));
                parsed += 1;
            }
        }
        assert!(parsed > 2);
    }
}
