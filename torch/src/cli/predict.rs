//! `pathscope predict`

use super::run_inputs::open;
use super::{MachineArgs, Outcome};
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::prediction::{arguments, predict};

pub(super) type PredictArgs = arguments::PredictArgs<MachineArgs>;

pub(super) fn run(args: &PredictArgs, printer: &Printer) -> Result<Outcome> {
    let machine = args.machine.prepare();
    predict(args, printer, |file, iterations| open(file, iterations, machine.device))?;
    Ok(Outcome::Success)
}
