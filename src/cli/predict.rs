//! `pathscope predict`

use super::Outcome;
use super::engine::{MachineArgs, hand_over};
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::prediction::{Engine, arguments, predict};

pub(super) type PredictArgs = arguments::PredictArgs<MachineArgs>;

pub(super) fn run(args: &PredictArgs, printer: &Printer) -> Result<Outcome> {
    hand_over(&args.model.model)?;
    args.machine.prepare(&args.model.model)?;
    predict(args, printer, Engine::open)?;
    Ok(Outcome::Success)
}
