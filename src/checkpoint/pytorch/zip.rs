//! The zip archives of `torch.save` since PyTorch 1.6: `data.pkl`, and a storage in each of `data/0`, `data/1`, …

use super::{
    CheckpointError, Container, ENTRY_SLACK, Opened, Storages, check_expansion, damaged, identify,
    storage_of, tensors_of, unreadable,
};
use crate::documents::open_regular;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use zip::ZipArchive;
use zip::result::ZipError;

/// Archives up to this many bytes are read at once: their directory is read in many small steps, each of which
/// costs a call to the system.
const READ_AT_ONCE: u64 = 1 << 20;

/// The largest pickle that is read: the description of a network is far smaller.
const MAX_PICKLE: u64 = 256 << 20;

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// An open archive.
pub(super) struct Archive {
    entries: Mutex<ZipArchive<Box<dyn ReadSeek>>>,
    /// The folder before the names of entries, with its slash.
    root: String,
}

pub(super) fn open(path: &Path, file_size: u64) -> Result<Opened, CheckpointError> {
    let broken = |error: ZipError| damaged(path, format!("zip archive: {error}"));
    let mut file = open_regular(path)?;
    let reader: Box<dyn ReadSeek> = if file_size <= READ_AT_ONCE {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|source| unreadable(path, source))?;
        Box::new(Cursor::new(bytes))
    } else {
        Box::new(BufReader::new(file))
    };
    let mut archive = ZipArchive::new(reader).map_err(broken)?;
    let root = {
        let names = archive.file_names().collect::<Result<Vec<_>, _>>().map_err(broken)?;
        let names = || names.iter().map(AsRef::as_ref);
        if let Some((found, remedy)) = identify::identify_zip(names()) {
            return Err(CheckpointError::OtherKind { path: path.to_owned(), found, remedy });
        }
        let mut pickles = names().filter_map(|name: &str| name.strip_suffix("data.pkl"));
        pickles.find(|root| root.is_empty() || root.ends_with('/')).unwrap_or_default().to_owned()
    };
    let mut declared = 0u128;
    for index in 0..archive.len() {
        declared += u128::from(archive.by_index_raw(index).map_err(broken)?.size());
    }
    check_expansion(path, || "its entries together".to_owned(), declared, file_size, ENTRY_SLACK)?;

    let byte_order = entry(&mut archive, &format!("{root}byteorder")).map_err(broken)?;
    let little_endian = byte_order.is_none_or(|order| order != b"big");
    let pickle = entry(&mut archive, &format!("{root}data.pkl"))
        .map_err(broken)?
        .ok_or_else(|| damaged(path, "zip archive: it has no data.pkl"))?;
    let found = tensors_of(path, &pickle, file_size, &storage_of)?.found;
    let archive = Archive { entries: Mutex::new(archive), root };
    let storages = Storages::Archive(Box::new(archive));
    Ok(Opened { container: Container::PytorchZip, found, storages, little_endian })
}

/// The contents of an entry, if it is there.
fn entry(archive: &mut ZipArchive<Box<dyn ReadSeek>>, name: &str) -> Result<Option<Vec<u8>>, ZipError> {
    let entry = match archive.by_name(name) {
        Err(ZipError::FileNotFound) => return Ok(None),
        entry => entry?,
    };
    let mut contents = Vec::new();
    let declared = entry.size().min(MAX_PICKLE);
    // One byte more reveals an entry that is longer than it says.
    entry.take(declared + 1).read_to_end(&mut contents)?;
    if contents.len() as u64 != declared {
        return Err(ZipError::InvalidArchive(format!("{name} is not as long as it says").into()));
    }
    Ok(Some(contents))
}

impl Archive {
    /// Reads a part of a storage; `None` where there is none of that key. The rest is read too, for its checksum.
    pub(super) fn read(&self, key: &str, range: Range<usize>) -> io::Result<Option<Vec<u8>>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entry = match entries.by_name(&format!("{}data/{key}", self.root)) {
            Err(ZipError::FileNotFound) => return Ok(None),
            entry => entry.map_err(io::Error::other)?,
        };
        io::copy(&mut entry.by_ref().take(range.start as u64), &mut io::sink())?;
        let mut bytes = Vec::new();
        entry.by_ref().take(range.len() as u64).read_to_end(&mut bytes)?;
        if bytes.len() < range.len() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("its storage '{key}' ends before it does"),
            ));
        }
        let declared = entry.size();
        io::copy(&mut entry.take(declared), &mut io::sink())?;
        Ok(Some(bytes))
    }
}
