//! What `pathscope export` writes, run in PyTorch.

use super::Checks;
use super::environment::{Environment, output};
use super::nets::{IMAGE, IMAGE_CHANNELS, nets};
use crate::root;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A line of `check_export.py`.
#[derive(Deserialize)]
struct Line {
    check: String,
    passed: bool,
    detail: String,
}

/// A line of cargo about what it has built.
#[derive(Deserialize)]
struct Built {
    executable: Option<PathBuf>,
}

/// Exports the published models and networks of every kind both ways, and holds their predictions
/// against the published ones and against the equations.
pub fn check(environment: &Environment, checks: &mut Checks) -> Result<()> {
    let pathscope = build()?;
    let folder = tempfile::tempdir()?;
    let mut exported = Exported { environment, pathscope: &pathscope, folder: folder.path(), checks };
    for reference in references()? {
        let name = reference.file_name().unwrap_or_default().to_string_lossy().into_owned();
        exported.check(&name, &reference.join("best.pth"), &[reference.clone().into()])?;
    }
    for net in nets() {
        let checkpoint = folder.path().join(net.name).with_extension("safetensors");
        fs::write(&checkpoint, net.to_bytes().with_context(|| net.name.to_owned())?)?;
        let size = [IMAGE_CHANNELS, IMAGE[0], IMAGE[1]].map(|size| size.to_string().into());
        let expectation: Vec<OsString> = [checkpoint.clone().into()].into_iter().chain(size).collect();
        exported.check(net.name, &checkpoint, &expectation)?;
    }
    Ok(())
}

/// Builds the command and returns where it is.
fn build() -> Result<PathBuf> {
    eprintln!("building pathscope");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "pathscope", "--message-format", "json-render-diagnostics"]);
    command.current_dir(root()).stderr(Stdio::inherit());
    let lines = output(&mut command)?;
    let built = lines.lines().filter_map(|line| serde_json::from_str::<Built>(line).ok()?.executable).last();
    built.context("cargo does not say where it has put pathscope")
}

/// The folders of the published models.
fn references() -> Result<Vec<PathBuf>> {
    let folder = root().join("fixtures/reference");
    let mut references = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.join("best.pth").is_file() {
            references.push(path);
        }
    }
    if references.is_empty() {
        bail!("{} has no published model", folder.display());
    }
    references.sort();
    Ok(references)
}

struct Exported<'a> {
    environment: &'a Environment,
    pathscope: &'a Path,
    folder: &'a Path,
    checks: &'a mut Checks,
}

impl Exported<'_> {
    /// Checks one network.
    ///
    /// # Arguments
    ///
    /// * `expectation` - what `check_export.py` takes the expected predictions from
    fn check(&mut self, name: &str, checkpoint: &Path, expectation: &[OsString]) -> Result<()> {
        eprintln!("{name}");
        let module = self.folder.join(format!("{name}-module"));
        let archive = self.folder.join(name).with_extension("pt");
        let saved = self.folder.join(format!("{name}-trained.safetensors"));
        for (target, place) in [("pytorch", &module), ("torchscript", &archive)] {
            let mut command = Command::new(self.pathscope);
            command.arg("--quiet").arg("export").arg(checkpoint).args(["--to", target, "--out"]).arg(place);
            output(&mut command)?;
        }
        let script = root().join("xtask/src/interop/check_export.py");
        let mut command = self.environment.command();
        command.arg(script).args([&module, &archive]).args(expectation).arg(&saved);
        match output(&mut command) {
            Ok(lines) => {
                for line in lines.lines() {
                    let Line { check, passed, detail } = serde_json::from_str(line)
                        .with_context(|| format!("check_export.py printed {line:?}"))?;
                    self.checks.note(&check, passed, &detail);
                }
            }
            Err(error) => {
                self.checks.note("runs in PyTorch", false, &format!("{error:#}"));
                return Ok(());
            }
        }
        let analysis = output(Command::new(self.pathscope).arg("analyze").arg(&saved));
        let detail = analysis.as_ref().map_or_else(|error| format!("{error:#}"), |_| "analysed".to_owned());
        self.checks.note("what it saves after training", analysis.is_ok(), &detail);
        Ok(())
    }
}
