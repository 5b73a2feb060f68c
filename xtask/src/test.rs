//! `cargo xtask test`

use crate::{cargo, fixtures, libtorch};
use anyhow::Result;

/// The packages as users install them.
const RUN: [&str; 2] = ["test", "--workspace"];

/// The additional tests of the optional feature `lapack`.
const LAPACK_RUNS: [&[&str]; 3] = [
    &["test", "--package", "pathscope-core", "--features", "lapack", "--lib"],
    &["test", "--package", "pathscope-core", "--features", "lapack", "--doc", "operator_norm"],
    &["test", "--package", "pathscope", "--features", "lapack", "--test", "it", "operator_norm::"],
];

pub(crate) fn run() -> Result<()> {
    fixtures::run(true)?;
    let libtorch = libtorch::provide()?;
    let lapack = cargo::has_openblas();
    cargo::run(&RUN, &libtorch)?;
    for arguments in LAPACK_RUNS.iter().filter(|_| lapack) {
        cargo::run(arguments, &libtorch)?;
    }
    if lapack {
        println!("all tests passed");
    } else {
        println!(
            "all tests passed, except those of --conv-strength operator-norm, which were not run because pkg-config finds no OpenBLAS. To run them, {}",
            cargo::OPENBLAS_REMEDY
        );
    }
    Ok(())
}
