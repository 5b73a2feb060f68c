//! Subcommands that need libtorch: they are those of `pathscope-torch`, found beside this command or
//! on PATH, as git finds its own.

use super::Outcome;
use anyhow::{Result, bail};
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

const COMPANION: &str = "pathscope-torch";

/// Arguments that the companion reads.
#[derive(Debug, Args)]
pub struct PassedOn {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

/// Runs a subcommand of the companion in the place of this process, so that signals and the exit
/// status are its own.
pub fn run(subcommand: &str, passed: PassedOn, quiet: bool) -> Result<Outcome> {
    let Some(path) = find() else {
        bail!(
            "`pathscope {subcommand}` needs the command {COMPANION}, which is neither beside pathscope nor on PATH: `cargo xtask install` in a clone of pathscope installs it"
        );
    };
    let mut command = Command::new(&path);
    command.args(quiet.then_some("--quiet")).arg(subcommand).args(passed.arguments);
    #[cfg(unix)]
    {
        let error = std::os::unix::process::CommandExt::exec(&mut command);
        bail!("{}: cannot be run: {error}", path.display())
    }
    #[cfg(not(unix))]
    {
        let status = command.status()?;
        std::process::exit(status.code().unwrap_or(1))
    }
}

fn find() -> Option<PathBuf> {
    let name = format!("{COMPANION}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|path| Some(path.parent()?.join(&name)));
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).map(|folder| folder.join(&name)).collect::<Vec<_>>())
        .unwrap_or_default();
    beside.into_iter().chain(on_path).find(|path| path.is_file())
}
