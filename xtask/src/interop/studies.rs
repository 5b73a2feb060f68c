//! The worked studies of the book, run on simulated recordings.

use super::package::Installed;
use super::{Checks, pytorch};
use crate::environment::output;
use crate::root;
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// The program of each study, with the files that it writes.
const STUDIES: [(&str, &[&str]); 2] = [
    ("cornet.py", &["modules.svg", "distribution.svg", "report.html"]),
    ("resnet.py", &["distribution.svg", "report.html"]),
];

/// Runs each study for an epoch, and checks that it writes its files.
pub(super) fn check(pathscope: &Path, package: &Installed, checks: &mut Checks) -> Result<()> {
    eprintln!("running the worked studies on simulated recordings");
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let mut simulate = Command::new(pathscope);
    simulate.args([
        "--quiet",
        "dataset",
        "synth",
        "--images",
        "80",
        "--size",
        "40",
        "--neurons",
        "3",
        "--out",
    ]);
    output(simulate.arg(&data))?;
    checks.open("worked studies");
    for (study, files) in STUDIES {
        let out = folder.path().join(study).with_extension("");
        let mut command = package.beside(&[pytorch::purpose()])?;
        command.arg(root().join("docs/studies").join(study)).args([&data, &out]).args(["--epochs", "1"]);
        let run = command.output()?;
        let written = files.iter().all(|file| out.join(file).is_file());
        let passed = run.status.success() && written;
        let said = String::from_utf8_lossy(&run.stderr);
        checks.note(study, passed, if passed { "writes its figures" } else { &said });
    }
    checks.close();
    Ok(())
}
