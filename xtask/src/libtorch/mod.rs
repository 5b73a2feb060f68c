//! `cargo xtask libtorch`: a libtorch without GPU, for the package `pathscope-torch`.
//!
//! It is cut out of PyTorch's own wheels, which pip downloads, and kept in a cache that all clones share.

mod cache;
pub(crate) mod recipe;
pub(crate) mod unpack;
mod wheels;

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libtorch that `pathscope-torch` is built against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Libtorch {
    /// A folder with `lib` and `include`.
    Folder(PathBuf),
    /// The libtorch of the PyTorch in the Python environment, where LIBTORCH_USE_PYTORCH is set.
    Pytorch,
}

impl Libtorch {
    /// Lets a command build against it.
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
        // Then torch-sys does not look at LIBTORCH: what is printed does not matter.
        Libtorch::Pytorch => println!(),
    }
    Ok(())
}

/// The libtorch that the user brings, or else ours, which is fetched if it is not there.
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

/// As torch-sys does: LIBTORCH_USE_PYTORCH counts before LIBTORCH, whatever its value.
fn brought_by_user(use_pytorch: Option<OsString>, libtorch: Option<OsString>) -> Result<Option<Libtorch>> {
    if use_pytorch.is_some() {
        return Ok(Some(Libtorch::Pytorch));
    }
    let Some(folder) = libtorch.filter(|folder| !folder.is_empty()) else { return Ok(None) };
    let folder = std::path::absolute(&folder).with_context(|| format!("LIBTORCH={}", folder.display()))?;
    if !folder.is_dir() {
        bail!(
            "LIBTORCH is set to {}, which is no folder: give it that of a libtorch {}, or unset it to have one fetched",
            folder.display(),
            recipe::VERSION
        );
    }
    Ok(Some(Libtorch::Folder(folder)))
}

/// Makes a libtorch in a folder that only this process works in, and returns where it is.
///
/// What a run before this one has left there is used or removed.
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
