//! `pathscope predict`

use super::Outcome;
use super::engine::{MachineArgs, hand_over};
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::prediction::Engine;
use pathscope::shell;

pub(super) type PredictArgs = shell::PredictArgs<MachineArgs>;

pub(super) fn run(args: &PredictArgs, printer: &Printer) -> Result<Outcome> {
    if let Some(model) = &args.model.model {
        hand_over(model)?;
        args.machine.prepare(model)?;
    }
    shell::predict(args, printer, Engine::open)?;
    Ok(Outcome::Success)
}
