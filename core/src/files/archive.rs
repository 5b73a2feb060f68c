//! Zip archives, read with limits. The sizes that entries declare are never trusted.

pub(crate) mod exported;

use crate::files::documents::{DocumentError, open_regular};
use std::collections::HashSet;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Archives of up to this size are read into memory at once. Their directory is read in many small steps,
/// each of which would otherwise cost a system call.
const READ_AT_ONCE: u64 = 1 << 20;

/// An archive begins at the start of its file. A search for its directory might find that of an archive
/// inside it. A search would also miss the first entry of some of PyTorch's archives, because it does not
/// know the 76 bytes that end them. Where the entry takes as many bytes, the search finds the second entry
/// instead.
const CONFIG: Config = Config { archive_offset: ArchiveOffset::Known(0) };

/// The factor by which a file may expand when it is unpacked. PyTorch does not compress, and trained weights
/// hardly compress.
const EXPANSION: u128 = 4;

/// The bytes by which the entries of an archive may exceed that factor. The description of a network takes up
/// to 24 times its size when interpreted.
pub(crate) const ENTRY_SLACK: u128 = 1 << 16;

/// The bytes by which a tensor may exceed that factor, because a view may repeat stored elements.
pub(crate) const TENSOR_SLACK: u128 = 1 << 20;

/// Returns whether data would take more bytes than a file of that size explains.
pub(crate) fn expands(declared: u128, file_size: u64, slack: u128) -> bool {
    declared > EXPANSION * u128::from(file_size) + slack
}

/// The reason why an archive cannot be read.
#[derive(Debug, Error)]
pub(crate) enum ArchiveError {
    /// The path cannot be opened, or is not a file.
    #[error(transparent)]
    File(#[from] DocumentError),
    /// The operating system reports an error.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// The archive is truncated or altered.
    #[error("{0}")]
    Broken(String),
}

impl From<ZipError> for ArchiveError {
    fn from(error: ZipError) -> Self {
        Self::Broken(format!("zip archive: {error}"))
    }
}

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

type Entries = ZipArchive<Box<dyn ReadSeek>>;

/// An open archive.
pub(crate) struct Archive {
    state: Mutex<State>,
    names: Vec<String>,
    file_size: u64,
    declared: u128,
    duplicates: bool,
}

struct State {
    entries: Entries,
    /// The entries whose checksums have been verified.
    verified: HashSet<usize>,
}

impl Archive {
    /// Opens an archive. Small archives are read at once, large ones when their entries are read.
    pub(crate) fn open(path: &Path) -> Result<Self, ArchiveError> {
        let mut file = open_regular(path)?;
        let file_size = file.metadata().map_err(ArchiveError::Unreadable)?.len();
        let reader: Box<dyn ReadSeek> = if file_size <= READ_AT_ONCE {
            let mut bytes = Vec::new();
            file.by_ref().take(READ_AT_ONCE).read_to_end(&mut bytes).map_err(ArchiveError::Unreadable)?;
            Box::new(Cursor::new(bytes))
        } else {
            Box::new(BufReader::new(file))
        };
        let entries = ZipArchive::with_config(CONFIG, reader)?;
        let names = entries.file_names().map(|name| name.map(Into::into)).collect::<Result<_, _>>()?;
        let mut declared = 0u128;
        for index in 0..entries.len() {
            declared += u128::from(entries.by_index_data(index)?.size());
        }
        let duplicates = entries.metadata().has_duplicate_names();
        let state = Mutex::new(State { entries, verified: HashSet::new() });
        Ok(Self { state, names, file_size, declared, duplicates })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the names of the entries, in directory order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(String::as_str)
    }

    /// Returns the size of the file.
    pub(crate) fn file_size(&self) -> u64 {
        self.file_size
    }

    /// Returns the total unpacked size that the entries declare, in bytes.
    pub(crate) fn declared(&self) -> u128 {
        self.declared
    }

    /// Returns whether two entries share a name, so that readers may disagree on which one counts.
    pub(crate) fn has_duplicate_names(&self) -> bool {
        self.duplicates
    }

    /// Returns the unpacked size that an entry declares, in bytes; `None` if there is no such entry.
    pub(crate) fn size_of(&self, name: &str) -> Option<u64> {
        let state = self.state();
        let index = state.entries.index_for_name(name)?;
        state.entries.by_index_data(index).ok().map(|entry| entry.size())
    }

