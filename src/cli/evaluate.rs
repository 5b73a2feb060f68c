//! `pathscope evaluate`

use super::Outcome;
use super::engine::{MachineArgs, hand_over};
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::prediction::Engine;
use pathscope::shell;

pub(super) type EvaluateArgs = shell::EvaluateArgs<MachineArgs>;

/// The command, as it is named in evaluations.
pub(super) const GENERATOR: &str = concat!("pathscope ", env!("CARGO_PKG_VERSION"));

pub(super) fn run(args: &EvaluateArgs, printer: &Printer) -> Result<Outcome> {
    if let Some(model) = &args.model.model {
        hand_over(model)?;
        args.machine.prepare(model)?;
    }
    shell::evaluate(args, GENERATOR, printer, Engine::open)?;
    Ok(Outcome::Success)
}
