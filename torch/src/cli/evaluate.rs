//! `pathscope evaluate`

use super::run_inputs::open;
use super::{MachineArgs, Outcome};
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::shell;
use pathscope_torch::evaluation::GENERATOR;

pub(super) type EvaluateArgs = shell::EvaluateArgs<MachineArgs>;

pub(super) fn run(args: &EvaluateArgs, printer: &Printer) -> Result<Outcome> {
    let machine = args.machine.prepare();
    shell::evaluate(args, GENERATOR, printer, |file, iterations| open(file, iterations, machine.device))?;
    Ok(Outcome::Success)
}
