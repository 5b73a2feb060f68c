//! Result files, which are written under a temporary name and then renamed, so that they are never
//! incomplete.

use super::temporaries::Temporary;
use super::{OutputError, inputs};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file that gets its name when it is complete, or never.
#[derive(Debug)]
pub struct PendingFile {
    file: BufWriter<NamedTempFile>,
    _temporary: Temporary,
    path: PathBuf,
}

impl PendingFile {
    /// Creates the file, so that an unwritable place is reported at once.
    ///
    /// # Errors
    ///
    /// [`OutputError::Input`], [`OutputError::Folder`] or [`OutputError::NoPlace`].
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if path.is_dir() {
            return Err(OutputError::Folder { path: path.to_owned() });
        }
        inputs::check(path)?;
        let (file, temporary) = Temporary::file_in(folder).map_err(|source| no_place(path, source))?;
        Ok(Self { file: BufWriter::new(file), _temporary: temporary, path: path.to_owned() })
    }

    /// Writes the whole contents and renames the file.
    ///
    /// # Errors
    ///
    /// [`OutputError::Unfinished`]. The file then does not exist or is unchanged.
    pub fn finish_with(mut self, contents: impl AsRef<[u8]>) -> Result<(), OutputError> {
        self.write_all(contents.as_ref()).map_err(|source| OutputError::unfinished(&self.path, source))?;
        self.finish()
    }

    /// Renames the file to its final name.
    ///
    /// # Errors
    ///
    /// [`OutputError::Unfinished`]. The file then does not exist or is unchanged. [`OutputError::Input`] if
    /// the existing file has been read meanwhile.
    pub fn finish(self) -> Result<(), OutputError> {
        inputs::check(&self.path)?;
        let unfinished = |source: io::Error| OutputError::unfinished(&self.path, source);
        let file = self.file.into_inner().map_err(|error| unfinished(error.into_error()))?;
        file.persist(&self.path).map_err(|error| unfinished(error.error))?;
        Ok(())
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a file in one go.
///
/// # Errors
///
/// The errors of [`PendingFile::create`] and [`PendingFile::finish`].
pub fn write_file(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), OutputError> {
    PendingFile::create(path)?.finish_with(contents)
}

pub(super) fn no_place(path: &Path, source: io::Error) -> OutputError {
    OutputError::NoPlace { path: path.to_owned(), source }
}

/// Creates a folder for results and checks that files can be created in it.
///
/// # Errors
///
/// [`OutputError::NoPlace`].
pub fn prepare_folder(folder: &Path) -> Result<(), OutputError> {
    fs::create_dir_all(folder).map_err(|source| no_place(folder, source))?;
    Temporary::file_in(folder).map_err(|source| no_place(folder, source))?;
    Ok(())
}
