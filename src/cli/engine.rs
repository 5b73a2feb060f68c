//! What computes predictions: `pathscope-torch` where it is installed, else the engine for programs.

use super::companion;
use anyhow::{Context, Result, bail};
use clap::Args;
use pathscope_core::program::is_exported_program;
use rayon::ThreadPoolBuilder;
use std::path::Path;
use std::str::FromStr;

/// Where networks are computed.
#[derive(Clone, Debug, Args)]
pub struct MachineArgs {
    /// Where to compute: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu", help_heading = "Machine")]
    device: DeviceName,

    /// Threads [default: all cores]
    #[arg(long, value_name = "N", help_heading = "Machine", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// `cpu`, `cuda` or `cuda:1`.
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
    /// Makes sure that the engine can do what is asked for, and has it use so many threads.
    pub fn prepare(&self, model: &Path) -> Result<()> {
        let Self { device: DeviceName(device), threads } = self;
        if device != "cpu" {
            if is_program(model) {
                bail!(
                    "--device {device}: exported programs are computed on the CPU alone: leave --device out"
                );
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

/// Runs the companion in the place of this process where it is installed and can compute the model. Programs it cannot.
pub fn hand_over(model: &Path) -> Result<()> {
    if !is_program(model) && companion::is_installed() {
        companion::take_over()?;
    }
    Ok(())
}

/// Whether a file is an exported program; whoever opens one that cannot be read says so.
fn is_program(model: &Path) -> bool {
    is_exported_program(model).unwrap_or(false)
}
