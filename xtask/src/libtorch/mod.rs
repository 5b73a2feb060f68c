//! `cargo xtask libtorch`: a libtorch without GPU support, for the package `pathscope-torch`.
//!
//! It is extracted from PyTorch's own wheels, which pip downloads, and kept in a cache that all clones share.

mod cache;
pub(crate) mod recipe;
pub(crate) mod unpack;
mod wheels;

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libtorch to build `pathscope-torch` with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Libtorch {
    /// A folder with `lib` and `include`.
    Folder(PathBuf),
    /// The libtorch of the PyTorch in the Python environment, if LIBTORCH_USE_PYTORCH is set.
    Pytorch,
}

impl Libtorch {
    /// Configures a command to build with this libtorch.
    pub(crate) fn configure<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self {
            Self::Folder(folder) => command.env("LIBTORCH", folder),
            Self::Pytorch => command,
        }
    }
}

/// Prints the folder, and only that, on stdout.
pub(crate) fn run() -> Result<()> {
    match provide()? {
        Libtorch::Folder(folder) => println!("{}", folder.display()),
        // torch-sys then ignores LIBTORCH, so the output does not matter.
        Libtorch::Pytorch => println!(),
    }
    Ok(())
}

/// Returns the user's libtorch if one is set, or else the one in the cache, which is fetched if it is
/// missing.
pub(crate) fn provide() -> Result<Libtorch> {
    if let Some(libtorch) = brought_by_user(env::var_os("LIBTORCH_USE_PYTORCH"), env::var_os("LIBTORCH"))? {
        match &libtorch {
            Libtorch::Folder(folder) => {
                eprintln!("LIBTORCH is set: using {}, nothing is fetched", folder.display());
            }
            Libtorch::Pytorch => {
                eprintln!(
                    "LIBTORCH_USE_PYTORCH is set: using the PyTorch of the Python environment, nothing is fetched"
                );
            }
        }
        return Ok(libtorch);
    }
    let recipe = recipe::for_platform(env::consts::OS, env::consts::ARCH)?;
    let folder = cache::provide(&recipe, &crate::cache::home()?, &|work| {
        unpack::check_compiler(&recipe)?;
        wheels::check_pip()?;
        make(&recipe, work, &wheels::download)
    })?;
    Ok(Libtorch::Folder(folder))
}

/// Returns the user's libtorch. As in torch-sys, LIBTORCH_USE_PYTORCH takes precedence over LIBTORCH,
/// whatever its value.
fn brought_by_user(use_pytorch: Option<OsString>, libtorch: Option<OsString>) -> Result<Option<Libtorch>> {
    if use_pytorch.is_some() {
        return Ok(Some(Libtorch::Pytorch));
    }
    let Some(folder) = libtorch.filter(|folder| !folder.is_empty()) else { return Ok(None) };
    let folder = std::path::absolute(&folder).with_context(|| format!("LIBTORCH={}", folder.display()))?;
    if !folder.is_dir() {
        bail!(
            "LIBTORCH is set to {}, which is not a folder: set it to the folder of a libtorch {}, or unset it to fetch one",
            folder.display(),
            recipe::VERSION
        );
    }
    Ok(Some(Libtorch::Folder(folder)))
}

/// Makes a libtorch in a subfolder of a folder, and returns the subfolder.
///
/// No other process works in the folder. Files of an interrupted run are used or removed.
fn make(
    recipe: &recipe::Recipe<'_>,
    work: &Path,
    download: &dyn Fn(&recipe::Wheel<'_>, &Path) -> Result<()>,
) -> Result<PathBuf> {
    let downloads = work.join("wheels");
    cache::check_free_space(recipe, work, &downloads)?;
    let files = wheels::fetch(recipe, &downloads, download)?;
    let libtorch = work.join("libtorch");
    unpack::unpack(recipe, &files, &libtorch)?;
    Ok(libtorch)
}

#[cfg(test)]
mod tests;
