//! `cargo xtask install`

use crate::cargo;
use crate::libtorch::{self, Libtorch};
use anyhow::{Context, Result};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Installs both commands.
///
/// # Arguments
///
/// * `root` - the folder whose `bin` they go into; cargo's own if none is given
pub fn run(root: Option<&Path>) -> Result<()> {
    // Cargo is run elsewhere.
    let root = root.map(std::path::absolute).transpose().context("--root")?;
    let libtorch = libtorch::provide()?;
    let lapack = cargo::has_openblas();
    for (package, features) in [(".", lapack.then_some("lapack")), ("torch", None)] {
        cargo::run(&arguments(package, features, root.as_deref()), &libtorch)?;
    }
    print!("{}", summary(&bin(root), &libtorch, lapack));
    Ok(())
}

fn arguments<'a>(package: &'a str, features: Option<&'a str>, root: Option<&'a Path>) -> Vec<&'a OsStr> {
    let mut arguments: Vec<&OsStr> = ["install", "--locked", "--path", package].map(OsStr::new).into();
    if let Some(features) = features {
        arguments.extend(["--features", features].map(OsStr::new));
    }
    if let Some(root) = root {
        arguments.extend([OsStr::new("--root"), root.as_os_str()]);
    }
    arguments
}

/// Where cargo puts commands.
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
        "\ninstalled:\n  {}, which takes trained networks apart\n  {}, which trains and evaluates them, with {libtorch}: leave that where it is\n",
        place("pathscope"),
        place("pathscope-torch")
    );
    if !lapack {
        text += &format!(
            "not built in: --conv-strength operator-norm, because pkg-config finds no OpenBLAS. To have it, {}\n",
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
    fn features_and_root_are_passed_on() {
        let words = arguments(".", Some("lapack"), Some(Path::new("/opt")));
        assert_eq!(words, ["install", "--locked", "--path", ".", "--features", "lapack", "--root", "/opt"]);
        assert_eq!(arguments("torch", None, None), ["install", "--locked", "--path", "torch"]);
    }
}
