//! Python programs that check, and print a line of JSON for each check.

use super::Checks;
use crate::root;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// A line of such a program.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Subject { subject: String },
    Check { check: String, passed: bool, detail: String },
}

/// Runs a program and notes what it says.
///
/// # Arguments
///
/// * `python` - a command that runs Python
/// * `program` - one of those beside this file
/// * `cases` - the file that it is given
/// * `after` - called with each subject whose checks are through
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
            .with_context(|| format!("{program} printed {line:?}, which is no check"))?
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
    let last = current.with_context(|| format!("{program} has checked nothing"))?;
    after(&last, checks);
    Ok(())
}
