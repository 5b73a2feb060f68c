//! The tar archives of `torch.save` before PyTorch 0.1.10.
//!
//! The entry `storages` has a count, then for each storage a pickle `(key, location, class)`, the number of
//! elements and the elements, and finally a pickle of views `(key, root's key, offset, elements)`. `tensors`
//! has a count, then for each tensor a pickle `(key, storage's key, class)`, the rank, sizes, strides and the
//! offset. `pickle` names tensors by key.

use super::legacy::no_storages;
use super::{
    CheckpointError, Container, ENTRY_SLACK, Opened, Storages, check_expansion, damaged, pickle_error,
    tensors_of,
};
use crate::files::checkpoint::ElementType;
use crate::files::checkpoint::pickle::{self, Budget, Id, Persistent, Pickle, PickleError, Storage, Tensor};
use crate::files::documents::open_regular;
use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::Path;

const MAX_DIMENSIONS: usize = 64;

/// The entries of an archive. Each may occur only once.
#[derive(Default)]
struct Entries {
    system: Vec<u8>,
    pickle: Vec<u8>,
    tensors: Vec<u8>,
    storages: Vec<u8>,
}

/// The type of a storage, and its range of bytes in the entry.
type Place = (ElementType, Range<usize>);

pub(super) fn open(path: &Path, file_size: u64) -> Result<Opened, CheckpointError> {
    let entries = entries(path, file_size)?;
    let wrong = |error| pickle_error(path, file_size, error);
    let system =
        pickle::interpret(&entries.system, Budget::new(entries.system.len(), file_size), &no_storages)
            .map_err(wrong)?;
    let little_endian =
        system.entry(system.root, "little_endian").and_then(|id| system.truth(id)) != Some(false);
    if !little_endian {
        return Err(CheckpointError::Unsupported {
            path: path.to_owned(),
            what: "numbers in the order of a big-endian machine".to_owned(),
            remedy: "load it in PyTorch and save it again".to_owned(),
        });
    }
    let places = storages(&entries.storages).map_err(wrong)?;
    let tensors = tensors(&entries.tensors, &places).map_err(wrong)?;
    let resolve = |pickle: &Pickle<'_>, id: Id| {
        let key = pickle.key(id).unwrap_or_default();
        let tensor = tensors.get(&key).cloned().map(Persistent::Tensor);
        tensor.ok_or_else(|| PickleError::Damaged(format!("its tensor '{key}' is missing")))
    };
    let found = tensors_of(path, &entries.pickle, file_size, &resolve)?.found;
    let parts = places.into_iter().map(|(key, (_, range))| (key, range)).collect();
    let storages = Storages::Bytes(entries.storages, parts);
    Ok(Opened { container: Container::PytorchTar, found, storages, little_endian })
}

fn entries(path: &Path, file_size: u64) -> Result<Entries, CheckpointError> {
    let open = || Ok::<_, CheckpointError>(BufReader::new(open_regular(path)?));
    let broken = |error: std::io::Error| damaged(path, format!("tar archive: {error}"));
    // A sparse entry takes a few bytes for any number of zeros. `torch.save` never wrote one.
    let mut declared = 0u128;
    for entry in ::tar::Archive::new(open()?).entries_with_seek().map_err(broken)? {
        declared += u128::from(entry.map_err(broken)?.size());
    }
    check_expansion(path, || "its entries together".to_owned(), declared, file_size, ENTRY_SLACK)?;
    let mut entries = Entries::default();
    for entry in ::tar::Archive::new(open()?).entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.to_string_lossy().trim_start_matches("./").to_owned();
        let place = match name.as_str() {
            "sys_info" => &mut entries.system,
            "pickle" => &mut entries.pickle,
            "tensors" => &mut entries.tensors,
            "storages" => &mut entries.storages,
            _ => continue,
        };
        place.clear();
        entry.read_to_end(place).map_err(broken)?;
    }
    Ok(entries)
}

