//! A check of analyses of exported programs against the equations of their networks.

use super::export::references;
use super::{Checks, pytorch, script};
use crate::environment::{Environment, output};
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The input of the scripts.
#[derive(Serialize)]
struct Cases<'a> {
    pathscope: &'a Path,
    references: Vec<Reference>,
}

/// A published model, as a checkpoint and as a PyTorch module.
#[derive(Serialize)]
struct Reference {
    name: String,
    checkpoint: PathBuf,
    /// The folder that `pathscope export` wrote.
    module: PathBuf,
    /// Channels, height and width of the images.
    image: [usize; 3],
}

/// The channels, height and width of the images of the published models.
const IMAGE: [usize; 3] = [1, 50, 50];

/// Analyzes programs of three kinds: networks whose paths follow from their equations, the published models,
/// and the models of torchvision and timm.
pub(super) fn check(pathscope: &Path, checks: &mut Checks) -> Result<()> {
    let environment = Environment::provide(&pytorch::purpose())?;
    let folder = tempfile::tempdir()?;
    let references = export_references(pathscope, folder.path())?;
    let file = folder.path().join("cases.json");
    fs::write(&file, serde_json::to_string(&Cases { pathscope, references })?)?;
    eprintln!("analyzing exported programs; numbers are differences");
    for program in ["check_programs.py", "check_public.py"] {
        let mut python = environment.command();
        // Temporary large programs go to the disk of the other checks.
        python.env("TMPDIR", folder.path());
        script::run(python, program, &file, &mut |_, checks| checks.close(), checks)?;
    }
    Ok(())
}

fn export_references(pathscope: &Path, folder: &Path) -> Result<Vec<Reference>> {
    let mut exported = Vec::new();
    for reference in references()? {
        let name = reference.file_name().context("a reference has a name")?.to_string_lossy().into_owned();
        let (checkpoint, module) = (reference.join("best.pth"), folder.join(&name));
        let mut command = Command::new(pathscope);
        command.args(["--quiet", "export", "--to", "pytorch", "--out"]).args([&module, &checkpoint]);
        output(&mut command)?;
        exported.push(Reference { name, checkpoint, module, image: IMAGE });
    }
    Ok(exported)
}
