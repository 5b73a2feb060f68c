//! HDF5, as h5py and others write it, and MATLAB v7.3, which is HDF5 with the axes reversed.

use super::any::{Limit, ListedArray, only_key};
use super::npy::bytes_needed;
use super::{ArrayError, ElementType, NumberArray};
use hdf5_reader::error::Error as Hdf5Error;
use hdf5_reader::group::Group;
use hdf5_reader::{ByteOrder, Dataset, Datatype, Hdf5File, OpenOptions};
use std::collections::HashSet;
use std::path::Path;

/// Groups within groups that are searched for arrays.
const DEEPEST: usize = 16;
/// Arrays that are listed at most.
const MOST_LISTED: usize = 1000;
/// MATLAB says in this attribute what an array is.
const MATLAB_CLASS: &str = "MATLAB_class";

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
    let key = match key {
        Some(key) => key.trim_matches('/').to_owned(),
        None => only_key(path, list(&root))?,
    };
    // One that is there and cannot be opened, or is no array of numbers, is none that can be named.
    let no_such_key = |arrays| ArrayError::NoSuchKey { path: path.to_owned(), key: key.clone(), arrays };
    let Ok(dataset) = file.dataset(&key) else { return Err(no_such_key(list(&root))) };
    let Some((listed, big_endian)) = describe(&key, &dataset) else { return Err(no_such_key(list(&root))) };
    let declared = listed
        .shape
        .iter()
        .try_fold(listed.element_type.size() as u128, |size, &extent| size.checked_mul(extent as u128))
        .unwrap_or(u128::MAX);
    limit.check(path, &key, declared)?;
    let bytes = dataset.read_raw_bytes().map_err(damaged)?;
    let matlab = is_from_matlab(&dataset);
    let expected = bytes_needed(&listed.shape, listed.element_type.size());
    if expected != Some(bytes.len() as u64) {
        return Err(ArrayError::Size {
            path: path.to_owned(),
            extents: listed.shape,
            element: listed.element_type.as_str(),
            expected,
            found: bytes.len() as u64,
        });
    }
    Ok(NumberArray {
        path: path.to_owned(),
        element_type: listed.element_type,
        big_endian,
        // `describe` has turned the shape around; the numbers lie as they did.
        fortran_order: matlab,
        matlab,
        shape: listed.shape,
        bytes,
        // Links can give a dataset many names.
        place: dataset.address().to_string(),
    })
}

/// The arrays of numbers below a group, in order.
fn list(root: &Group) -> Vec<ListedArray> {
    let mut arrays = Vec::new();
    // Links can lead back to a group that is being searched.
    let mut seen = HashSet::from([root.address()]);
    let mut waiting = vec![(String::new(), root.clone(), 0)];
    while let Some((prefix, group, depth)) = waiting.pop() {
        // What cannot be opened is not listed.
        let Ok((groups, datasets)) = group.members() else { continue };
        for dataset in datasets {
            let key = format!("{prefix}{}", dataset.name());
            if arrays.len() < MOST_LISTED {
                arrays.extend(describe(&key, &dataset).map(|(listed, _)| listed));
            }
        }
        for below in groups {
            // MATLAB keeps the contents of cells in #refs#.
            if depth < DEEPEST && !below.name().starts_with('#') && seen.insert(below.address()) {
                waiting.push((format!("{prefix}{}/", below.name()), below, depth + 1));
            }
        }
    }
    arrays.sort_by(|a, b| a.key.cmp(&b.key));
    arrays
}

/// What an array is and whether its first bytes are the highest; nothing where it holds no numbers.
fn describe(key: &str, dataset: &Dataset) -> Option<(ListedArray, bool)> {
    let (mut element_type, big_endian) = element_type(dataset.dtype())?;
    let mut shape: Vec<usize> =
        dataset.shape().iter().map(|&extent| usize::try_from(extent).ok()).collect::<Option<_>>()?;
    match matlab_class(dataset).as_deref() {
        Some("char" | "cell" | "struct" | "function_handle") => return None,
        Some(class) => {
            shape.reverse();
            // MATLAB stores its truth values as bytes.
            if class == "logical" && element_type == ElementType::U8 {
                element_type = ElementType::Bool;
            }
        }
        None => {}
    }
    Some((ListedArray { key: key.to_owned(), element_type, shape }, big_endian))
}

fn is_from_matlab(dataset: &Dataset) -> bool {
    matlab_class(dataset).is_some()
}

fn matlab_class(dataset: &Dataset) -> Option<String> {
    let attribute = dataset.attribute(MATLAB_CLASS).ok()?;
    let text = String::from_utf8_lossy(&attribute.raw_data).trim_end_matches(['\0', ' ']).to_owned();
    Some(text)
}

fn element_type(datatype: &Datatype) -> Option<(ElementType, bool)> {
    let (element_type, byte_order) = match datatype {
        Datatype::FixedPoint { size, signed, byte_order } => {
            let element_type = match (size, signed) {
                (1, true) => ElementType::I8,
                (1, false) => ElementType::U8,
                (2, true) => ElementType::I16,
                (2, false) => ElementType::U16,
                (4, true) => ElementType::I32,
                (4, false) => ElementType::U32,
                (8, true) => ElementType::I64,
                (8, false) => ElementType::U64,
                _ => return None,
            };
            (element_type, byte_order)
        }
        Datatype::FloatingPoint { size, byte_order } => {
            let element_type = match size {
                2 => ElementType::F16,
                4 => ElementType::F32,
                8 => ElementType::F64,
                _ => return None,
            };
            (element_type, byte_order)
        }
        // h5py writes truth values as an enumeration of bytes; any other is of the numbers that it names.
        Datatype::Enum { base, members } => {
            let (numbers, big_endian) = element_type(base)?;
            let is_truth = numbers.size() == 1
                && members.len() == 2
                && members.iter().all(|member| matches!(member.value[..], [0 | 1]));
            return Some((if is_truth { ElementType::Bool } else { numbers }, big_endian));
        }
        _ => return None,
    };
    Some((element_type, matches!(byte_order, ByteOrder::BigEndian)))
}
