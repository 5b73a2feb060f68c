//! The files that a command reads, which it never overwrites.
//!
//! Files are identified by identity, not by name: another spelling, a symbolic link or a hard link to an
//! input is the same input.

use super::OutputError;
use crate::files::shown::remember;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

/// The inputs, with one of the names of each.
static INPUTS: Mutex<BTreeMap<Identity, PathBuf>> = Mutex::new(BTreeMap::new());
/// Whether this process is a run of a command, not a program that uses the library.
static IS_COMMAND: AtomicBool = AtomicBool::new(false);

/// The error for a place that is an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it is an input of this command, and no input is overwritten: give another place with --out")]
pub struct IsInput;

/// Protects an input from being overwritten by this process. A path that is not a file needs no protection.
/// The name is kept for messages.
///
/// # Arguments
///
/// * `path` - the file, which is not opened
pub fn protect(path: &Path) {
    remember(path);
    if let Some(identity) = identity(path) {
        INPUTS.lock().unwrap_or_else(PoisonError::into_inner).insert(identity, path.to_owned());
    }
}

/// Protects a file that is being read if this process is a command. A program that uses the library may
/// overwrite a file that it has read.
pub(crate) fn protect_read(path: &Path) {
    remember(path);
    if IS_COMMAND.load(Ordering::Relaxed) {
        protect(path);
    }
}

/// Protects every file that is read from now on, for a process that is a command.
pub fn protect_all_read() {
    IS_COMMAND.store(true, Ordering::Relaxed);
}

/// Refuses to overwrite an input.
pub(super) fn check(path: &Path) -> Result<(), OutputError> {
    let is_input = |found: Identity| {
        let inputs = INPUTS.lock().unwrap_or_else(PoisonError::into_inner);
        // After an input was replaced, its inode number may belong to another file.
        inputs.get(&found).is_some_and(|input| identity(input) == Some(found))
    };
    if identity(path).is_some_and(is_input) {
        return Err(OutputError::Input { path: path.to_owned(), source: IsInput });
    }
    Ok(())
}

/// Returns whether an error was caused by an attempt to overwrite an input, which is a mistake on the command
/// line.
pub fn overwrites_input(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source()).any(|cause| cause.is::<IsInput>())
}

fn identity(path: &Path) -> Option<Identity> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        drop(metadata);
        fs::canonicalize(path).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::write_file;
    use super::*;

    #[test]
    fn an_input_is_not_overwritten_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        fs::write(&input, "weights").unwrap();
        let (hard, soft) = (folder.path().join("hard"), folder.path().join("soft"));
        fs::hard_link(&input, &hard).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&input, &soft).unwrap();
        #[cfg(not(unix))]
        fs::hard_link(&input, &soft).unwrap();
        protect(&input);
        for path in [&input, &hard, &soft, &folder.path().join(".").join("input")] {
            let error = write_file(path, "results").unwrap_err();
            assert!(overwrites_input(&error), "{error}");
            assert!(error.to_string().contains("give another place with --out"), "{error}");
        }
        assert_eq!(fs::read_to_string(&input).unwrap(), "weights");
        write_file(&folder.path().join("output"), "results").unwrap();
        write_file(&folder.path().join("output"), "results again").unwrap();
    }

    #[test]
    fn a_file_that_is_read_only_after_the_output_was_opened_is_protected_too() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        fs::write(&input, "weights").unwrap();
        let pending = super::super::PendingFile::create(&input).unwrap();
        protect(&input);
        assert!(overwrites_input(&pending.finish_with("results").unwrap_err()));
        assert_eq!(fs::read_to_string(&input).unwrap(), "weights");
    }

    #[test]
    fn a_program_may_write_what_it_has_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "weights").unwrap();
        protect_read(&file);
        write_file(&file, "trained weights").unwrap();
    }

    #[test]
    fn the_number_of_an_input_that_is_gone_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("input"), folder.path().join("output"));
        fs::write(&input, "weights").unwrap();
        protect(&input);
        fs::rename(&input, &output).unwrap();
        write_file(&output, "results").unwrap();
    }
}
