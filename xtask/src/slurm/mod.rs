//! `cargo xtask slurm`: a sweep on a real Slurm.

mod cluster;
mod trial;

use crate::{cargo, libtorch};
use anyhow::Result;
use cluster::Cluster;
use trial::Trial;

pub(crate) fn run() -> Result<()> {
    cluster::check()?;
    let libtorch = libtorch::provide()?;
    cargo::run(&["build", "--package", "pathscope", "--package", "pathscope-torch"], &libtorch)?;
    let cluster = Cluster::start()?;
    let outcome = Trial::new(&cluster).and_then(|trial| trial.run());
    if outcome.is_err() {
        eprint!("{}", cluster.last_words());
    } else {
        println!("slurm: all passed");
    }
    outcome
}
