//! The subcommands that need libtorch. They are run by `pathscope-torch`, which is found beside this
//! command or on PATH, as git finds its own subcommands.

use super::Outcome;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

const COMPANION: &str = "pathscope-torch";

/// Arguments that are passed on to the companion.
#[derive(Debug, Args)]
pub(super) struct PassedOn {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

impl PassedOn {
    pub(super) fn new(arguments: Vec<OsString>) -> Self {
        Self { arguments }
    }
}

/// Checks that the companion is installed.
///
/// # Arguments
///
/// * `what_for` - the feature that needs it, for the error
pub(super) fn check(what_for: &str) -> Result<()> {
    find(what_for).map(drop)
}

/// Returns whether the companion is installed.
pub(super) fn is_installed() -> bool {
    place().is_some()
}

/// Replaces this process by a subcommand of the companion, which then handles signals and sets the exit
/// status.
pub(super) fn run(subcommand: &str, passed: PassedOn, quiet: bool) -> Result<Outcome> {
    let mut command = Command::new(find(&format!("`pathscope {subcommand}`"))?);
    command.args(quiet.then_some("--quiet")).arg(subcommand).args(passed.arguments);
    replace_with(command)
}

/// Runs a subcommand of the companion and waits for it. If it fails, this process ends with its exit
/// status.
pub(super) fn run_before(subcommand: &str, passed: PassedOn, quiet: bool) -> Result<()> {
    let mut command = Command::new(find(&format!("`pathscope {subcommand}`"))?);
    command.args(quiet.then_some("--quiet")).arg(subcommand).args(passed.arguments);
    let status = command
        .status()
        .with_context(|| format!("{}: cannot be run", Path::new(command.get_program()).display()))?;
    if status.success() { Ok(()) } else { std::process::exit(status.code().unwrap_or(1)) }
}

/// Replaces this process by the companion, with the same arguments.
pub(super) fn take_over() -> Result<Outcome> {
    let mut command = Command::new(find("this command")?);
    command.args(std::env::args_os().skip(1));
    replace_with(command)
}

fn replace_with(mut command: Command) -> Result<Outcome> {
    #[cfg(unix)]
    {
        let error = std::os::unix::process::CommandExt::exec(&mut command);
        bail!("{}: cannot be run: {error}", Path::new(command.get_program()).display())
    }
    #[cfg(not(unix))]
    {
        let status = command.status()?;
        std::process::exit(status.code().unwrap_or(1))
    }
}

/// Returns the path of the companion.
///
/// # Arguments
///
/// * `what_for` - the feature that needs it, for the error
pub(super) fn find(what_for: &str) -> Result<PathBuf> {
    place().with_context(|| {
        format!(
            "{what_for} needs the command {COMPANION}, which is neither beside pathscope nor on PATH: `cargo xtask install` in a clone of pathscope installs it"
        )
    })
}

fn place() -> Option<PathBuf> {
    let name = format!("{COMPANION}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|path| Some(path.parent()?.join(&name)));
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).map(|folder| folder.join(&name)).collect::<Vec<_>>())
        .unwrap_or_default();
    beside.into_iter().chain(on_path).find(|path| path.is_file())
}
