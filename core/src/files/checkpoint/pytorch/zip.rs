//! The zip archives of `torch.save` since PyTorch 1.6: `data.pkl`, and one storage in each of `data/0`,
//! `data/1`, …

use super::{
    CheckpointError, Container, ENTRY_SLACK, Opened, Storages, check_expansion, damaged, identify,
    storage_of, tensors_of, unreadable,
};
use crate::files::archive::{Archive, ArchiveError};
use std::io;
use std::ops::Range;
use std::path::Path;

/// The largest pickle that is read. The description of a network is far smaller.
const MAX_PICKLE: u64 = 256 << 20;

/// The storages of an archive.
pub(super) struct Entries {
    archive: Archive,
    /// The folder that prefixes the names of entries, with its slash.
    root: String,
}

pub(super) fn open(path: &Path) -> Result<Opened, CheckpointError> {
    let refused = |error| match error {
        ArchiveError::File(error) => CheckpointError::File(error),
        ArchiveError::Unreadable(source) => unreadable(path, source),
        ArchiveError::Broken(detail) => damaged(path, detail),
    };
    let archive = Archive::open(path).map_err(refused)?;
    if let Some((found, remedy)) = identify::identify_zip(archive.names()) {
        return Err(CheckpointError::OtherKind { path: path.to_owned(), found, remedy });
    }
    let pickle = |name: &str| name.strip_suffix("data.pkl").map(str::to_owned);
    let is_folder = |root: &String| root.is_empty() || root.ends_with('/');
    let root = archive.names().filter_map(pickle).find(is_folder).unwrap_or_default();
    let (declared, file_size) = (archive.declared(), archive.file_size());
    check_expansion(path, || "its entries together".to_owned(), declared, file_size, ENTRY_SLACK)?;

    let byte_order = archive.read(&format!("{root}byteorder"), MAX_PICKLE).map_err(refused)?;
    let little_endian = byte_order.is_none_or(|order| order != b"big");
    let pickle = archive
        .read(&format!("{root}data.pkl"), MAX_PICKLE)
        .map_err(refused)?
        .ok_or_else(|| damaged(path, "zip archive: it has no data.pkl"))?;
    let found = tensors_of(path, &pickle, file_size, &storage_of)?.found;
    let storages = Storages::Archive(Box::new(Entries { archive, root }));
    Ok(Opened { container: Container::PytorchZip, found, storages, little_endian })
}

impl Entries {
    /// Returns a range of a storage's bytes.
    pub(super) fn read(&self, key: &str, range: Range<usize>) -> io::Result<Vec<u8>> {
        let name = format!("{}data/{key}", self.root);
        self.archive.read_part(&name, range.start as u64..range.end as u64)
    }
}
