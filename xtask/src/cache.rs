//! The cache of downloads, which all clones share.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Returns the folder of the cache.
pub(crate) fn home() -> Result<PathBuf> {
    home_from(env::var_os("PATHSCOPE_CACHE"), env::var_os("XDG_CACHE_HOME"), env::home_dir())
}

fn home_from(own: Option<OsString>, xdg: Option<OsString>, user: Option<PathBuf>) -> Result<PathBuf> {
    let given = |path: Option<OsString>| path.filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(own) = given(own) {
        return std::path::absolute(&own).with_context(|| format!("PATHSCOPE_CACHE={}", own.display()));
    }
    // The specification of these folders says to ignore a relative one.
    let xdg = given(xdg).filter(|xdg| xdg.is_absolute());
    let Some(home) = xdg.or_else(|| Some(user?.join(".cache"))) else {
        bail!("there is no home folder to keep downloads in: set PATHSCOPE_CACHE to a folder for them");
    };
    Ok(home.join("pathscope"))
}

/// Waits for a lock and takes it. A lock ends with its process, however that ends.
///
/// # Arguments
///
/// * `work` - what a process does that holds the lock, for a message
pub(crate) fn lock(path: &Path, work: &str) -> Result<File> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => eprintln!("waiting for another process that {work}"),
        Err(TryLockError::Error(error)) => {
            let path = path.display();
            return Err(error).context(format!(
                "{path} cannot be locked: set PATHSCOPE_CACHE to a folder on a file system that supports locks"
            ));
        }
    }
    file.lock().with_context(|| path.display().to_string())?;
    Ok(file)
}

/// Returns the free space on the disk of a folder, in bytes.
#[cfg(unix)]
pub(crate) fn free_space(folder: &Path) -> Result<u64> {
    let system = rustix::fs::statvfs(folder).with_context(|| folder.display().to_string())?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

/// Returns no limit, because there are no recipes for other systems.
#[cfg(not(unix))]
pub fn free_space(_folder: &Path) -> Result<u64> {
    Ok(u64::MAX)
}

/// Formats a size in MB.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_the_cache() {
        let home = |own: Option<&str>, xdg: Option<&str>, user: Option<&str>| {
            home_from(own.map(Into::into), xdg.map(Into::into), user.map(Into::into))
        };
        assert_eq!(home(Some("/own"), Some("/xdg"), Some("/me")).unwrap(), Path::new("/own"));
        assert_eq!(home(None, Some("/xdg"), Some("/me")).unwrap(), Path::new("/xdg/pathscope"));
        assert_eq!(home(Some(""), Some("relative"), Some("/me")).unwrap(), Path::new("/me/.cache/pathscope"));
        assert!(home(Some("relative"), None, None).unwrap().is_absolute());
        assert!(home(None, None, None).unwrap_err().to_string().contains("PATHSCOPE_CACHE"));
    }
}
