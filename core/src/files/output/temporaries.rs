//! Temporary files and folders: results without their final names, which are removed if a signal ends the
//! process.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::{NamedTempFile, TempDir};

/// The prefix of their names.
pub const PREFIX: &str = ".pathscope-";

/// The number of attempts at removing a folder that another thread may still write into.
const TRIES: u32 = 50;

static TEMPORARIES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A temporary file or folder that a signal removes while this value exists.
#[derive(Debug)]
pub(super) struct Temporary(PathBuf);

impl Temporary {
    /// Creates a temporary file.
    pub(super) fn file_in(folder: &Path) -> io::Result<(NamedTempFile, Self)> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        // Temporary files are private by default. Results get the permissions of any new file, which the
        // umask restricts.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Self::made(|| builder.tempfile_in(folder), NamedTempFile::path)
    }

    /// Creates a temporary folder.
    pub(super) fn folder_in(folder: &Path) -> io::Result<(TempDir, Self)> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        Self::made(|| builder.tempdir_in(folder), TempDir::path)
    }

    fn made<T>(make: impl FnOnce() -> io::Result<T>, path: impl Fn(&T) -> &Path) -> io::Result<(T, Self)> {
        // No signal can arrive in between.
        let mut temporaries = temporaries();
        let made = make()?;
        let path = path(&made).to_owned();
        temporaries.insert(path.clone());
        Ok((made, Self(path)))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        temporaries().remove(&self.0);
    }
}

fn temporaries() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all temporaries of this process and prevents new ones. It is called just before the process ends.
pub fn remove_all() {
    let temporaries = temporaries();
    for path in temporaries.iter() {
        if path.is_dir() {
            // Another thread may create a file in it meanwhile.
            for _ in 0..TRIES {
                if fs::remove_dir_all(path).is_ok() || !path.exists() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        } else {
            // It may have its final name by now, and is then kept.
            let _ = fs::remove_file(path);
        }
    }
    // The other threads block until the process ends.
    std::mem::forget(temporaries);
}
