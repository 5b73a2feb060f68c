//! `cargo xtask interop`: checks of files for other programs, run in these programs.

mod book;
mod cuda;
mod export;
mod jupyter;
mod lint;
mod nets;
mod notebook;
mod package;
mod programs;
mod pytorch;
mod report;
mod script;
mod scripts;

use crate::cargo;
use crate::environment::output;
use crate::root;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::PathBuf;
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

pub(crate) fn run() -> Result<()> {
    let pathscope = build()?;
    let mut checks = Checks::default();
    notebook::check(&pathscope, &mut checks)?;
    export::check(&pathscope, &mut checks)?;
    programs::check(&pathscope, &mut checks)?;
    let package = package::check(&mut checks)?;
    book::check(&pathscope, &package, &mut checks)?;
    scripts::check(&mut checks)?;
    report::check(&pathscope, &mut checks)?;
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
    eprintln!("building pathscope");
    let mut command = Command::new(cargo::program());
    command.args(["build", "--package", "pathscope", "--message-format", "json-render-diagnostics"]);
    // Hashing and measuring hundreds of megabytes takes ten times as long without optimization.
    for package in ["pathscope", "sha2", "crc32fast", "zip"] {
        command.arg("--config").arg(format!("profile.dev.package.{package}.opt-level=2"));
    }
    let lines = output(command.current_dir(root()).stderr(Stdio::inherit()))?;
    let built =
        lines.lines().filter_map(|line| serde_json::from_str::<Built>(line).ok()?.executable).next_back();
    built.context("cargo does not report the path of pathscope")
}
