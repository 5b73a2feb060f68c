//! The Python package, installed from its wheel and tested as it is used.

use super::{Checks, jupyter, libraries, pytorch};
use crate::environment::{Environment, Purpose, output};
use crate::{root, wheel};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A virtual environment with the package. It lasts as long as its folder.
#[derive(Debug)]
pub(super) struct Installed {
    environment: Environment,
    _folder: tempfile::TempDir,
}

impl Installed {
    /// Returns a command that runs Python with the package, and with all that other environments have.
    pub(super) fn beside(&self, others: &[Purpose]) -> Result<Command> {
        const PLACE: &str = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let packages = |environment: &Environment| output(environment.command().args(["-c", PLACE]));
        let places: Vec<String> =
            others.iter().map(|purpose| packages(&Environment::provide(purpose)?)).collect::<Result<_>>()?;
        let link = Path::new(&packages(&self.environment)?).join("others.pth");
        fs::write(&link, places.join("\n")).with_context(|| link.display().to_string())?;
        Ok(self.environment.command())
    }
}

/// Installs the wheel into an environment that has nothing else.
pub(super) fn install() -> Result<Installed> {
    // It is made from the Python of PyTorch's environment, so that it can import what is there.
    let pytorch = Environment::provide(&pytorch::purpose())?;
    let folder = tempfile::tempdir()?;
    let wheel = wheel::build(true)?;
    output(Command::new(pytorch.python()).args(["-m", "venv", "--without-pip"]).arg(folder.path()))?;
    let environment = Environment::of_folder(folder.path());
    environment.pip(&[&wheel.display().to_string()], folder.path())?;
    Ok(Installed { environment, _folder: folder })
}

/// Tests the package alone, and beside each library that it works with.
pub(super) fn check(package: &Installed, checks: &mut Checks) -> Result<()> {
    checks.open("python package");
    test(package.beside(&[])?, "test_package.py", checks)?;
    check_types(package, checks)?;
    let libraries = libraries::purpose;
    test(package.beside(&[libraries(), jupyter::purpose()])?, "test_frames.py", checks)?;
    test(package.beside(&[pytorch::purpose()])?, "test_torch.py", checks)?;
    test(package.beside(&[libraries(), pytorch::purpose()])?, "test_lightning.py", checks)?;
    checks.close();
    Ok(())
}

/// Checks the types of the package and of a program that uses it, and that those of the compiled half are true.
fn check_types(package: &Installed, checks: &mut Checks) -> Result<()> {
    const SETTINGS: &str = "python/pyproject.toml";
    const SOURCES: [&str; 2] = ["python/pathscope", "python/tests/typed_program.py"];
    let tasks = [
        ("mypy", [&["--config-file", SETTINGS][..], &SOURCES].concat()),
        ("mypy.stubtest", vec!["--mypy-config-file", SETTINGS, "pathscope._pathscope"]),
    ];
    for (task, arguments) in tasks {
        let mut command = package.beside(&[libraries::purpose()])?;
        let found = command.args(["-m", task]).args(arguments).current_dir(root()).output()?;
        let text = String::from_utf8_lossy(&found.stdout) + String::from_utf8_lossy(&found.stderr);
        let passed = found.status.success();
        checks.note(task, passed, if passed { "finds nothing" } else { &text });
    }
    Ok(())
}

fn test(mut command: Command, tests: &str, checks: &mut Checks) -> Result<()> {
    command.args(["-m", "unittest", "--buffer"]).arg(root().join("python/tests").join(tests));
    let run = command.current_dir(root()).output()?;
    let said = String::from_utf8_lossy(&run.stderr);
    let counted = said.lines().find(|line| line.starts_with("Ran ")).unwrap_or("ran nothing");
    let passed = run.status.success() && !counted.starts_with("Ran 0 ");
    checks.note(tests, passed, if passed { counted } else { &said });
    Ok(())
}
