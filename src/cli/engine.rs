//! The choice of the engine that computes predictions: `pathscope-torch` if installed, else the built-in
//! one for programs.

use super::companion;
use anyhow::{Context, Result, bail};
use clap::Args;
use pathscope_core::program::is_exported_program;
use rayon::ThreadPoolBuilder;
use std::path::Path;
use std::str::FromStr;

/// The device and threads that networks are computed with.
#[derive(Clone, Debug, Args)]
pub(super) struct MachineArgs {
    /// Device: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help_heading = "Machine")]
    device: DeviceName,

    /// Threads [default: all cores]
    #[arg(long, value_name = "N", help_heading = "Machine", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// A device: `cpu`, `cuda` or `cuda:1`.
#[derive(Clone, Debug)]
struct DeviceName(String);

impl FromStr for DeviceName {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let is_number = |index: &str| index.parse::<usize>().is_ok();
        if ["cpu", "cuda"].contains(&name) || name.strip_prefix("cuda:").is_some_and(is_number) {
            return Ok(Self(name.to_owned()));
        }
        Err("expected cpu, cuda or cuda:N")
    }
}

impl MachineArgs {
    /// Checks that the model can be computed with these options, and sets the number of threads.
    pub(super) fn prepare(&self, model: &Path) -> Result<()> {
        let Self { device: DeviceName(device), threads } = self;
        if device != "cpu" {
            if is_program(model) {
                bail!("--device {device}: exported programs run on the CPU only: leave --device out");
            }
            companion::check(&format!("--device {device}"))?;
        }
        if let Some(threads) = threads {
            let pool = ThreadPoolBuilder::new().num_threads(usize::from(*threads));
            pool.build_global().context("--threads cannot be set")?;
        }
        Ok(())
    }
}

/// Replaces this process by the companion, if it is installed and can compute the model. The companion
/// cannot compute programs.
pub(super) fn hand_over(model: &Path) -> Result<()> {
    if !is_program(model) && companion::is_installed() {
        companion::take_over()?;
    }
    Ok(())
}

/// Returns whether a file is an exported program. An unreadable file counts as none, since opening it
/// reports the error.
fn is_program(model: &Path) -> bool {
    is_exported_program(model).unwrap_or(false)
}
