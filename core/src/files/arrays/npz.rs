//! `.npz`: a zip archive of `.npy` files.

use super::any::Limit;
use super::listing::{Content, Listed, only_key};
use super::{ArrayError, NumberArray, Unreadable, npy};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zip::ZipArchive;

const ENDING: &str = ".npy";
/// The longest header that is read.
const LONGEST_HEADER: u64 = 1 << 16;
/// The largest number of entries that are listed.
const MOST_LISTED: usize = 1000;

pub(super) fn read(
    path: &Path,
    file: File,
    key: Option<&str>,
    limit: Limit,
) -> Result<NumberArray, ArrayError> {
    let damaged =
        |detail: String| ArrayError::Damaged { path: path.to_owned(), container: "npz file", detail };
    let mut archive = ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    if archive.file_names().flatten().any(|name| name.ends_with("/data.pkl")) {
        return Err(ArrayError::OtherKind {
            path: path.to_owned(),
            expected: "an array file",
            found: "what torch.save writes",
            remedy: "save its tensors in Python with numpy.savez(file, images=images.numpy(), …)",
        });
    }
    let key = match key {
        Some(key) => key.to_owned(),
        None => only_key(path, list(path, &mut archive))?,
    };
    let name = format!("{key}{ENDING}");
    let Some(index) = archive.index_for_name(&name) else {
        return Err(ArrayError::NoSuchKey { path: path.to_owned(), key, listed: list(path, &mut archive) });
    };
    let entry = archive.by_index(index).map_err(|error| damaged(error.to_string()))?;
    limit.check(path, &key, u128::from(entry.size()))?;
    // The declared size of an entry need not be its unpacked size.
    let mut bytes = Vec::new();
    let read = entry.take(limit.bytes + 1).read_to_end(&mut bytes);
    read.map_err(|error| damaged(format!("'{key}': {error}")))?;
    limit.check(path, &key, bytes.len() as u128)?;
    // The path is that of the archive, but the error may concern the array.
    let array = npy::parse(&path.join(&name), bytes)?;
    Ok(NumberArray { place: name, ..array })
}

/// Lists the arrays in an archive.
fn list(path: &Path, archive: &mut ZipArchive<File>) -> Vec<Listed> {
    let mut found = Vec::new();
    for index in 0..archive.len().min(MOST_LISTED) {
        let Ok(entry) = archive.by_index_raw(index) else { continue };
        let Some(key) = entry.name().ok().and_then(|name| Some(name.strip_suffix(ENDING)?.to_owned())) else {
            continue;
        };
        drop(entry);
        let content = match first_bytes(archive, index)
            .and_then(|start| npy::header(path, &start).map_err(|error| error.to_string()))
        {
            Err(detail) => Content::Other(Unreadable::Damaged { detail }),
            Ok((header, _)) => match header.element_type() {
                Ok((element_type, _)) => Content::Numbers { element_type, shape: header.shape },
                Err(what) => Content::Other(what),
            },
        };
        found.push(Listed { key, content });
    }
    found
}

fn first_bytes(archive: &mut ZipArchive<File>, index: usize) -> Result<Vec<u8>, String> {
    let mut start = Vec::new();
    let entry = archive.by_index(index).map_err(|error| error.to_string())?;
    entry.take(LONGEST_HEADER).read_to_end(&mut start).map_err(|error| error.to_string())?;
    Ok(start)
}
