//! Arrays in HDF5 files, as written by h5py and others, and in MATLAB v7.3 files, which are HDF5 with
//! reversed axes.

mod content;
mod links;
mod object;

use super::any::Limit;
use super::listing::{Content, Listed, only_key};
use super::npy::bytes_needed;
use super::{ArrayError, NumberArray, Origin};
use content::{describe, unreadable};
use hdf5_reader::error::Error as Hdf5Error;
use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, Hdf5File, OpenOptions};
use object::Object;
use std::collections::HashSet;
use std::path::Path;

/// The depth to which nested groups are searched for arrays.
const DEEPEST: usize = 16;
/// The largest number of arrays that are listed.
const MOST_LISTED: usize = 1000;

pub(super) fn read(path: &Path, key: Option<&str>, limit: Limit) -> Result<NumberArray, ArrayError> {
    let damaged = |error: Hdf5Error| ArrayError::Damaged {
        path: path.to_owned(),
        container: "HDF5 file",
        detail: error.to_string(),
    };
    let most = usize::try_from(limit.bytes).unwrap_or(usize::MAX);
    let options = OpenOptions::default().with_max_read_bytes(most).with_max_chunk_bytes(most);
    let file = Hdf5File::open_with_options(path, options).map_err(damaged)?;
    let root = file.root_group().map_err(damaged)?;
    let base = path.parent().unwrap_or(Path::new(""));
    let list = |group: &Group, prefix: &str| list(&file, base, group, prefix);
    let key = match key {
        Some(key) => key.trim_matches('/').to_owned(),
        None => only_key(path, list(&root, ""))?,
    };
    let not_readable = |what| ArrayError::Unreadable { path: path.to_owned(), key: Some(key.clone()), what };
    match object::find(&file, base, &root, &key) {
        Some(Object::Dataset(dataset, group)) => {
            let described = describe(&file, &group, &dataset);
            let (element_type, shape) = match described.content {
                Content::Numbers { element_type, shape } => (element_type, shape),
                Content::Other(what) => return Err(not_readable(what)),
            };
            let array = NumberArray {
                path: path.to_owned(),
                element_type,
                big_endian: described.big_endian,
                // The shape was reversed, but the order of the numbers in memory was not.
                fortran_order: described.matlab,
                origin: if described.matlab { Origin::Matlab } else { Origin::Hdf5 },
                shape,
                bytes: Vec::new(),
                // Links can give a data set several names.
                place: dataset.address().to_string(),
                row_files: Vec::new(),
            };
            let read = |dataset: &Dataset| {
                dataset
                    .read_raw_bytes()
                    .map_err(|error| not_readable(unreadable(&error, Some((&file, dataset)))))
            };
            with_bytes(array, &key, limit, || read(&dataset))
        }
        Some(Object::Other(what)) => Err(not_readable(what)),
        Some(Object::Group(group)) if !key.is_empty() => {
            Err(ArrayError::Group { path: path.to_owned(), listed: list(&group, &format!("{key}/")), key })
        }
        _ => Err(ArrayError::NoSuchKey { path: path.to_owned(), key, listed: list(&root, "") }),
    }
}

/// Returns an array with its numbers, which are read only if they are within the limit.
fn with_bytes(
    array: NumberArray,
    key: &str,
    limit: Limit,
    read: impl FnOnce() -> Result<Vec<u8>, ArrayError>,
) -> Result<NumberArray, ArrayError> {
    let size = array.element_type.size();
    let declared = array
        .shape
        .iter()
        .try_fold(size as u128, |size, &extent| size.checked_mul(extent as u128))
        .unwrap_or(u128::MAX);
    limit.check(&array.path, key, declared)?;
    let bytes = read()?;
    let expected = bytes_needed(&array.shape, size);
    if expected != Some(bytes.len() as u64) {
        return Err(ArrayError::Size {
            path: array.path,
            extents: array.shape,
            element: array.element_type.as_str(),
            expected,
            found: bytes.len() as u64,
        });
    }
    Ok(NumberArray { bytes, ..array })
}

/// Lists the contents of a group, in order.
fn list(file: &Hdf5File, base: &Path, start: &Group, prefix: &str) -> Vec<Listed> {
    let mut found = Vec::new();
    // Links can lead back to a group that is being searched.
    let mut seen = HashSet::from([start.address()]);
    let mut waiting = vec![(prefix.to_owned(), start.clone(), 0)];
    while let Some((prefix, group, depth)) = waiting.pop() {
        let mut add = |name: &str, content| {
            if found.len() < MOST_LISTED {
                found.push(Listed { key: format!("{prefix}{name}"), content });
            }
        };
        let all = match links::links(file, &group) {
            Ok(all) => all,
            Err(error) => {
                add("", Content::Other(unreadable(&error, None)));
                continue;
            }
        };
        for link in all {
            // MATLAB stores the contents of cells in #refs#.
            if link.name.starts_with('#') {
                continue;
            }
            match object::open(file, base, &group, &link) {
                Object::Dataset(dataset, group) => {
                    add(&link.name, describe(file, &group, &dataset).content);
                }
                Object::Group(below) if depth < DEEPEST && seen.insert(below.address()) => {
                    waiting.push((format!("{prefix}{}/", link.name), below, depth + 1));
                }
                Object::Other(what) => add(&link.name, Content::Other(what)),
                Object::Group(_) | Object::Nothing => {}
            }
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found
}