fn storages(bytes: &[u8]) -> Result<HashMap<String, Place>, PickleError> {
    let mut rest = bytes;
    let mut places: HashMap<String, Place> = HashMap::new();
    for _ in 0..count(&mut rest)? {
        let (key, _, element_type) = fields(&mut rest)?;
        let element_type = element_type.ok_or_else(|| malformed("storage's class"))?;
        let width = element_type.width().ok_or_else(|| malformed("storage's class"))?;
        let length = number(&mut rest)?.checked_mul(width).ok_or_else(|| malformed("storage's length"))?;
        let start = bytes.len() - rest.len();
        rest = rest.get(length..).ok_or_else(|| malformed("storage's length"))?;
        places.insert(key, (element_type, start..start + length));
    }
    let views = pickle::take_pickle(&mut rest)?;
    let views = pickle::interpret(&views, Budget::new(views.len(), 0), &no_storages)?;
    for &view in views.sequence(views.root).ok_or_else(|| malformed("list of views"))? {
        let Some(&[key, root, offset, length]) = views.sequence(view) else { return Err(malformed("view")) };
        let number = |id| views.number(id).and_then(|number| usize::try_from(number).ok());
        let place = views.key(root).and_then(|root| places.get(&root).cloned());
        let part = place.zip(number(offset).zip(number(length))).and_then(
            |((element_type, range), (offset, length))| {
                let width = element_type.width()?;
                let start = range.start.checked_add(offset.checked_mul(width)?)?;
                let end = start.checked_add(length.checked_mul(width)?).filter(|&end| end <= range.end)?;
                Some((element_type, start..end))
            },
        );
        let key = views.key(key).ok_or_else(|| malformed("view"))?;
        places.insert(key, part.ok_or_else(|| malformed("view"))?);
    }
    Ok(places)
}

fn tensors(bytes: &[u8], places: &HashMap<String, Place>) -> Result<HashMap<String, Tensor>, PickleError> {
    let mut rest = bytes;
    let mut tensors = HashMap::new();
    for _ in 0..count(&mut rest)? {
        let (key, storage, _) = fields(&mut rest)?;
        let rank = rest.split_off(..8).ok_or_else(|| malformed("tensor's rank"))?;
        let rank = rank.first_chunk().map_or(0, |&rank| u32::from_le_bytes(rank)) as usize;
        if rank > MAX_DIMENSIONS {
            return Err(malformed("tensor's rank"));
        }
        let mut numbers = || (0..rank).map(|_| number(&mut rest)).collect::<Result<Vec<usize>, _>>();
        let (shape, strides) = (numbers()?, numbers()?);
        let offset = number(&mut rest)?;
        let elements = shape.iter().try_fold(16usize, |product, &size| product.checked_mul(size));
        elements.ok_or_else(|| malformed("tensor's shape"))?;
        let (element_type, range) = places.get(&storage).ok_or_else(|| malformed("tensor's storage"))?;
        let len = range.len() / element_type.width().unwrap_or(1);
        let storage = Storage { key: storage, element_type: Some(*element_type), len, view: (0, len) };
        let tensor = Tensor { storage: Some(storage), element_type: *element_type, shape, strides, offset };
        tensors.insert(key, tensor);
    }
    Ok(tensors)
}

/// Reads a pickled count, which is limited by the remaining bytes.
fn count(rest: &mut &[u8]) -> Result<usize, PickleError> {
    let pickle = pickle::take_pickle(rest)?;
    let pickle = pickle::interpret(&pickle, Budget::new(pickle.len(), 0), &no_storages)?;
    let count = pickle.number(pickle.root).and_then(|count| usize::try_from(count).ok());
    count.filter(|&count| count <= pickle::MAX_TENSORS).ok_or_else(|| malformed("count"))
}

/// Reads a pickled tuple of two keys and a class. The second key may be another value.
fn fields(rest: &mut &[u8]) -> Result<(String, String, Option<ElementType>), PickleError> {
    let pickle = pickle::take_pickle(rest)?;
    let pickle = pickle::interpret(&pickle, Budget::new(pickle.len(), 0), &no_storages)?;
    let Some(&[key, second, class]) = pickle.sequence(pickle.root) else {
        return Err(malformed("description"));
    };
    let key = pickle.key(key).ok_or_else(|| malformed("key"))?;
    Ok((key, pickle.key(second).unwrap_or_default(), pickle.storage_type(class)))
}

fn number(rest: &mut &[u8]) -> Result<usize, PickleError> {
    let number = rest.split_off(..8).and_then(|bytes| bytes.first_chunk()).copied().map(u64::from_le_bytes);
    number.and_then(|number| usize::try_from(number).ok()).ok_or_else(|| malformed("number"))
}

fn malformed(what: &str) -> PickleError {
    PickleError::Damaged(format!("tar archive: a {what} cannot be read"))
}
