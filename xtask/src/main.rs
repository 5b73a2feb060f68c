//! `cargo xtask …`: the project's own tasks.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for developers prints its progress")]

mod book;
mod cache;
mod cargo;
mod environment;
mod fixtures;
mod install;
mod interop;
mod libtorch;
mod public;
mod rooms;
#[cfg(unix)]
mod slurm;
mod test;
mod wheel;

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
    /// Print the folder of a libtorch without GPU support, which is fetched once and kept in a cache
    ///
    /// `export LIBTORCH="$(cargo xtask libtorch)"` lets cargo build everything. The cache is
    /// ~/.cache/pathscope unless PATHSCOPE_CACHE names another folder. To use a libtorch of your own, set
    /// LIBTORCH to its folder, or set LIBTORCH_USE_PYTORCH to use the PyTorch of the Python environment.
    Libtorch,
    /// Install the commands `pathscope` and `pathscope-torch`
    Install {
        /// Folder whose `bin` receives the commands [default: cargo's own]
        #[arg(long, value_name = "DIR")]
        root: Option<PathBuf>,
    },
    /// Build the wheel of the Python package, with the command in it, into target/wheels
    Wheel {
        /// Build without optimizations, which is faster to build and slower to run
        #[arg(long)]
        debug: bool,
    },
    /// Run every test of every package, and check that fixtures are up to date
    Test,
    /// Build the book into target/book
    ///
    /// Needs mdBook on PATH. If it is missing, the command that installs it is printed.
    Book,
    /// Check the exchange of files with a real PyTorch and a real Jupyter, the Python package, and reports in Chromium
    ///
    /// PyTorch, Jupyter and the tools are installed once, into the same cache as libtorch. To use your own, set
    /// PATHSCOPE_PYTHON to a Python with PyTorch, torchvision, timm, Lightning, NumPy, Jupyter, pandas, polars,
    /// PyArrow, Matplotlib, tqdm, maturin, Selenium, mypy, ruff and typos. Chromium, its driver, Node.js and npm have to be on PATH.
    Interop {
        /// Parts to check [default: all]
        #[arg(value_name = "PART")]
        parts: Vec<interop::Part>,
    },
    /// Run a small sweep on a real Slurm, and kill, cancel and requeue its tasks
    ///
    /// Starts a cluster of this one machine in a temporary folder, and stops it at the end. Needs root and
    /// Debian's packages slurm-wlm and munge, which are installed if apt-get is available.
    #[cfg(unix)]
    Slurm,
    /// List the public items of pathscope-core in core/public.txt
    Public {
        /// Change nothing and fail if the list is out of date
        #[arg(long)]
        check: bool,
    },
    /// Draw which room of the code imports which, for CONTRIBUTING.md, and fail if one imports a room below
    /// it
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
        Task::Wheel { debug } => wheel::run(debug),
        Task::Test => test::run(),
        Task::Book => book::run(),
        Task::Interop { parts } => interop::run(&parts),
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

/// Returns the root of the workspace.
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
