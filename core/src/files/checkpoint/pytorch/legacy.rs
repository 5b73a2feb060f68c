//! The streams of `torch.save` from PyTorch 0.1.10 to 1.5, and bare pickles.
//!
//! A magic number, a version and system information come first, each as a pickle. Then come the pickle of the
//! saved object, one of the storage keys, and the storages in that order: the number of elements, and the
//! elements.

use super::{
    CheckpointError, Container, Interpreted, Opened, Storages, damaged, pickle_error, storage_of, tensors_of,
    unreadable,
};
use crate::files::checkpoint::ElementType;
use crate::files::checkpoint::pickle::{self, Budget, Id, Pickle, PickleError};
use crate::files::documents::open_regular;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

/// The pickle of the magic number, without the protocol header: 0x1950a86a20f9469cfc6c, ten bytes in
/// little-endian order.
const MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

pub(super) fn open(path: &Path, file_size: u64) -> Result<Opened, CheckpointError> {
    let file = open_regular(path)?;
    let mut reader = BufReader::new(file);
    let wrong = |error| pickle_error(path, file_size, error);
    let mut next = || pickle::take_pickle(&mut reader).map_err(wrong);
    let first = next()?;
    if !first.ends_with(MAGIC) {
        let found = tensors_of(path, &first, file_size, &no_storages)?.found;
        return Ok(Opened {
            container: Container::Pickle,
            found,
            storages: Storages::None,
            little_endian: true,
        });
    }
    let _version = next()?;
    let system = next()?;
    let saved = next()?;
    let keys = next()?;
    let interpret = |bytes| pickle::interpret(bytes, Budget::new(0, file_size), &no_storages).map_err(wrong);
    let system = interpret(&system)?;
    let little_endian = system.entry(system.root, "little_endian").and_then(|id| system.truth(id));
    let little_endian = little_endian.ok_or_else(|| damaged(path, "it does not state its byte order"))?;
    let Interpreted { found, types } = tensors_of(path, &saved, file_size, &storage_of)?;

    let keys = pickle::interpret(&keys, Budget::new(keys.len(), file_size), &no_storages).map_err(wrong)?;
    let keys: Vec<String> = keys
        .sequence(keys.root)
        .ok_or_else(|| damaged(path, "the keys of its storages are not a list"))?
        .iter()
        .filter_map(|&key| keys.key(key))
        .collect();
    let parts = places(path, file_size, &mut reader, &keys, &types, little_endian)?;
    let storages = Storages::Parts(Mutex::new(reader.into_inner()), parts);
    Ok(Opened { container: Container::PytorchLegacy, found, storages, little_endian })
}

/// Returns the place of each storage in the file.
fn places(
    path: &Path,
    file_size: u64,
    reader: &mut BufReader<File>,
    keys: &[String],
    types: &HashMap<String, Option<ElementType>>,
    little_endian: bool,
) -> Result<HashMap<String, Range<u64>>, CheckpointError> {
    let width = |key: &str| match types.get(key)? {
        None => Some(1),
        Some(element_type) => element_type.width(),
    };
    let mut parts = HashMap::new();
    let mut at = reader.stream_position().map_err(|source| unreadable(path, source))?;
    for key in keys {
        let mut length = [0; 8];
        let cut = || damaged(path, format!("it ends before its storage '{key}'"));
        reader.read_exact(&mut length).map_err(|_| cut())?;
        let length = if little_endian { u64::from_le_bytes(length) } else { u64::from_be_bytes(length) };
        // Nothing can be located after elements of unknown size.
        let Some(width) = width(key) else { break };
        let start = at + 8;
        let end = length.checked_mul(width as u64).and_then(|bytes| bytes.checked_add(start));
        let end = end.filter(|&end| end <= file_size).ok_or_else(cut)?;
        parts.insert(key.clone(), start..end);
        // Bytes that are already in the buffer are not read again.
        let elements = i64::try_from(end - start).map_err(|_| cut())?;
        reader.seek_relative(elements).map_err(|source| unreadable(path, source))?;
        at = end;
    }
    Ok(parts)
}

/// Rejects every persistent id, for a pickle without storages.
pub(super) fn no_storages(_: &Pickle<'_>, _: Id) -> Result<pickle::Persistent, PickleError> {
    Err(PickleError::Damaged("pickle: it refers to numbers that are not in the file".to_owned()))
}
