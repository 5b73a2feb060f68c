//! PyTorch's file formats, as written by every version of `torch.save`.
//!
//! Each holds a pickle in which persistent ids stand for storages. The elements of the storages are stored
//! elsewhere: as entries of a zip archive, after the pickle (legacy), or in other entries of a tar archive.

mod legacy;
mod storages;
mod tar;
mod zip;

pub(super) use storages::Tensors;

use super::pickle::{self, Budget, Found, Pickle, PickleError, Storage};
use super::pickle::{Id, Persistent};
use super::{CheckpointError, Container, Contents, ElementType, Source, StoredTensor, TensorInfo, identify};
use crate::files::archive::{ENTRY_SLACK, TENSOR_SLACK, expands};
use crate::files::documents::open_regular;
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use storages::Storages;

/// The contents of an opened container.
struct Opened {
    container: Container,
    found: Vec<Found>,
    storages: Storages,
    little_endian: bool,
}

pub(super) fn open(path: &Path) -> Result<Contents, CheckpointError> {
    let file_size = file_size(path)?;
    let mut head = Vec::new();
    let file = open_regular(path)?;
    file.take(512).read_to_end(&mut head).map_err(|source| unreadable(path, source))?;
    let Opened { container, found, storages, little_endian } = if head.starts_with(b"PK") {
        zip::open(path)?
    } else if identify::is_tar(&head) {
        tar::open(path, file_size)?
    } else {
        legacy::open(path, file_size)?
    };
    let tensors = found
        .iter()
        .map(|found| StoredTensor {
            name: found.name.clone(),
            entry: found.entry,
            info: TensorInfo { element_type: found.tensor.element_type, shape: found.tensor.shape.clone() },
        })
        .collect();
    let by_name = found.into_iter().map(|found| (found.name, found.tensor)).collect();
    Ok(Contents {
        container,
        tensors,
        metadata: HashMap::new(),
        source: Source::Pytorch(Tensors { by_name, storages, little_endian, file_size }),
    })
}

/// The tensors of a pickle, and the types of all storages by key.
struct Interpreted {
    found: Vec<Found>,
    types: HashMap<String, Option<ElementType>>,
}

/// Interprets the pickle of a file and collects its tensors.
fn tensors_of(
    path: &Path,
    bytes: &[u8],
    file_size: u64,
    resolve: &pickle::Resolve<'_>,
) -> Result<Interpreted, CheckpointError> {
    let wrong = |error| pickle_error(path, file_size, error);
    let pickle = pickle::interpret(bytes, Budget::new(bytes.len(), file_size), resolve).map_err(wrong)?;
    let found = pickle::found(&pickle).map_err(wrong)?;
    let types = pickle.storages().map(|storage| (storage.key.clone(), storage.element_type)).collect();
    Ok(Interpreted { found, types })
}

/// Resolves the persistent ids of the zip and legacy formats.
///
/// They are `('storage', type, key, location, elements)`, to which early versions append `(key, offset,
/// elements)` of a view or `None`. `('module', class, file, source)` is a class with its source code.
fn storage_of(pickle: &Pickle<'_>, id: Id) -> Result<Persistent, PickleError> {
    let malformed =
        |what: &str| PickleError::Damaged(format!("pickle: a storage whose {what} cannot be read"));
    let fields = pickle.sequence(id).ok_or_else(|| malformed("description"))?;
    let kind = fields.first().and_then(|&kind| pickle.key(kind)).unwrap_or_default();
    let (kind, &[_, class, key, ref rest @ ..]) = (kind, fields) else {
        return Err(malformed("description"));
    };
    if kind == "module" {
        return Ok(Persistent::Value(class));
    }
    let number = |id: Id| pickle.number(id).and_then(|number| usize::try_from(number).ok());
    let len = rest.get(1).and_then(|&len| number(len)).ok_or_else(|| malformed("length"))?;
    let view = match rest.get(2).and_then(|&view| pickle.sequence(view)) {
        Some(&[_, offset, len]) => number(offset).zip(number(len)).ok_or_else(|| malformed("view"))?,
        _ => (0, len),
    };
    Ok(Persistent::Storage(Storage {
        key: pickle.key(key).ok_or_else(|| malformed("key"))?,
        element_type: pickle.storage_type(class),
        len,
        view,
    }))
}

fn pickle_error(path: &Path, file_size: u64, error: PickleError) -> CheckpointError {
    let path = path.to_owned();
    match error {
        PickleError::Damaged(detail) => CheckpointError::Damaged { path, detail },
        PickleError::Unsupported(what, remedy) => CheckpointError::Unsupported { path, what, remedy },
        PickleError::TooLarge(declared) => CheckpointError::Expands {
            path,
            what: "the objects in its pickle".to_owned(),
            declared: declared.into(),
            file_size,
        },
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> CheckpointError {
    CheckpointError::Open { path: path.to_owned(), source }
}

fn damaged(path: &Path, detail: impl Into<String>) -> CheckpointError {
    CheckpointError::Damaged { path: path.to_owned(), detail: detail.into() }
}

fn file_size(path: &Path) -> Result<u64, CheckpointError> {
    Ok(fs::metadata(path).map_err(|source| unreadable(path, source))?.len())
}

fn check_expansion(
    path: &Path,
    what: impl FnOnce() -> String,
    declared: u128,
    file_size: u64,
    slack: u128,
) -> Result<(), CheckpointError> {
    if expands(declared, file_size, slack) {
        return Err(CheckpointError::Expands { path: path.to_owned(), what: what(), declared, file_size });
    }
    Ok(())
}
