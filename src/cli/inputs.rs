//! The files that the user's arguments stand for.

use anyhow::{Context, Result, bail};
use pathscope::study::run::{MODEL, SETTINGS};
use pathscope_core::analysis::comparison::is_run;
use pathscope_core::files::checkpoint::index_beside;
use pathscope_core::files::output::protect;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The file name extensions of checkpoints.
const ENDINGS: [&str; 8] = [".pt", ".pt2", ".pth", ".ckpt", ".safetensors", ".bin", ".pt.tar", ".pth.tar"];

/// The name ending of the index of a sharded checkpoint, which stands for all its shards.
const INDEX: &str = ".index.json";

/// The names of files that trainers save beside the weights with the same extensions.
const TRAINING_STATE: [&str; 6] =
    ["training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.bin", "scheduler.pt", "scaler.pt"];

/// Lists the checkpoints that the arguments name.
///
/// Files are taken as they are, folders are searched, and patterns that the shell did not expand are
/// expanded. The order is that of the arguments, sorted within each.
pub(super) fn expand(arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
    expand_by(arguments, &|_| false)
}

/// Lists the models that the arguments name. The folder of a run counts as one model and is not searched.
pub(super) fn expand_models(arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
    expand_by(arguments, &is_run)
}

/// Returns the checkpoint for a file, the folder of a run, or a folder with a single checkpoint.
pub(super) fn model_file(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let file = path.join(MODEL);
    if file.is_file() {
        return Ok(file);
    }
    let folder = path.display();
    if path.join(SETTINGS).is_file() {
        bail!(
            "{folder}: its training is not finished: resume it with `pathscope train --resume --out {folder}`"
        );
    }
    if path.join(".metadata").is_file() {
        // The error says what to do.
        return Ok(path.to_owned());
    }
    match in_folder(path, &|_| false)?.as_slice() {
        [] => bail!("{folder}: not the folder of a run, as {MODEL} is missing: give a checkpoint in it"),
        [one] => Ok(one.clone()),
        several => bail!(
            "{folder}: is not the folder of a run: it has no {MODEL}, and of other checkpoints {}: give one of them, such as {}",
            several.len(),
            several[0].display()
        ),
    }
}

/// Returns the deepest folder that contains all of these files or folders.
pub(super) fn common_folder(places: &[PathBuf]) -> PathBuf {
    let parent = |place: &PathBuf| place.parent().map(Path::to_owned).unwrap_or_default();
    let mut folders = places.iter().map(parent);
    let first = folders.next().unwrap_or_default();
    folders.fold(first, |common, folder| {
        common.components().zip(folder.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    })
}

/// # Arguments
///
/// * `whole` - whether a folder stands for itself instead of its contents
fn expand_by(arguments: &[PathBuf], whole: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for argument in arguments {
        if argument.is_dir() {
            let found = in_folder(argument, whole)?;
            if found.is_empty() && argument.join(".metadata").is_file() {
                // The error says what to do.
                files.push(argument.clone());
            } else if found.is_empty() {
                bail!(
                    "{}: this folder has no checkpoint, that is, no file that ends in {}: give files with other names one by one",
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
                glob::glob(pattern).with_context(|| format!("{pattern}: not a valid file name pattern"))?
            {
                let path = path?;
                if path.is_dir() {
                    files.extend(in_folder(&path, whole)?);
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
    files.iter().for_each(|file| protect(file));
    Ok(files)
}

fn in_folder(folder: &Path, whole: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let path = match entry {
            Ok(entry) if entry.file_type().is_file() => entry.into_path(),
            Ok(entry) if whole(entry.path()) => {
                entries.skip_current_dir();
                files.push(entry.into_path());
                continue;
            }
            Ok(_) => continue,
            // A link back to a folder that is already being searched.
            Err(error) if error.loop_ancestor().is_some() => continue,
            // A broken link. If it is named like a checkpoint, reading it reports the error.
            Err(error) if error.path().is_some_and(Path::is_symlink) => {
                error.path().map(Path::to_owned).unwrap_or_default()
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("{}: cannot be read: check its permissions", folder.display()));
            }
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_state = TRAINING_STATE.contains(&name.as_str());
        if name.ends_with(INDEX) || (ENDINGS.iter().any(|ending| name.ends_with(ending)) && !is_state) {
            files.push(path);
        }
    }
    files.retain(|path| index_beside(path).is_none());
    Ok(files)
}
