//! `cargo xtask wheel`

use crate::cargo;
use crate::environment::{Environment, Purpose};
use crate::root;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A version, since what a wheel has in it depends on what builds it.
const MATURIN: &str = "maturin==1.16.0";

const TRIAL: &str = "from importlib.metadata import version; print('maturin', version('maturin'))";

/// The folder whose files pip installs beside the interpreter, as `pyproject.toml` names it.
const SCRIPTS: &str = "python/pathscope.data/scripts";

/// Builds the wheel and prints where it is.
pub(crate) fn run(debug: bool) -> Result<()> {
    println!("{}", build(debug)?.display());
    Ok(())
}

/// Builds the wheel and returns its path.
pub(crate) fn build(debug: bool) -> Result<PathBuf> {
    let environment = Environment::provide(&purpose())?;
    let profile = if debug { "debug" } else { "release" };
    eprintln!("building the command");
    succeed(
        Command::new(cargo::program())
            .args(["build", "--locked", "--package", "pathscope"])
            .args(options(debug)),
    )?;
    let name = format!("pathscope{}", env::consts::EXE_SUFFIX);
    let scripts = root().join(SCRIPTS);
    fs::create_dir_all(&scripts).with_context(|| format!("{SCRIPTS} cannot be made"))?;
    let built = cargo::target().join(profile).join(&name);
    fs::copy(&built, scripts.join(&name)).with_context(|| built.display().to_string())?;
    eprintln!("building the wheel");
    let wheels = cargo::target().join("wheels").join(profile);
    if wheels.exists() {
        // Only the wheel of this version is to be found there.
        fs::remove_dir_all(&wheels).with_context(|| wheels.display().to_string())?;
    }
    let mut maturin = environment.script("maturin");
    maturin.args(["build", "--locked", "--manifest-path", "python/Cargo.toml", "--out"]).arg(&wheels);
    // The scripts of the environment are on no PATH, and maturin looks for the Python that runs it.
    maturin.args(options(debug)).env("PYO3_PYTHON", environment.python());
    succeed(&mut maturin)?;
    only_file(&wheels)
}

/// Returns cargo's options for a profile, which maturin has too.
fn options(debug: bool) -> Vec<String> {
    if debug { cargo::optimized() } else { vec!["--release".to_owned()] }
}

fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.current_dir(root()).status().with_context(|| format!("{program} cannot be run"))?;
    if !status.success() {
        bail!("{program} failed: see above");
    }
    Ok(())
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => bail!("{} has {} files, expected one wheel", folder.display(), files.len()),
    }
}

fn purpose() -> Purpose {
    Purpose {
        what: "maturin".to_owned(),
        folder: format!("{}-{{tag}}", MATURIN.replace("==", "-")),
        room: 100_000_000,
        trial: TRIAL,
        install,
    }
}

fn install(environment: &Environment, temporary: &Path) -> Result<()> {
    environment.pip(&[MATURIN], temporary)
}
