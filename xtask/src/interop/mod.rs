//! `cargo xtask interop`: what pathscope writes for other programs, held against these programs.

mod cuda;
mod environment;
mod export;
mod nets;

use anyhow::{Result, bail};
use environment::Environment;

/// Counts checks and says how they went: a line for whatever they are of.
#[derive(Debug, Default)]
struct Checks {
    passed: usize,
    failed: usize,
    /// Of the current subject, what is said of those that passed.
    details: Vec<String>,
}

impl Checks {
    /// Notes a check, with a number or the reason of its outcome.
    fn note(&mut self, check: &str, passed: bool, detail: &str) {
        if passed {
            self.passed += 1;
            self.details.push(format!("{check} {detail}"));
        } else {
            self.failed += 1;
            eprintln!("  FAILED {check}: {detail}");
        }
    }

    /// Says what passed of a subject.
    fn close(&mut self, subject: &str) {
        eprintln!("  {subject}: {}", self.details.join(", "));
        self.details.clear();
    }
}

pub fn run() -> Result<()> {
    let environment = Environment::provide()?;
    let mut checks = Checks::default();
    export::check(&environment, &mut checks)?;
    println!("interop: {} passed, {} failed", checks.passed, checks.failed);
    if checks.failed > 0 {
        bail!("other programs do not make of pathscope's files what they should: see above");
    }
    Ok(())
}
