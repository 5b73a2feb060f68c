//! Folders of results that belong together: written beside their place and then renamed.

use super::temporaries::Temporary;
use super::{OutputError, file::no_place};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that appears under its name, with all its files, when it is finished, or not at all.
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
    /// Makes it under another name, so that a place that cannot be written to is known at once.
    ///
    /// # Errors
    ///
    /// [`OutputError::NotEmpty`] where there is something of that name already, an empty folder
    /// excepted; [`OutputError::NoPlace`].
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        let taken = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_some(),
            // Also a link that leads nowhere.
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

    /// Where its files are put.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The place it will have.
    pub fn place(&self) -> &Path {
        &self.path
    }

    /// Gives it its name.
    ///
    /// # Errors
    ///
    /// [`OutputError::Unfinished`]; then there is nothing, or the empty folder that was there.
    pub fn finish(self) -> Result<(), OutputError> {
        let unfinished = |source: std::io::Error| OutputError::unfinished(&self.path, source);
        if self.path.is_dir() {
            // Only an empty one can be removed, so nothing that came in between is lost.
            fs::remove_dir(&self.path).map_err(unfinished)?;
        }
        fs::rename(self.folder.path(), &self.path).map_err(unfinished)?;
        // It is not there any more, and nothing is left to be removed.
        let _ = self.folder.keep();
        Ok(())
    }
}
