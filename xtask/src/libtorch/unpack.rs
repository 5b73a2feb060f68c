//! Unpacking of wheels into the folder that torch-sys expects, with `lib`, `include` and `build-version`.

use super::cache::VERSION_FILE;
use super::recipe::{Recipe, VERSION, Wheel, file_name};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zip::ZipArchive;

/// Checks that the compilers for building with libtorch exist, before anything large is downloaded.
pub(crate) fn check_compiler(recipe: &Recipe<'_>) -> Result<()> {
    let c = recipe.makes_libtorch.then(|| compiler("CC", "cc"));
    for name in c.into_iter().chain([compiler("CXX", "c++")]) {
        // Only the first word of `ccache c++` can be checked.
        let program = name.split_whitespace().next().unwrap_or(&name);
        let found = Command::new(program).arg("--version").stdin(Stdio::null()).output();
        if !found.is_ok_and(|output| output.status.success()) {
            bail!(
                "the compiler {program}, which libtorch needs, is missing: install a C and C++ compiler (Debian: apt install g++; macOS: xcode-select --install)"
            );
        }
    }
    Ok(())
}

/// Returns the name of a compiler from an environment variable, or the usual name.
pub(crate) fn compiler(variable: &str, usual: &str) -> String {
    env::var(variable).ok().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| usual.to_owned())
}

/// Makes the folder, after removing an earlier one.
///
/// # Arguments
///
/// * `files` - the wheels, in the recipe's order
pub(crate) fn unpack(recipe: &Recipe<'_>, files: &[PathBuf], folder: &Path) -> Result<()> {
    eprintln!("unpacking");
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(folder.join("lib")).with_context(|| folder.display().to_string())?;
    for (wheel, file) in recipe.wheels.iter().zip(files) {
        unpack_wheel(wheel, file, folder).with_context(|| file.display().to_string())?;
    }
    if recipe.makes_libtorch {
        link_libtorch(&folder.join("lib"))?;
    }
    fs::write(folder.join(VERSION_FILE), format!("{VERSION}\n"))?;
    Ok(())
}

fn unpack_wheel(wheel: &Wheel<'_>, file: &Path, folder: &Path) -> Result<()> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(file)?))?;
    for &library in wheel.libraries {
        let mut entry = archive.by_name(library).with_context(|| library.to_owned())?;
        write(&mut entry, &folder.join("lib").join(file_name(library)))?;
    }
    let Some(include) = wheel.include else { return Ok(()) };
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        // None for a path out of the folder, which none of these wheels has.
        let Some(path) = entry.enclosed_name() else { continue };
        let Ok(path) = path.strip_prefix(include) else { continue };
        if entry.is_file() {
            write(&mut entry, &folder.join("include").join(path))?;
        }
    }
    Ok(())
}

fn write(entry: &mut dyn io::Read, path: &Path) -> Result<()> {
    let failed = || format!("{} cannot be written", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    io::copy(entry, &mut File::create(path).with_context(failed)?).with_context(failed)?;
    Ok(())
}

/// Links a `libtorch.so` that consists only of its dependencies, because torch-sys needs one.
fn link_libtorch(lib: &Path) -> Result<()> {
    let name = compiler("CC", "cc");
    let mut words = name.split_whitespace();
    let output = Command::new(words.next().unwrap_or("cc"))
        .args(words)
        .args(["-shared", "-x", "c", "/dev/null", "-x", "none", "-o", "libtorch.so"])
        .args(["-Wl,--no-as-needed", "-Wl,-soname,libtorch.so", "-Wl,-rpath,$ORIGIN"])
        .args(["libtorch_cpu.so", "libc10.so"])
        .current_dir(lib)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("the C compiler {name} cannot be run"))?;
    if !output.status.success() {
        bail!("{name} cannot link libtorch.so:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(())
}
