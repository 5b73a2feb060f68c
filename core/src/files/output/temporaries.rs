//! Temporaries: results without their final names yet, which are removed where a signal ends the process.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::{NamedTempFile, TempDir};

/// The beginning of their names until then.
pub const PREFIX: &str = ".pathscope-";

/// The number of attempts at removing a folder that another thread may still write into.
const TRIES: u32 = 50;

static TEMPORARIES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A temporary that a signal removes as long as this is held.
#[derive(Debug)]
pub(super) struct Temporary(PathBuf);

impl Temporary {
    /// Makes a file.
    pub(super) fn file_in(folder: &Path) -> io::Result<(NamedTempFile, Self)> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        // Temporary files are private by default; results have the permissions of any new file,
        // which the umask narrows.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Self::made(|| builder.tempfile_in(folder), NamedTempFile::path)
    }

    /// Makes a folder.
    pub(super) fn folder_in(folder: &Path) -> io::Result<(TempDir, Self)> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        Self::made(|| builder.tempdir_in(folder), TempDir::path)
    }

    fn made<T>(make: impl FnOnce() -> io::Result<T>, path: impl Fn(&T) -> &Path) -> io::Result<(T, Self)> {
        // No signal comes in between.
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

/// Removes all temporaries of this process, which makes no new ones from then on: for the moment before it ends.
pub fn remove_all() {
    let temporaries = temporaries();
    for path in temporaries.iter() {
        if path.is_dir() {
            // Another thread may put a file into it meanwhile.
            for _ in 0..TRIES {
                if fs::remove_dir_all(path).is_ok() || !path.exists() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        } else {
            // It may have its final name by now, and is then left alone.
            let _ = fs::remove_file(path);
        }
    }
    // The other threads wait until the end.
    std::mem::forget(temporaries);
}
