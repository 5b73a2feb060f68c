//! Calls of Slurm's commands.

use super::SlurmError;
use std::ffi::OsStr;
use std::io;
use std::process::{Command, Output};

/// The prefixes of environment variables to remove. Some stand for options of the commands and would change
/// their output; others describe the surrounding job, and `sbatch` takes some of these for options, such as
/// `SLURM_MEM_PER_CPU`.
const OPTIONS: [&str; 3] = ["SQUEUE_", "SACCT_", "SLURM_"];

/// The variables to keep, which hold the location of Slurm.
const STAY: [&str; 5] =
    ["SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT", "SLURM_CLUSTERS", "SLURM_DEBUG_FLAGS"];

/// Runs a command of Slurm to completion.
///
/// # Arguments
///
/// * `without` - environment variables to hide from it
///
/// # Errors
///
/// Returns [`SlurmError::NoCommand`] or [`SlurmError::NotRun`]. A failing command is not an error here.
pub(super) fn run(
    name: &'static str,
    arguments: &[impl AsRef<OsStr>],
    without: &[&str],
) -> Result<Output, SlurmError> {
    let mut command = Command::new(name);
    command.args(arguments);
    for (variable, _) in std::env::vars_os() {
        let text = variable.to_string_lossy();
        let is_option = !STAY.contains(&&*text) && OPTIONS.iter().any(|prefix| text.starts_with(prefix));
        if is_option || without.contains(&&*text) {
            command.env_remove(&variable);
        }
    }
    command.output().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SlurmError::NoCommand { command: name },
        _ => SlurmError::NotRun { command: name, source },
    })
}

/// Runs a command of Slurm and returns its stdout.
///
/// # Errors
///
/// Returns the errors of [`run`], and [`SlurmError::Failed`].
pub(super) fn answer(name: &'static str, arguments: &[impl AsRef<OsStr>]) -> Result<String, SlurmError> {
    let output = run(name, arguments, &[])?;
    if !output.status.success() {
        return Err(SlurmError::Failed { command: name, message: message(&output) });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the stderr of a command in one line, or its exit status if there is none.
pub(super) fn message(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { output.status.to_string() } else { lines.join("; ") }
}
