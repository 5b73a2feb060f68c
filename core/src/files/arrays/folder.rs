//! Folders with one file for each row of an array, such as `0.npy`, `1.npy`, …, or with pictures.

use super::any::Limit;
use super::{ArrayError, NumberArray, npy, picture};
use crate::files::documents::hexadecimal;
use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// The file name endings of rows.
const ENDINGS: [&str; 2] = [".npy", ".png"];
/// Folders of other kinds: a file that identifies them, their description, and what to do.
const OTHER_KINDS: [(&str, &str); 3] = [
    ("dataset.toml", "this is a data set already"),
    (".zarray", "this is an array of Zarr: save it in Python with numpy.save(file, zarr.open(folder)[:])"),
    (".zgroup", "this is a group of Zarr: save its arrays in Python with numpy.save(file, group[\"x\"][:])"),
];

/// Reads all files of a folder as rows of one array, ordered by the numbers in their names.
///
/// # Errors
///
/// [`ArrayError::Folder`], or the [`ArrayError`] of one of the files.
///
/// # Complexity
///
/// O(files) time and memory.
pub(super) fn read(path: &Path) -> Result<NumberArray, ArrayError> {
    let refused = |detail: String| ArrayError::Folder { path: path.to_owned(), detail };
    if let Some((_, found)) = OTHER_KINDS.iter().find(|(name, _)| path.join(name).exists()) {
        return Err(refused((*found).to_owned()));
    }
    let names = names(path)?;
    let Some(first_name) = names.first() else {
        return Err(refused(
            "it holds no .npy or .png files: save every row as one with numpy.save, or all as one array"
                .to_owned(),
        ));
    };
    let first = read_row(&path.join(first_name))?;
    let file_size =
        names.iter().filter_map(|name| fs::metadata(path.join(name)).ok()).map(|file| file.len()).sum();
    // The other rows must have the same shape.
    Limit::of_file(file_size).check(path, first_name, first.bytes.len() as u128 * names.len() as u128)?;
    let mut bytes = Vec::new();
    for name in &names {
        let row = read_row(&path.join(name))?;
        let is_like_first = row.element_type == first.element_type && row.shape == first.shape;
        if !is_like_first || row.big_endian != first.big_endian {
            return Err(refused(format!(
                "{name} is {}, but {first_name} {}: save all with one type and shape, with NaN where there was no trial",
                described(&row),
                described(&first)
            )));
        }
        append(&mut bytes, row);
    }
    let mut shape = vec![names.len()];
    shape.extend(&first.shape);
    Ok(NumberArray { path: path.to_owned(), fortran_order: false, shape, bytes, row_files: names, ..first })
}

fn read_row(path: &Path) -> Result<NumberArray, ArrayError> {
    if path.extension().is_some_and(|ending| ending == "png") {
        picture::read(path)
    } else {
        Ok(npy::read_npy(path)?.0)
    }
}

/// Returns a digest of all files: the SHA-256 of their names and digests, in hexadecimal.
pub(crate) fn digest(
    path: &Path,
    names: &[String],
    sha256: impl Fn(&Path) -> Result<String, ArrayError>,
) -> Result<String, ArrayError> {
    let mut all = Sha256::new();
    for name in names {
        all.update(format!("{name} {}\n", sha256(&path.join(name))?));
    }
    Ok(hexadecimal(&all.finalize()))
}

/// Returns the files of a folder, except hidden ones, which macOS creates.
fn names(path: &Path) -> Result<Vec<String>, ArrayError> {
    let unreadable = |source| ArrayError::Open { path: path.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_by_cached_key(|name| (parts(name), name.clone()));
    let is_there = |ending: &str| names.iter().any(|name| name.ends_with(ending));
    if ENDINGS.into_iter().all(is_there) {
        let detail = "it holds both .npy and .png files: keep only those that you need".to_owned();
        return Err(ArrayError::Folder { path: path.to_owned(), detail });
    }
    Ok(names)
}

/// A part of a file name. Parts compare in natural order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Digits without leading zeros, preceded by their count, so that longer numbers are larger.
    Number(usize, String),
    /// Any other text.
    Text(String),
}

/// Splits a name into numbers and the text between them.
pub(crate) fn parts(name: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|next: char| next.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(if is_number {
            let digits = part.trim_start_matches('0');
            Part::Number(digits.len(), digits.to_owned())
        } else {
            Part::Text(part.to_owned())
        });
        rest = after;
    }
    parts
}

fn described(array: &NumberArray) -> String {
    format!("{} [{}]", array.element_type, crate::files::text::shape(&array.shape, ", "))
}

/// Appends the elements of an array, with the last axis varying fastest.
fn append(bytes: &mut Vec<u8>, row: NumberArray) {
    if !row.fortran_order || row.shape.len() < 2 {
        bytes.extend_from_slice(&row.bytes);
        return;
    }
    let size = row.element_type.size();
    let places = (0..row.bytes.len() / size).collect();
    let places = ArrayD::from_shape_vec(IxDyn(&row.shape).f(), places);
    // The reader has verified that there are as many bytes as the shape needs.
    for place in places.expect("as many elements as the shape says") {
        bytes.extend_from_slice(&row.bytes[place * size..(place + 1) * size]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::arrays::npy_bytes;
    use ndarray::{Array2, arr2};

    #[test]
    fn rows_in_the_order_of_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for number in [10, 9, 0, 1] {
            let row = Array2::from_elem((1, 2), number as f32);
            fs::write(folder.path().join(format!("trial{number}.npy")), npy_bytes(&row)).unwrap();
        }
        fs::write(folder.path().join("._trial0.npy"), "of macOS").unwrap();
        fs::write(folder.path().join("README.txt"), "text").unwrap();
        let array = read(folder.path()).unwrap();
        assert_eq!(array.shape(), [4, 1, 2]);
        assert_eq!(array.to_f32().iter().step_by(2).copied().collect::<Vec<_>>(), [0.0, 1.0, 9.0, 10.0]);
        assert_eq!(array.row_files(), ["trial0.npy", "trial1.npy", "trial9.npy", "trial10.npy"]);
        fs::write(folder.path().join("trial5.npy"), npy_bytes(&Array2::<f32>::zeros((3, 2)))).unwrap();
        let message = read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("trial5.npy is float32 [3, 2], but trial0.npy float32 [1, 2]"), "{message}");
    }

    #[test]
    fn columns_first() {
        let folder = tempfile::tempdir().unwrap();
        let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n";
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        for number in [1_f32, 4.0, 2.0, 5.0, 3.0, 6.0] {
            bytes.extend(number.to_le_bytes());
        }
        fs::write(folder.path().join("0.npy"), bytes).unwrap();
        let array = read(folder.path()).unwrap().to_f32();
        assert_eq!(array, arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).insert_axis(ndarray::Axis(0)).into_dyn());
    }

    #[test]
    fn numbers_in_names() {
        let mut names = ["a10", "a9", "b1", "a", "a09", "10", "9", "99999999999999999999999"];
        names.sort_by_key(|name| (parts(name), *name));
        assert_eq!(names, ["9", "10", "99999999999999999999999", "a", "a09", "a9", "a10", "b1"]);
    }
}
