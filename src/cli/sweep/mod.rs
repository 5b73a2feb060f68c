//! The command `pathscope sweep`, with one file per subcommand.

mod collect;
mod display;
mod machine;
mod plan;
mod run;
mod slurm;
mod status;
mod work;

use super::Outcome;
use anyhow::Result;
use clap::Subcommand;
use pathscope::output::Printer;

/// Train whole grids of models, locally or on a cluster, and collect their results
#[derive(Debug, Subcommand)]
pub(super) enum SweepCommand {
    Plan(plan::PlanArgs),
    Run(Box<run::RunArgs>),
    Status(status::StatusArgs),
    Collect(collect::CollectArgs),
    Work(work::WorkArgs),
}

pub(super) fn run(command: &SweepCommand, printer: &Printer) -> Result<Outcome> {
    match command {
        SweepCommand::Plan(args) => plan::run(args, printer),
        SweepCommand::Run(args) => run::run(args, printer),
        SweepCommand::Status(args) => status::run(args, printer),
        SweepCommand::Collect(args) => collect::run(args, printer),
        SweepCommand::Work(args) => work::run(args, printer),
    }
}
