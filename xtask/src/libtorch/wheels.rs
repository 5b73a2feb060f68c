//! Wheels: downloaded by pip, which knows the user's mirrors and proxies, and held against their
//! SHA-256 here.

use super::recipe::{Recipe, Wheel};
use crate::cache::megabytes;
use anyhow::{Context, Result, bail};
use pathscope_core::files::checkpoint::sha256;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PYTHON: &str = "python3";

/// Makes sure that there is pip.
pub(super) fn check_pip() -> Result<()> {
    const REMEDY: &str =
        "(Debian: apt install python3-pip); or bring a libtorch and set LIBTORCH to its folder";
    let output = match Command::new(PYTHON).args(["-m", "pip", "--version"]).stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("there is no {PYTHON}, whose pip downloads libtorch: install Python 3 and pip {REMEDY}")
        }
        Err(error) => return Err(error).context(format!("{PYTHON} cannot be run")),
    };
    if !output.status.success() {
        bail!("{PYTHON} has no pip, which downloads libtorch: install it {REMEDY}");
    }
    Ok(())
}

/// The wheels of a recipe as checked files, in its order.
///
/// # Arguments
///
/// * `folder` - what lies there from before is used, if it is whole
/// * `download` - puts a wheel into the folder
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
                eprintln!("{} is there from before", wheel.requirement);
                return Ok(file);
            }
            Err(error) => eprintln!("{error:#}: downloading it again"),
        }
    }
    eprintln!("downloading {} ({})", wheel.requirement, megabytes(wheel.size));
    download(wheel, folder)?;
    if !file.exists() {
        bail!(
            "pip has found a {} that is not {}: is another package index configured (`pip config list`)? Use one that has what PyTorch publishes for everyone",
            wheel.requirement,
            wheel.file
        );
    }
    check(wheel, &file).context("try again; if it stays so, what you download from is not to be trusted")?;
    Ok(file)
}

/// Makes sure that a file is the wheel; what is not is removed.
fn check(wheel: &Wheel<'_>, file: &Path) -> Result<()> {
    let found = sha256(file)?;
    if found == wheel.sha256 {
        return Ok(());
    }
    fs::remove_file(file).with_context(|| file.display().to_string())?;
    bail!("{} has the SHA-256 {found} where {} is expected, so it was removed", wheel.file, wheel.sha256)
}

/// Downloads a wheel with pip: the same one whatever the version of Python is.
pub(super) fn download(wheel: &Wheel<'_>, folder: &Path) -> Result<()> {
    // pip collects a file in a temporary folder, which is often on another and smaller disk; one that
    // was interrupted leaves it behind.
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
        // Our stdout is for the folder of libtorch alone.
        .stdout(io::stderr())
        .status()
        .with_context(|| format!("{PYTHON} cannot be run"))?;
    if !status.success() {
        bail!(
            "pip could not download {} (its own words are above): is the network there, and is pip at least version 20.3?",
            wheel.requirement
        );
    }
    Ok(())
}
