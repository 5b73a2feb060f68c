//! The cache: one folder for each recipe, there whole or not at all.

use super::recipe::{Recipe, VERSION};
use crate::cache::{free_space, lock, megabytes};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The file that torch-sys reads the version in. It is written last.
pub(super) const VERSION_FILE: &str = "build-version";

/// The finished folder of a recipe, made first where it is not there.
///
/// # Arguments
///
/// * `make` - makes a libtorch below the folder it is given and returns where; called by one process at
///   a time, and each time with the same folder, where a run that was interrupted has left things
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
        format!("{} cannot be made: set PATHSCOPE_CACHE to a folder of yours", home.display())
    })?;
    let lock = lock(&folder.with_added_extension("lock"), "fetches libtorch")?;
    // Another process may have made it while this one waited.
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
    // Of what is left nothing is needed any more.
    let _ = fs::remove_dir_all(&work);
    drop(lock);
    eprintln!("libtorch {VERSION} is in {}", folder.display());
    Ok(folder)
}

/// Returns whether a folder has all that the recipe makes.
pub(super) fn is_finished(recipe: &Recipe<'_>, folder: &Path) -> bool {
    let version = fs::read_to_string(folder.join(VERSION_FILE));
    version.is_ok_and(|version| version.trim() == VERSION)
        && folder.join("include").is_dir()
        && recipe.libraries().all(|library| folder.join("lib").join(library).is_file())
}

/// Refuses to begin what the disk has no room for.
///
/// # Arguments
///
/// * `work` - on the disk in question
/// * `downloads` - where wheels may be that need not be downloaded again
pub(super) fn check_free_space(recipe: &Recipe<'_>, work: &Path, downloads: &Path) -> Result<()> {
    let missing = recipe.wheels.iter().filter(|wheel| !downloads.join(wheel.file).exists());
    let sizes: Vec<u64> = missing.map(|wheel| wheel.size).collect();
    // pip has a copy of a wheel for a moment, when nothing is unpacked yet.
    let copy = sizes.iter().copied().max().unwrap_or(0);
    let (needed, free) = (sizes.iter().sum::<u64>() + recipe.unpacked.max(copy), free_space(work)?);
    if free < needed {
        bail!(
            "there are {} free, but {} are needed, of which {} stay: make room, or set PATHSCOPE_CACHE to a folder on another disk",
            megabytes(free),
            megabytes(needed),
            megabytes(recipe.unpacked)
        );
    }
    Ok(())
}
