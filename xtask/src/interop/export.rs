//! A check of exported networks, which run in PyTorch.

use super::nets::{IMAGE, nets};
use super::{Checks, lint, pytorch, script};
use crate::environment::{Environment, output};
use crate::root;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The input of `check_export.py` for a network.
#[derive(Serialize)]
struct Case {
    name: String,
    checkpoint: PathBuf,
    module: PathBuf,
    archive: PathBuf,
    /// The folder with images and published predictions. Without one, predictions come from the equations.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<PathBuf>,
    /// Channels, height and width of the images.
    image: [usize; 3],
    /// Whether the module is also run as a command, in a separate Python process.
    as_command: bool,
    /// The file for the network after some training.
    saved: PathBuf,
}

/// Exports the published models and networks of every kind both ways, lints the modules, and compares
/// predictions with the published ones and with the equations.
pub(super) fn check(pathscope: &Path, checks: &mut Checks) -> Result<()> {
    let environment = Environment::provide(&pytorch::purpose())?;
    let folder = tempfile::tempdir()?;
    let mut cases = Vec::new();
    for reference in references()? {
        let name = reference.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let first = cases.is_empty();
        let case = Case::new(folder.path(), &name, reference.join("best.pth"));
        cases.push(Case { reference: Some(reference), as_command: first, ..case });
    }
    for net in nets() {
        let checkpoint = folder.path().join(net.name).with_extension("safetensors");
        fs::write(&checkpoint, net.net.to_bytes())?;
        cases.push(Case::new(folder.path(), net.name, checkpoint));
    }
    eprintln!("exporting {} networks", cases.len());
    for case in &cases {
        for (target, place) in [("pytorch", &case.module), ("torchscript", &case.archive)] {
            let mut command = Command::new(pathscope);
            command.args(["--quiet", "export", "--to", target, "--out"]).args([place, &case.checkpoint]);
            output(&mut command)?;
        }
    }
    let modules: Vec<&PathBuf> = cases.iter().map(|case| &case.module).collect();
    lint::check(&modules, checks)?;
    eprintln!("running them in PyTorch; numbers are differences");
    let file = folder.path().join("cases.json");
    fs::write(&file, serde_json::to_string(&cases)?)?;
    let mut analyzed = |name: &str, checks: &mut Checks| {
        let Some(case) = cases.iter().find(|case| case.name == name) else { return };
        let analysis = output(Command::new(pathscope).arg("analyze").arg(&case.saved));
        let detail = analysis.as_ref().map_or_else(|error| format!("{error:#}"), |_| "analyzed".to_owned());
        checks.note("after training", analysis.is_ok(), &detail);
        checks.close();
    };
    script::run(environment.command(), "check_export.py", &file, &mut analyzed, checks)
}

impl Case {
    fn new(folder: &Path, name: &str, checkpoint: PathBuf) -> Self {
        Self {
            checkpoint,
            module: folder.join(format!("{name}-module")),
            archive: folder.join(format!("{name}.pt")),
            reference: None,
            image: IMAGE,
            as_command: false,
            saved: folder.join(format!("{name}-trained.safetensors")),
            name: name.to_owned(),
        }
    }
}

/// Returns the folders of the published models.
pub(super) fn references() -> Result<Vec<PathBuf>> {
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
