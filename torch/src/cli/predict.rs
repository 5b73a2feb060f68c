//! `pathscope predict`

use super::run_inputs::open;
use super::{MachineArgs, Outcome};
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::shell;

pub(super) type PredictArgs = shell::PredictArgs<MachineArgs>;

pub(super) fn run(args: &PredictArgs, printer: &Printer) -> Result<Outcome> {
    let machine = args.machine.prepare();
    shell::predict(args, printer, |file, iterations| open(file, iterations, machine.device))?;
    Ok(Outcome::Success)
}
