//! `cargo xtask interop`: checks of files for other programs, run in these programs.

mod book;
mod cuda;
mod export;
mod jupyter;
mod libraries;
mod lint;
mod nets;
mod notebook;
mod package;
mod programs;
mod pytorch;
mod report;
mod script;
mod scripts;
mod studies;

use crate::cargo;
use crate::environment::output;
use crate::{libtorch, root};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use package::Installed;
use serde::Deserialize;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A counter of checks, which prints a line for each subject.
#[derive(Debug, Default)]
struct Checks {
    passed: usize,
    failed: usize,
    /// The subject that is being checked.
    subject: String,
    /// The details of its passed checks.
    details: Vec<String>,
}

impl Checks {
    /// Begins the checks of a subject.
    fn open(&mut self, subject: &str) {
        subject.clone_into(&mut self.subject);
        self.details.clear();
    }

    /// Counts a check of the subject, with a number or a reason for its result.
    fn note(&mut self, check: &str, passed: bool, detail: &str) {
        if passed {
            self.passed += 1;
            self.details.push(format!("{check} {detail}"));
        } else {
            self.failed += 1;
            eprintln!("  {}: FAILED {check} {detail}", self.subject);
        }
    }

    /// Prints the passed checks of the subject.
    fn close(&self) {
        eprintln!("  {}: {}", self.subject, self.details.join(", "));
    }
}

/// A part of the checks that can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Notebooks of `pathscope notebook`, executed in Jupyter
    Notebook,
    /// Networks of `pathscope export` in PyTorch, lints of Python, and spelling
    Export,
    /// Analyses of programs that PyTorch exports
    Programs,
    /// The Python package, installed from its wheel
    Package,
    /// The Python of README.md and the book, and its notebook, beside the installed package
    Book,
    /// The worked studies of the book, and the study of the paper's claims, on simulated recordings
    Studies,
    /// Types and lints of the scripts in reports
    Scripts,
    /// Reports in Chromium
    Report,
}

impl Part {
    /// Returns the parts that are asked for, or all of them, in the order in which they run.
    fn in_order(asked: &[Self]) -> Vec<Self> {
        let all = Self::value_variants().iter().copied();
        all.filter(|part| asked.is_empty() || asked.contains(part)).collect()
    }

    fn check(self, prepared: &Prepared, checks: &mut Checks) -> Result<()> {
        match self {
            Self::Notebook => notebook::check(prepared.command()?, checks),
            Self::Export => export::check(prepared.command()?, checks),
            Self::Programs => programs::check(prepared.command()?, checks),
            Self::Package => package::check(prepared.package()?, checks),
            Self::Book => {
                book::check(prepared.command()?, prepared.package()?, checks)?;
                notebook::check_book(prepared.package()?, checks)
            }
            Self::Studies => {
                let (command, package) = (prepared.command()?, prepared.package()?);
                studies::check(command, package, checks)?;
                studies::check_claims(command, &build_companion()?, package, checks)
            }
            Self::Scripts => scripts::check(checks),
            Self::Report => report::check(prepared.command()?, checks),
        }
    }
}

/// What several parts need. It is built when the first of them needs it.
#[derive(Debug, Default)]
struct Prepared {
    command: OnceCell<PathBuf>,
    package: OnceCell<Installed>,
}

impl Prepared {
    /// Returns the command `pathscope`.
    fn command(&self) -> Result<&Path> {
        provide(&self.command, build).map(PathBuf::as_path)
    }

    /// Returns the environment with the package.
    fn package(&self) -> Result<&Installed> {
        provide(&self.package, package::install)
    }
}

/// Returns the contents of a cell, which are made if it is empty.
fn provide<T>(cell: &OnceCell<T>, make: fn() -> Result<T>) -> Result<&T> {
    if let Some(made) = cell.get() {
        return Ok(made);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}

/// Runs some parts of the checks, or all of them if none is named.
pub(crate) fn run(parts: &[Part]) -> Result<()> {
    let (prepared, mut checks) = (Prepared::default(), Checks::default());
    for part in Part::in_order(parts) {
        part.check(&prepared, &mut checks)?;
    }
    println!("interop: {} passed, {} failed", checks.passed, checks.failed);
    if checks.failed > 0 {
        bail!("some of pathscope's files do not work in other programs: see above");
    }
    Ok(())
}

/// A line of cargo's output about a built target.
#[derive(Deserialize)]
struct Built {
    executable: Option<PathBuf>,
}

/// Builds the command and returns its path.
fn build() -> Result<PathBuf> {
    let mut command = Command::new(cargo::program());
    built("pathscope", command.args(["build", "--package", "pathscope"]).args(cargo::optimized()))
}

/// Builds the command that trains networks and returns its path.
fn build_companion() -> Result<PathBuf> {
    let libtorch = libtorch::provide()?;
    let mut command = Command::new(cargo::program());
    command.args(["build", "--package", "pathscope-torch"]);
    built("pathscope-torch", libtorch.configure(&mut command))
}

/// Runs a build and returns the path of its executable.
fn built(name: &str, build: &mut Command) -> Result<PathBuf> {
    eprintln!("building {name}");
    build.args(["--message-format", "json-render-diagnostics"]);
    let lines = output(build.current_dir(root()).stderr(Stdio::inherit()))?;
    let built =
        lines.lines().filter_map(|line| serde_json::from_str::<Built>(line).ok()?.executable).next_back();
    built.with_context(|| format!("cargo does not report the path of {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_run_once_and_in_their_order() {
        assert_eq!(Part::in_order(&[Part::Report, Part::Export, Part::Report]), [Part::Export, Part::Report]);
        assert_eq!(Part::in_order(&[]), Part::value_variants());
    }
}
