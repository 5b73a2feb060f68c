//! `pathscope graph`
use super::Outcome;
use super::printer::Printer;
use anyhow::Result;
/// x
#[derive(Debug, clap::Args)]
pub struct GraphArgs {}
pub fn run(_args: &GraphArgs, _printer: &Printer) -> Result<Outcome> {
    anyhow::bail!("")
}
