//! From what the user names to the files that are read.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Endings of the files that are looked for in a folder.
const ENDINGS: [&str; 6] = [".pt", ".pth", ".ckpt", ".safetensors", ".pt.tar", ".pth.tar"];

/// The checkpoints that the arguments name: files as they are, folders with all in them, and
/// patterns that the shell left alone. In the order of the arguments, sorted within each.
pub fn expand(arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for argument in arguments {
        if argument.is_dir() {
            let found = in_folder(argument)?;
            if found.is_empty() {
                bail!(
                    "{}: no checkpoint in this folder: it has no file that ends in {}; give files of other names one by one",
                    argument.display(),
                    ENDINGS.join(", ")
                );
            }
            files.extend(found);
        } else if let Some(pattern) =
            argument.to_str().filter(|text| !argument.exists() && text.contains(['*', '?', '[']))
        {
            let before = files.len();
            for path in
                glob::glob(pattern).with_context(|| format!("{pattern}: not a pattern for file names"))?
            {
                let path = path?;
                if path.is_dir() {
                    files.extend(in_folder(&path)?);
                } else {
                    files.push(path);
                }
            }
            if files.len() == before {
                bail!("{pattern}: no file matches: check the folder and the ending");
            }
        } else {
            files.push(argument.clone());
        }
    }
    Ok(files)
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry.with_context(|| format!("{}: cannot be searched", folder.display()))?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if entry.file_type().is_file() && ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}
