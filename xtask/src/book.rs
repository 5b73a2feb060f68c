//! `cargo xtask book`

use crate::root;
use anyhow::{Context, Result, bail};
use std::io::ErrorKind;
use std::process::Command;

/// The version that the book is built with.
const VERSION: &str = "0.5.4";

pub(crate) fn run() -> Result<()> {
    let status = match Command::new("mdbook").args(["build", "docs"]).current_dir(root()).status() {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "mdBook is not on PATH: cargo install mdbook --version {VERSION} --locked --no-default-features --features search"
        ),
        outcome => outcome.context("mdbook cannot be run")?,
    };
    if !status.success() {
        bail!("mdbook build docs failed");
    }
    println!("the book begins at target/book/index.html");
    Ok(())
}
