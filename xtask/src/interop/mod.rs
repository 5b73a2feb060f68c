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
    /// What is being checked.
    subject: String,
    /// What is said of its checks that passed.
    details: Vec<String>,
}

impl Checks {
    /// Begins with a subject.
    fn open(&mut self, subject: &str) {
        subject.clone_into(&mut self.subject);
        self.details.clear();
    }

    /// Notes a check of the subject, with a number or the reason of its outcome.
    fn note(&mut self, check: &str, passed: bool, detail: &str) {
        if passed {
            self.passed += 1;
            self.details.push(format!("{check} {detail}"));
        } else {
            self.failed += 1;
            eprintln!("  {}: FAILED {check} {detail}", self.subject);
        }
    }

    /// Says what passed of the subject.
    fn close(&self) {
        eprintln!("  {}: {}", self.subject, self.details.join(", "));
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
