//! `cargo xtask interop`: what pathscope writes for other programs, held against these programs.

mod cuda;
mod environment;
mod export;
mod nets;

use anyhow::{Result, bail};
use environment::Environment;

/// Counts checks and says each.
#[derive(Debug, Default)]
struct Checks {
    passed: usize,
    failed: usize,
}

impl Checks {
    /// Notes a check, with a number or a reason to its outcome.
    fn note(&mut self, what: &str, passed: bool, detail: &str) {
        let (count, word) = if passed { (&mut self.passed, "ok") } else { (&mut self.failed, "FAILED") };
        *count += 1;
        eprintln!("  {word:6}  {what}: {detail}");
    }
}

pub fn run() -> Result<()> {
    let environment = Environment::provide()?;
    let mut checks = Checks::default();
    export::check(&environment, &mut checks)?;
    let Checks { passed, failed } = checks;
    println!("interop: {passed} passed, {failed} failed");
    if failed > 0 {
        bail!("PyTorch does not compute what pathscope wrote for it: see above");
    }
    Ok(())
}
