//! Wheels, downloaded by pip, which knows the user's mirrors and proxies, and checked against their SHA-256.

use super::recipe::{Recipe, Wheel};
use crate::cache::megabytes;
use anyhow::{Context, Result, bail};
use pathscope_core::files::checkpoint::sha256;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PYTHON: &str = "python3";

/// Checks that pip exists.
pub(super) fn check_pip() -> Result<()> {
    const REMEDY: &str =
        "(Debian: apt install python3-pip); or bring a libtorch and set LIBTORCH to its folder";
    let output = match Command::new(PYTHON).args(["-m", "pip", "--version"]).stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("{PYTHON} is missing, whose pip downloads libtorch: install Python 3 and pip {REMEDY}")
        }
        Err(error) => return Err(error).context(format!("{PYTHON} cannot be run")),
    };
    if !output.status.success() {
        bail!("{PYTHON} has no pip, which downloads libtorch: install it {REMEDY}");
    }
    Ok(())
}

/// Returns the wheels of a recipe as checked files, in the order of the recipe.
///
/// # Arguments
///
/// * `folder` - the folder for downloads; complete files from before are used
/// * `download` - a function that downloads a wheel into the folder
pub(super) fn fetch(
    recipe: &Recipe<'_>,
    folder: &Path,
    download: &dyn Fn(&Wheel<'_>, &Path) -> Result<()>,
) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    recipe.wheels.iter().map(|wheel| fetch_one(wheel, folder, download)).collect()
}

fn fetch_one(
    wheel: &Wheel<'_>,
    folder: &Path,
    download: &dyn Fn(&Wheel<'_>, &Path) -> Result<()>,
) -> Result<PathBuf> {
    let file = folder.join(wheel.file);
    if file.exists() {
        match check(wheel, &file) {
            Ok(()) => {
                eprintln!("{} was downloaded before", wheel.requirement);
                return Ok(file);
            }
            Err(error) => eprintln!("{error:#}: downloading it again"),
        }
    }
    eprintln!("downloading {} ({})", wheel.requirement, megabytes(wheel.size));
    download(wheel, folder)?;
    if !file.exists() {
        bail!(
            "pip found a {} that is not {}: check whether another package index is configured (`pip config list`), and use one with PyTorch's public wheels",
            wheel.requirement,
            wheel.file
        );
    }
    check(wheel, &file).context("try again; if this happens repeatedly, do not trust the package index")?;
    Ok(file)
}

/// Checks that a file is the wheel, and removes any other file.
fn check(wheel: &Wheel<'_>, file: &Path) -> Result<()> {
    let found = sha256(file)?;
    if found == wheel.sha256 {
        return Ok(());
    }
    fs::remove_file(file).with_context(|| file.display().to_string())?;
    bail!("{} has the SHA-256 {found}, expected {}, so it was removed", wheel.file, wheel.sha256)
}

/// Downloads a wheel with pip. The wheel does not depend on the version of Python.
pub(super) fn download(wheel: &Wheel<'_>, folder: &Path) -> Result<()> {
    // pip downloads to a temporary folder, which is often on another, smaller disk. An interrupted pip leaves
    // it behind.
    let temporary = folder.join("temporary");
    if temporary.exists() {
        fs::remove_dir_all(&temporary).with_context(|| temporary.display().to_string())?;
    }
    fs::create_dir(&temporary).with_context(|| temporary.display().to_string())?;
    let status = Command::new(PYTHON)
        .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"])
        .args(["--disable-pip-version-check", "--implementation", "cp", "--python-version", "3.11"])
        .args(["--abi", "cp311", "--platform", wheel.platform, wheel.requirement, "--dest"])
        .arg(folder)
        .env("TMPDIR", &temporary)
        .stdin(Stdio::null())
        // stdout is only for the folder of libtorch.
        .stdout(io::stderr())
        .status()
        .with_context(|| format!("{PYTHON} cannot be run"))?;
    if !status.success() {
        bail!(
            "pip could not download {} (see its messages above): check the network, and that pip is version 20.3 or later",
            wheel.requirement
        );
    }
    Ok(())
}
