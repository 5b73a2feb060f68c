//! `cargo xtask test`

use crate::{fixtures, root};
use anyhow::{Context, Result, bail};
use std::process::Command;

/// The runs of cargo that together pass every test: the packages as users install them, then what
/// optional features add.
const RUNS: [&[&str]; 2] = [
    &["test", "--workspace"],
    &["test", "--package", "pathscope", "--features", "parquet", "--test", "parquet"],
];

pub fn run() -> Result<()> {
    fixtures::run(true)?;
    for arguments in RUNS {
        println!("cargo {}", arguments.join(" "));
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(arguments)
            .current_dir(root())
            .status()
            .context("cargo cannot be run")?;
        if !status.success() {
            bail!("cargo {} failed", arguments.join(" "));
        }
    }
    println!("all tests passed");
    Ok(())
}
