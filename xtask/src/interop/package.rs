//! The Python package, installed from its wheel and tested as it is used.

use super::{Checks, pytorch};
use crate::environment::{Environment, output};
use crate::{root, wheel};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A virtual environment with the package. It lasts as long as its folder.
pub(super) struct Installed {
    pub environment: Environment,
    _folder: tempfile::TempDir,
}

/// Installs the wheel into an environment that has nothing else, and tests it there, then beside PyTorch.
pub(super) fn check(checks: &mut Checks) -> Result<Installed> {
    let pytorch = Environment::provide(&pytorch::purpose())?;
    let folder = tempfile::tempdir()?;
    let wheel = wheel::build(true)?;
    output(Command::new(pytorch.python()).args(["-m", "venv", "--without-pip"]).arg(folder.path()))?;
    let environment = Environment::of_folder(folder.path());
    environment.pip(&[&wheel.display().to_string()], folder.path())?;
    checks.open("python package");
    test(&environment, "test_package.py", checks)?;
    reach(&environment, &pytorch)?;
    test(&environment, "test_torch.py", checks)?;
    checks.close();
    Ok(Installed { environment, _folder: folder })
}

/// Lets an environment import what another one has.
fn reach(environment: &Environment, other: &Environment) -> Result<()> {
    const PLACE: &str = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let packages = |environment: &Environment| output(environment.command().args(["-c", PLACE]));
    let link = Path::new(&packages(environment)?).join("pytorch.pth");
    fs::write(&link, packages(other)?).with_context(|| link.display().to_string())
}

fn test(environment: &Environment, tests: &str, checks: &mut Checks) -> Result<()> {
    let mut command = environment.command();
    command.args(["-m", "unittest", "--buffer"]).arg(root().join("python/tests").join(tests));
    let run = command.current_dir(root()).output()?;
    let said = String::from_utf8_lossy(&run.stderr);
    let counted = said.lines().find(|line| line.starts_with("Ran ")).unwrap_or("ran nothing");
    let passed = run.status.success() && !counted.starts_with("Ran 0 ");
    checks.note(tests, passed, if passed { counted } else { &said });
    Ok(())
}
