//! Runs of Python programs that print a line of JSON for each check.

use super::Checks;
use crate::root;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// A line of a program's output.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Subject { subject: String },
    Check { check: String, passed: bool, detail: String },
}

/// Runs a program and counts its checks.
///
/// # Arguments
///
/// * `python` - a command that runs Python
/// * `program` - the name of a program beside this file
/// * `cases` - the input file of the program
/// * `after` - a callback with each subject after its checks
pub(super) fn run(
    mut python: Command,
    program: &str,
    cases: &Path,
    after: &mut dyn FnMut(&str, &mut Checks),
    checks: &mut Checks,
) -> Result<()> {
    let script = root().join("xtask/src/interop").join(program);
    let mut child = python.arg(script).arg(cases).stdout(Stdio::piped()).spawn()?;
    let lines = child.stdout.take().with_context(|| format!("{program} has no stdout"))?;
    let mut current: Option<String> = None;
    for line in BufReader::new(lines).lines() {
        let line = line?;
        match serde_json::from_str(&line)
            .with_context(|| format!("{program} printed {line:?}, which is not a check"))?
        {
            Line::Subject { subject } => {
                if let Some(previous) = current.replace(subject.clone()) {
                    after(&previous, checks);
                }
                checks.open(&subject);
            }
            Line::Check { check, passed, detail } => checks.note(&check, passed, &detail),
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{program} ended with {status} at {}", current.as_deref().unwrap_or("its start"));
    }
    let last = current.with_context(|| format!("{program} checked nothing"))?;
    after(&last, checks);
    Ok(())
}
