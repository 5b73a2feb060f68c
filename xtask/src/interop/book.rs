//! A check of the Python in README.md and the book, which runs in PyTorch.

use super::package::Installed;
use super::{Checks, pytorch, script};
use crate::environment::output;
use crate::root;
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The input of `check_book.py`.
#[derive(Serialize)]
struct Cases<'a> {
    pathscope: &'a Path,
    pages: Vec<PathBuf>,
    /// The folder that `pathscope export` wrote.
    module: PathBuf,
    /// Channels, height and width of the network's images.
    image: [usize; 3],
}

/// Runs the Python blocks of every page, and analyzes the files that they write.
///
/// # Arguments
///
/// * `package` - an environment with pathscope's package
pub(super) fn check(pathscope: &Path, package: &Installed, checks: &mut Checks) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let module = folder.path().join("my-network");
    let checkpoint = root().join("fixtures/reference/recurrent-1block-t3-no-avg/best.pth");
    let mut export = Command::new(pathscope);
    export.args(["--quiet", "export", "--to", "pytorch", "--out"]).args([&module, &checkpoint]);
    output(&mut export)?;
    eprintln!("running the examples of README.md and the book in PyTorch");
    let cases = Cases { pathscope, pages: pages()?, module, image: [1, 50, 50] };
    let file = folder.path().join("cases.json");
    fs::write(&file, serde_json::to_string(&cases)?)?;
    script::run(
        package.beside(&[pytorch::purpose()])?,
        "check_book.py",
        &file,
        &mut |_, checks| checks.close(),
        checks,
    )
}

fn pages() -> Result<Vec<PathBuf>> {
    let folder = root().canonicalize()?;
    let mut pages = vec![folder.join("README.md")];
    let chapters = folder.join("docs/src");
    for entry in fs::read_dir(&chapters).with_context(|| chapters.display().to_string())? {
        pages.push(entry?.path());
    }
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    Ok(pages)
}