    /// Returns all bytes of an entry, up to a limit; `None` if there is no such entry.
    pub(crate) fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, ArchiveError> {
        let mut state = self.state();
        let entry = match state.entries.by_name(name) {
            Err(ZipError::FileNotFound) => return Ok(None),
            entry => entry?,
        };
        let mut contents = Vec::new();
        let declared = entry.size().min(most);
        let damaged = |error: io::Error| ArchiveError::Broken(format!("zip archive: {name}: {error}"));
        // One more byte reveals an entry that is longer than it declares.
        entry.take(declared + 1).read_to_end(&mut contents).map_err(damaged)?;
        if contents.len() as u64 != declared {
            return Err(ZipError::InvalidArchive(
                format!("{name} does not have the length that it declares").into(),
            )
            .into());
        }
        Ok(Some(contents))
    }

    /// Returns a range of an entry's bytes.
    pub(crate) fn read_part(&self, name: &str, part: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.with_part(name, part, &mut |reader| reader.read_to_end(&mut bytes).map(|_| ()))?;
        Ok(bytes)
    }

    /// Reads a range of an entry in pieces of the buffer's length; the last one may be shorter.
    pub(crate) fn read_in_pieces(
        &self,
        name: &str,
        part: Range<u64>,
        buffer: &mut [u8],
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        self.with_part(name, part, &mut |reader| {
            loop {
                let mut filled = 0;
                while filled < buffer.len() {
                    match reader.read(&mut buffer[filled..])? {
                        0 => break,
                        read => filled += read,
                    }
                }
                if filled == 0 {
                    return Ok(());
                }
                visit(&buffer[..filled]);
            }
        })
    }

    /// Passes a range of an entry to a reader. The first time, the whole entry is read to verify its
    /// checksum. After that, only the range is read if the entry is not compressed.
    fn with_part(
        &self,
        name: &str,
        part: Range<u64>,
        read: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> io::Result<()> {
        let length = part.end.saturating_sub(part.start);
        let mut state = self.state();
        let State { entries, verified } = &mut *state;
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("{name} is missing"));
        let index = entries.index_for_name(name).ok_or_else(missing)?;
        let data = entries.by_index_data(index).map_err(io::Error::other)?;
        let (size, stored) = (data.size(), data.compression() == CompressionMethod::Stored);
        let short = || io::Error::new(io::ErrorKind::UnexpectedEof, format!("{name} is cut off"));
        if part.end > size {
            return Err(short());
        }
        if stored && verified.contains(&index) {
            let mut entry = entries.by_index_seek(index).map_err(io::Error::other)?;
            entry.seek(SeekFrom::Start(part.start))?;
            return read(&mut entry.take(length));
        }
        let mut entry = entries.by_index(index).map_err(io::Error::other)?;
        io::copy(&mut entry.by_ref().take(part.start), &mut io::sink())?;
        let mut wanted = entry.by_ref().take(length);
        read(&mut wanted)?;
        if wanted.limit() > 0 {
            return Err(short());
        }
        // One more byte reveals an entry that is longer than it declares.
        let rest = size - part.end;
        if io::copy(&mut entry.take(rest + 1), &mut io::sink())? != rest {
            return Err(io::Error::other(format!("{name} does not have the length that it declares")));
        }
        verified.insert(index);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    #[test]
    fn the_directory_begins_at_its_first_entry_however_long_that_is() {
        // PyTorch ends every archive with the two zip64 records, which take 76 bytes. A directory entry with
        // a name of 30 bytes takes 76 bytes too.
        let names = ["resnet18/data/weights/weight_0", "resnet18/models/model.json"];
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            writer.start_file(name, options).unwrap();
            writer.write_all(b"weights").unwrap();
        }
        let mut bytes = writer.finish().unwrap().into_inner();
        let end = bytes.len() - 22;
        let [size, start] =
            [12, 16].map(|at| u32::from_le_bytes(*bytes[end + at..].first_chunk().unwrap()).into());
        bytes.splice(end..end, zip64_end(names.len() as u64, size, start));

        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let archive = Archive::open(file.path()).unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), names);
        assert_eq!(archive.read(names[0], 7).unwrap().unwrap(), b"weights");
    }

    /// Returns the zip64 end record of a directory, and the locator that points to it.
    fn zip64_end(entries: u64, size: u64, start: u64) -> Vec<u8> {
        let mut bytes = b"PK\x06\x06".to_vec();
        bytes.extend(44u64.to_le_bytes());
        bytes.extend([30, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([entries, entries, size, start].into_iter().flat_map(u64::to_le_bytes));
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend((start + size).to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes
    }
}
