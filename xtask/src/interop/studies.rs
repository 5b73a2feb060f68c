//! The worked studies of the book and the study of the paper's claims, run on simulated recordings.

use super::package::Installed;
use super::{Checks, jupyter, pytorch};
use crate::environment::output;
use crate::root;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The program of each study, with the files that it writes.
const STUDIES: [(&str, &[&str]); 2] = [
    ("cornet.py", &["modules.svg", "distribution.svg", "report.html"]),
    ("resnet.py", &["distribution.svg", "report.html"]),
];

/// A study with the kinds of models that the claims are about.
const CLAIMS: &str = r#"
schema = "pathscope/study/1"
name = "claims"
contributions = true
dataset.name = "synth-0"

[settings]
channels = 2
first-kernel = 3
batch = 16
learning-rate = 0.01
validate-every = 10
max-steps = 20
phases = 1

[axes]
train-fraction = [1.0, 0.5]
seed = [0, 1]

[recurrent]
recurrent-blocks = [1]
iterations = [3]
readout = ["no-avg", "2-avg"]

[feed-forward]
matched = true

[[multi-path]]
of = { train-fraction = [0.5] }

[[ablated]]
of = { train-fraction = [0.5], readout = ["2-avg"] }
adjacent = [2]
"#;

/// The files of the study of the paper's claims.
const OF_CLAIMS: [&str; 9] = [
    "results.csv",
    "lesions.csv",
    "effects.csv",
    "measures.svg",
    "figure-3.svg",
    "figure-4c-50-percent.svg",
    "figure-6.svg",
    "figure-6-50-percent-by-contribution.svg",
    "correlations-by-strength.csv",
];

/// Runs the study of the paper's claims from training to figures.
pub(super) fn check_claims(
    pathscope: &Path,
    companion: &Path,
    package: &Installed,
    checks: &mut Checks,
) -> Result<()> {
    eprintln!("running the study of the paper's claims on simulated recordings");
    let folder = tempfile::tempdir()?;
    let [data, study, out] = ["data", "claims.toml", "out"].map(|name| folder.path().join(name));
    simulate(pathscope, &data)?;
    fs::write(&study, CLAIMS).with_context(|| study.display().to_string())?;
    let commands = [pathscope, companion].into_iter().filter_map(Path::parent).map(Path::to_owned);
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(commands.chain(env::split_paths(&path)))?;
    checks.open("study of the paper's claims");
    let programs = root().join("analysis/claims");
    let mut tests = package.beside(&[jupyter::purpose()])?;
    tests
        .args(["-m", "unittest", "test_effects.py"])
        .current_dir(&programs)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let run = tests.output()?;
    let said = String::from_utf8_lossy(&run.stderr);
    checks.note(
        "effects.py",
        run.status.success(),
        if run.status.success() { "passes its tests" } else { &said },
    );
    let mut command = package.beside(&[jupyter::purpose()])?;
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(programs.join("claims.py"))
        .args([&study, &data, &out])
        .env("PATH", path);
    let run = command.output()?;
    let missing: Vec<&str> = OF_CLAIMS.into_iter().filter(|file| !out.join(file).is_file()).collect();
    let passed = run.status.success() && missing.is_empty();
    let said = format!("lacks {}: {}", missing.join(", "), String::from_utf8_lossy(&run.stderr));
    checks.note("claims.py", passed, if passed { "writes its tables and figures" } else { &said });
    let text = String::from_utf8_lossy(&run.stdout);
    for claim in [
        "4.1 gain of recurrence",
        "4.1 growth of the gain",
        "4.2 multi-path models",
        "4.3 lesions",
        "4.3 ablation",
    ] {
        checks.note(claim, text.contains(claim), "has effects");
    }
    checks.close();
    Ok(())
}

/// Simulates recordings of three neurons.
fn simulate(pathscope: &Path, data: &Path) -> Result<()> {
    let size = ["--images", "80", "--size", "40", "--neurons", "3"];
    let mut simulate = Command::new(pathscope);
    output(simulate.args(["--quiet", "dataset", "synth"]).args(size).arg("--out").arg(data))?;
    Ok(())
}

/// Runs each study for an epoch, and checks that it writes its files.
pub(super) fn check(pathscope: &Path, package: &Installed, checks: &mut Checks) -> Result<()> {
    eprintln!("running the worked studies on simulated recordings");
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    simulate(pathscope, &data)?;
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
