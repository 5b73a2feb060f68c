//! The elements of tensors, wherever a file format stores them.

use super::zip::Entries;
use super::{CheckpointError, TENSOR_SLACK, check_expansion};
use crate::files::checkpoint::pickle::{Storage, Tensor};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The tensors of a file.
pub(in crate::files::checkpoint) struct Tensors {
    pub by_name: HashMap<String, Tensor>,
    pub(super) storages: Storages,
    pub(super) little_endian: bool,
    pub(super) file_size: u64,
}

/// The places of the storages' bytes.
pub(super) enum Storages {
    /// Entries of a zip archive.
    Archive(Box<Entries>),
    /// Ranges of the file, by key.
    Parts(Mutex<File>, HashMap<String, Range<u64>>),
    /// Ranges of bytes in memory, by key.
    Bytes(Vec<u8>, HashMap<String, Range<usize>>),
    /// No storages, in a bare pickle.
    None,
}

impl Tensors {
    /// Returns whether numbers are little-endian.
    pub(in crate::files::checkpoint) fn little_endian(&self) -> bool {
        self.little_endian
    }

    /// Returns the bytes of a tensor's elements, contiguously.
    pub(in crate::files::checkpoint) fn read(
        &self,
        path: &Path,
        name: &str,
    ) -> Result<Vec<u8>, CheckpointError> {
        let tensor = self.by_name.get(name);
        let missing = || CheckpointError::NoSuchTensor { path: path.to_owned(), tensor: name.to_owned() };
        let tensor = tensor.ok_or_else(missing)?;
        let damaged = |detail: String| CheckpointError::Damaged {
            path: path.to_owned(),
            detail: format!("tensor '{name}': {detail}"),
        };
        let (Some(storage), Some(width)) = (&tensor.storage, tensor.element_type.width()) else {
            let found = tensor.element_type.as_str();
            return Err(CheckpointError::ElementType {
                path: path.to_owned(),
                tensor: name.to_owned(),
                found,
            });
        };
        // A view with stride 0 has more elements than the file has bytes.
        let elements: usize = tensor.shape.iter().product();
        let declared = elements as u128 * width as u128;
        check_expansion(path, || format!("tensor {name}"), declared, self.file_size, TENSOR_SLACK)?;
        if elements == 0 {
            return Ok(Vec::new());
        }
        let range = bytes_of(tensor, storage, width).ok_or_else(|| {
            damaged(format!("it reaches beyond its storage '{}' of {} elements", storage.key, storage.len))
        })?;
        let bytes = self.storages.read(&storage.key, range).map_err(|error| damaged(error.to_string()))?;
        Ok(tensor.view().gather(bytes, width))
    }
}

/// Returns the range of its storage that a tensor covers, in bytes.
fn bytes_of(tensor: &Tensor, storage: &Storage, width: usize) -> Option<Range<usize>> {
    // The length of an untyped storage is in bytes.
    let unit = if storage.element_type.is_some() { width } else { 1 };
    let (view_start, view_len) = storage.view;
    let seen = tensor.view().elements()?;
    let view_start_bytes = view_start.checked_mul(unit)?;
    let start = seen.start.checked_mul(width)?.checked_add(view_start_bytes)?;
    let end = seen.end.checked_mul(width)?.checked_add(view_start_bytes)?;
    let view_end = view_start.checked_add(view_len)?.min(storage.len).checked_mul(unit)?;
    (end <= view_end).then_some(start..end)
}

impl Storages {
    /// Returns a range of a storage's bytes.
    fn read(&self, key: &str, range: Range<usize>) -> io::Result<Vec<u8>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("its storage '{key}' is missing"));
        let short =
            || io::Error::new(io::ErrorKind::UnexpectedEof, format!("its storage '{key}' is cut off"));
        match self {
            Self::Archive(entries) => entries.read(key, range),
            Self::Parts(file, parts) => {
                let part = parts.get(key).ok_or_else(missing)?;
                if range.end as u64 > part.end - part.start {
                    return Err(short());
                }
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(part.start + range.start as u64))?;
                let mut bytes = vec![0; range.len()];
                file.read_exact(&mut bytes)?;
                Ok(bytes)
            }
            Self::Bytes(bytes, parts) => {
                let part = parts.get(key).and_then(|part| bytes.get(part.clone())).ok_or_else(missing)?;
                part.get(range).map(<[u8]>::to_vec).ok_or_else(short)
            }
            Self::None => Err(missing()),
        }
    }
}
