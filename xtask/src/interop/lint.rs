//! Checks of lints and format of exported Python and of the package by ruff, and of spelling everywhere by typos.

use super::Checks;
use crate::environment::{Environment, Purpose};
use crate::root;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Output;

/// The version of ruff, which is fixed because defaults differ between versions.
const RUFF: &str = "ruff==0.17.6";
/// The version of typos, which is fixed because new ones know more words.
const TYPOS: &str = "typos==1.52.0";

/// The module with the data of an example, from which all exported modules are made, the Python package, and
/// the studies and the notebook of the book.
const PYTHON: [&str; 4] =
    ["src/export/pytorch/model.py", "python", "docs/studies", "docs/src/gratings.ipynb"];

const TRIAL: &str =
    "from importlib.metadata import version; print('ruff', version('ruff'), 'and typos', version('typos'))";

fn purpose() -> Purpose {
    Purpose {
        what: "ruff and typos".to_owned(),
        folder: format!("{}-{}-{{tag}}", RUFF.replace("==", "-"), TYPOS.replace("==", "-")),
        room: 100_000_000,
        trial: TRIAL,
        install,
    }
}

fn install(environment: &Environment, temporary: &Path) -> Result<()> {
    environment.pip(&[RUFF, TYPOS], temporary)
}

/// Lints the template, exported modules and the package, and checks the spelling of the repository.
///
/// # Arguments
///
/// * `exported` - the folders of exported modules
pub(super) fn check(exported: &[&PathBuf], checks: &mut Checks) -> Result<()> {
    let environment = Environment::provide(&purpose())?;
    checks.open("lint");
    for task in [&["check"][..], &["format", "--diff"]] {
        let mut command = environment.command();
        command.args(["-m", "ruff"]).args(task).args(["--no-cache", "--quiet", "--config"]);
        command.arg(root().join("ruff.toml")).args(PYTHON.map(|path| root().join(path))).args(exported);
        note(&task.join(" "), &command.output()?, checks);
    }
    let mut typos = environment.script("typos");
    typos.args(["--format", "brief"]).current_dir(root());
    note("spelling", &typos.output()?, checks);
    checks.close();
    Ok(())
}

fn note(task: &str, output: &Output, checks: &mut Checks) {
    let found = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let passed = output.status.success();
    checks.note(task, passed, if passed { "finds nothing" } else { &found });
}
