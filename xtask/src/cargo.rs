//! Runs of cargo on this workspace.

use crate::libtorch::Libtorch;
use crate::root;
use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The remedy if [`has_openblas`] is false.
pub(crate) const OPENBLAS_REMEDY: &str =
    "install OpenBLAS and pkg-config (Debian: apt install libopenblas-dev pkg-config) and run this again";

/// Returns the cargo that runs this program.
pub(crate) fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs cargo in the root of the workspace.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S], libtorch: &Libtorch) -> Result<()> {
    let words: Vec<_> = arguments.iter().map(|word| word.as_ref().to_string_lossy()).collect();
    let line = format!("cargo {}", words.join(" "));
    println!("{line}");
    let mut command = Command::new(program());
    // Tests run side by side. Several threads each would compete for the cores and take many times as long.
    command.args(arguments).current_dir(root()).env("OMP_NUM_THREADS", "1");
    let status = libtorch.configure(&mut command).status().context("cargo cannot be run")?;
    if !status.success() {
        bail!("{line} failed");
    }
    Ok(())
}

/// Returns cargo's options for a debug build that hashes and measures hundreds of megabytes, which takes ten times
/// as long without optimization.
pub(crate) fn optimized() -> Vec<String> {
    let option = |package| ["--config".to_owned(), format!("profile.dev.package.{package}.opt-level=2")];
    ["pathscope-core", "sha2", "crc32fast", "zip"].into_iter().flat_map(option).collect()
}

/// Returns the folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    let variable = env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    // A relative folder is relative to where cargo runs, which is the root.
    root().join(variable.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// Returns whether the feature `lapack` can be built. It links the OpenBLAS that pkg-config finds.
pub(crate) fn has_openblas() -> bool {
    let status = Command::new("pkg-config").args(["--exists", "openblas"]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
