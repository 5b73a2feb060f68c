//! `.npz`: a zip archive of `.npy` files.

use super::any::{Limit, ListedArray, only_key};
use super::{ArrayError, NumberArray, npy};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zip::ZipArchive;

const ENDING: &str = ".npy";
/// Headers are shorter.
const LONGEST_HEADER: u64 = 1 << 16;

pub(super) fn read(
    path: &Path,
    file: File,
    key: Option<&str>,
    limit: Limit,
) -> Result<NumberArray, ArrayError> {
    let damaged =
        |detail: String| ArrayError::Damaged { path: path.to_owned(), container: "npz file", detail };
    let mut archive = ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    let key = match key {
        Some(key) => key.to_owned(),
        None => only_key(path, list(path, &mut archive))?,
    };
    let name = format!("{key}{ENDING}");
    let Some(index) = archive.index_for_name(&name) else {
        return Err(ArrayError::NoSuchKey { path: path.to_owned(), key, arrays: list(path, &mut archive) });
    };
    let entry = archive.by_index(index).map_err(|error| damaged(error.to_string()))?;
    limit.check(path, &key, u128::from(entry.size()))?;
    // The size that an entry declares need not be what it unpacks to.
    let mut bytes = Vec::new();
    let read = entry.take(limit.bytes + 1).read_to_end(&mut bytes);
    read.map_err(|error| damaged(format!("'{key}': {error}")))?;
    limit.check(path, &key, bytes.len() as u128)?;
    // Of the archive's file, but the array is what can be wrong.
    let array = npy::parse(&path.join(&name), bytes)?;
    Ok(NumberArray { place: name, ..array })
}

/// The arrays of numbers in an archive.
fn list(path: &Path, archive: &mut ZipArchive<File>) -> Vec<ListedArray> {
    let mut arrays = Vec::new();
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index(index) else { continue };
        let Ok(name) = entry.name() else { continue };
        let Some(key) = name.strip_suffix(ENDING).map(str::to_owned) else { continue };
        let mut start = Vec::new();
        if entry.take(LONGEST_HEADER).read_to_end(&mut start).is_ok()
            && let Ok((header, _)) = npy::header(path, &start)
            && let Some((element_type, _)) = header.element_type()
        {
            arrays.push(ListedArray { key, element_type, shape: header.shape });
        }
    }
    arrays
}
