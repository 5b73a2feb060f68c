//! Result folders, which are written under a temporary name and then renamed.

use super::temporaries::Temporary;
use super::{OutputError, file::no_place};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that gets its name, with all its files, when it is complete, or never.
///
/// # Examples
///
/// ```
/// use pathscope_core::files::output::PendingFolder;
///
/// let parent = tempfile::tempdir()?;
/// let place = parent.path().join("results");
/// let folder = PendingFolder::create(&place)?;
/// std::fs::write(folder.path().join("a.txt"), "a")?;
/// assert!(!place.exists());
/// folder.finish()?;
/// assert!(place.join("a.txt").is_file());
/// assert!(PendingFolder::create(&place).is_err(), "there are files in it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PendingFolder {
    folder: TempDir,
    _temporary: Temporary,
    path: PathBuf,
}

impl PendingFolder {
    /// Creates the folder under a temporary name, so that an unwritable place is reported at once.
    ///
    /// # Errors
    ///
    /// [`OutputError::NotEmpty`] if the name is taken by anything but an empty folder;
    /// [`OutputError::NoPlace`].
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        let taken = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_some(),
            // A dangling link also takes the name.
            Err(_) => path.exists() || path.is_symlink(),
        };
        if taken {
            return Err(OutputError::NotEmpty { path: path.to_owned() });
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|source| no_place(path, source))?;
        let (folder, temporary) = Temporary::folder_in(parent).map_err(|source| no_place(path, source))?;
        Ok(Self { folder, _temporary: temporary, path: path.to_owned() })
    }

    /// Returns the temporary path, where files are written.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the final path.
    pub fn place(&self) -> &Path {
        &self.path
    }

    /// Renames the folder to its final name.
    ///
    /// # Errors
    ///
    /// [`OutputError::Unfinished`]. The folder then does not exist, or is the empty folder that was there
    /// before.
    pub fn finish(self) -> Result<(), OutputError> {
        let unfinished = |source: std::io::Error| OutputError::unfinished(&self.path, source);
        if self.path.is_dir() {
            // Only an empty folder can be removed, so files that appeared meanwhile are not lost.
            fs::remove_dir(&self.path).map_err(unfinished)?;
        }
        fs::rename(self.folder.path(), &self.path).map_err(unfinished)?;
        // The folder has been moved, so nothing is left to remove.
        let _ = self.folder.keep();
        Ok(())
    }
}
