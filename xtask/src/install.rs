//! `cargo xtask install`

use crate::cargo;
use crate::libtorch::{self, Libtorch};
use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The commands, which have the names of their packages.
const COMMANDS: [&str; 2] = ["pathscope", "pathscope-torch"];

/// Installs both commands. They are built together, so that no dependency is compiled twice.
///
/// # Arguments
///
/// * `root` - the folder whose `bin` receives them \[default: cargo's own\]
pub(crate) fn run(root: Option<&Path>) -> Result<()> {
    let bin = bin(root.map(std::path::absolute).transpose().context("--root")?);
    let libtorch = libtorch::provide()?;
    let lapack = cargo::has_openblas();
    println!(
        "building both commands with optimizations: the first time this takes 8 to 10 minutes on two cores"
    );
    cargo::run(&arguments(lapack), &libtorch)?;
    fs::create_dir_all(&bin).with_context(|| format!("{} cannot be made", bin.display()))?;
    for command in COMMANDS {
        let name = format!("{command}{}", env::consts::EXE_SUFFIX);
        install(&cargo::target().join("release").join(&name), &bin.join(&name))?;
    }
    print!("{}", summary(&bin, &libtorch, lapack));
    Ok(())
}

fn arguments(lapack: bool) -> Vec<&'static str> {
    let mut arguments = vec!["build", "--release", "--locked", "--bins"];
    arguments.extend(COMMANDS.iter().flat_map(|package| ["--package", package]));
    if lapack {
        arguments.extend(["--features", "pathscope/lapack"]);
    }
    arguments
}

/// Replaces a command atomically, so that a running one is not disturbed.
fn install(built: &Path, place: &Path) -> Result<()> {
    let unwritten = || format!("{} cannot be written", place.display());
    let temporary = place.with_added_extension("new");
    fs::copy(built, &temporary).with_context(unwritten)?;
    fs::rename(&temporary, place).with_context(unwritten)
}

/// Returns the folder into which cargo installs commands.
fn bin(root: Option<PathBuf>) -> PathBuf {
    let variable = |name: &str| env::var_os(name).filter(|value: &OsString| !value.is_empty());
    root.or_else(|| variable("CARGO_INSTALL_ROOT").map(PathBuf::from))
        .or_else(|| variable("CARGO_HOME").map(PathBuf::from))
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
        .unwrap_or_default()
        .join("bin")
}

fn summary(bin: &Path, libtorch: &Libtorch, lapack: bool) -> String {
    let place = |name: &str| bin.join(name).display().to_string();
    let libtorch = match libtorch {
        Libtorch::Folder(folder) => format!("the libtorch in {}", folder.display()),
        Libtorch::Pytorch => "the PyTorch of the Python environment".to_owned(),
    };
    let mut text = format!(
        "\ninstalled:\n  {}, which takes trained networks apart\n  {}, which trains and evaluates them. It needs {libtorch}, so do not move or remove that\n",
        place("pathscope"),
        place("pathscope-torch")
    );
    if !lapack {
        text += &format!(
            "without --conv-strength operator-norm, because pkg-config finds no OpenBLAS. To add it, {}\n",
            cargo::OPENBLAS_REMEDY
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_is_where_and_what_is_missing() {
        let libtorch = Libtorch::Folder("/cache/libtorch".into());
        let whole = summary(Path::new("/opt/bin"), &libtorch, true);
        for part in ["/opt/bin/pathscope,", "/opt/bin/pathscope-torch,", "/cache/libtorch"] {
            assert!(whole.contains(part), "{part}: {whole}");
        }
        assert!(!whole.contains("operator-norm"), "{whole}");
        let without = summary(Path::new("/opt/bin"), &libtorch, false);
        for part in ["--conv-strength operator-norm", "apt install libopenblas-dev"] {
            assert!(without.contains(part), "{part}: {without}");
        }
    }

    #[test]
    fn both_commands_are_built_at_once() {
        let words = arguments(true).join(" ");
        assert!(
            words.ends_with("--package pathscope --package pathscope-torch --features pathscope/lapack"),
            "{words}"
        );
        assert!(!arguments(false).contains(&"--features"));
    }

    #[test]
    fn a_command_replaces_one_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let [built, place] = ["built", "place"].map(|name| folder.path().join(name));
        fs::write(&built, "new").unwrap();
        fs::write(&place, "old").unwrap();
        install(&built, &place).unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
