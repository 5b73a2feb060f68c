//! The cache, with one folder for each recipe, which is either complete or missing.

use super::recipe::{Recipe, VERSION};
use crate::cache::{free_space, lock, megabytes};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The file from which torch-sys reads the version. It is written last.
pub(super) const VERSION_FILE: &str = "build-version";

/// Returns the folder of a recipe, which is made if it is missing.
///
/// # Arguments
///
/// * `make` - a function that makes a libtorch in a subfolder of its argument and returns the subfolder; only
///   one process calls it at a time, and the folder may have files of an interrupted run
pub(super) fn provide(
    recipe: &Recipe<'_>,
    home: &Path,
    make: &dyn Fn(&Path) -> Result<PathBuf>,
) -> Result<PathBuf> {
    let folder = home.join(recipe.folder_name());
    if is_finished(recipe, &folder) {
        return Ok(folder);
    }
    fs::create_dir_all(home).with_context(|| {
        format!("{} cannot be created: set PATHSCOPE_CACHE to a folder that you can write to", home.display())
    })?;
    let lock = lock(&folder.with_added_extension("lock"), "fetches libtorch")?;
    // Another process may have finished it while this one waited.
    if is_finished(recipe, &folder) {
        return Ok(folder);
    }
    let work = folder.with_added_extension("unfinished");
    fs::create_dir_all(&work).with_context(|| work.display().to_string())?;
    let made = make(&work)
        .with_context(|| format!("libtorch {VERSION} could not be put into {}", home.display()))?;
    if folder.exists() {
        eprintln!("{} is not complete: replacing it", folder.display());
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    fs::rename(&made, &folder)
        .with_context(|| format!("{} cannot be renamed to {}", made.display(), folder.display()))?;
    // Remaining files are no longer needed.
    let _ = fs::remove_dir_all(&work);
    drop(lock);
    eprintln!("libtorch {VERSION} is in {}", folder.display());
    Ok(folder)
}

/// Returns whether a folder has all files of a recipe.
pub(super) fn is_finished(recipe: &Recipe<'_>, folder: &Path) -> bool {
    let version = fs::read_to_string(folder.join(VERSION_FILE));
    version.is_ok_and(|version| version.trim() == VERSION)
        && folder.join("include").is_dir()
        && recipe.libraries().all(|library| folder.join("lib").join(library).is_file())
}

/// Checks that the disk has enough free space.
///
/// # Arguments
///
/// * `work` - a folder on the disk
/// * `downloads` - the folder of wheels that were downloaded before
pub(super) fn check_free_space(recipe: &Recipe<'_>, work: &Path, downloads: &Path) -> Result<()> {
    let missing = recipe.wheels.iter().filter(|wheel| !downloads.join(wheel.file).exists());
    let sizes: Vec<u64> = missing.map(|wheel| wheel.size).collect();
    // pip needs a temporary copy of a wheel before anything is unpacked.
    let copy = sizes.iter().copied().max().unwrap_or(0);
    let (needed, free) = (sizes.iter().sum::<u64>() + recipe.unpacked.max(copy), free_space(work)?);
    if free < needed {
        bail!(
            "{} are free, but {} are needed, {} of them permanently: free some disk space, or set PATHSCOPE_CACHE to a folder on another disk",
            megabytes(free),
            megabytes(needed),
            megabytes(recipe.unpacked)
        );
    }
    Ok(())
}
