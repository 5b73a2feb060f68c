//! Lints and format of the Python that pathscope exports, by ruff.

use super::Checks;
use super::environment::{Environment, Purpose};
use crate::root;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// A version, since what ruff finds by default differs between versions.
const RUFF: &str = "ruff==0.17.6";

/// The module with the data of an example, from which all exported ones come.
const TEMPLATE: &str = "src/export/pytorch/model.py";

const TRIAL: &str = "import importlib.metadata; print('ruff', importlib.metadata.version('ruff'))";

fn purpose() -> Purpose {
    Purpose {
        what: "ruff".to_owned(),
        folder: format!("{}-{{tag}}", RUFF.replace("==", "-")),
        room: 100_000_000,
        trial: TRIAL,
        install,
    }
}

fn install(environment: &Environment, temporary: &Path) -> Result<()> {
    environment.pip(&[RUFF], temporary)
}

/// Lints the module that is filled in, and exported modules.
///
/// # Arguments
///
/// * `exported` - the folders of modules with the data of networks
pub fn check(exported: &[&PathBuf], checks: &mut Checks) -> Result<()> {
    let environment = Environment::provide(&purpose())?;
    checks.open("lint");
    for task in [&["check"][..], &["format", "--diff"]] {
        let mut command = environment.command();
        command.args(["-m", "ruff"]).args(task).args(["--no-cache", "--quiet", "--config"]);
        command.arg(root().join("ruff.toml")).arg(root().join(TEMPLATE)).args(exported);
        let output = command.output()?;
        let found = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        let passed = output.status.success();
        checks.note(&task.join(" "), passed, if passed { "finds nothing" } else { &found });
    }
    checks.close();
    Ok(())
}
