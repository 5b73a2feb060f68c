//! `.npy` files, as written by numpy.save.

use super::header::Header;
use super::{ArrayError, NumberArray, Origin};
use crate::files::documents::{self, hexadecimal};
use crate::files::output::{OutputError, PendingFile, protect_read};
use ndarray::{ArrayBase, Data, Dimension};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The alignment of the data, as in the files that NumPy writes.
const ALIGNMENT: usize = 64;

/// Reads an `.npy` file, versions 1 to 3 of the format.
///
/// # Returns
///
/// The array, and the SHA-256 of the file in hexadecimal.
///
/// # Errors
///
/// [`ArrayError`] if the file cannot be read, is not an `.npy` file, or does not have the length that its
/// header declares.
///
/// # Complexity
///
/// O(file) time and memory, regardless of the header.
pub fn read_npy(path: &Path) -> Result<(NumberArray, String), ArrayError> {
    let unreadable = |source| ArrayError::Open { path: path.to_owned(), source };
    let mut file = open_regular(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    Ok((parse(path, bytes)?, sha256))
}

/// Opens a regular file. Devices and pipes are refused because they may never end.
pub(super) fn open_regular(path: &Path) -> Result<File, ArrayError> {
    let unreadable = |source| ArrayError::Open { path: path.to_owned(), source };
    // Checked before opening, because opening a pipe can block.
    let kind = fs::metadata(path).map_err(unreadable)?;
    if !kind.is_file() {
        let (found, remedy) = if kind.is_dir() {
            ("a folder", "give the file itself")
        } else {
            ("a pipe or a device", "write it to a file first, and give that")
        };
        let path = path.to_owned();
        return Err(ArrayError::OtherKind { path, expected: "an array file", found, remedy });
    }
    protect_read(path);
    // Some system files claim to be regular, but block like a pipe.
    Ok(documents::open_regular(path)?)
}

/// Parses the bytes of an `.npy` file into an array.
pub(super) fn parse(path: &Path, mut bytes: Vec<u8>) -> Result<NumberArray, ArrayError> {
    let (header, start) = header(path, &bytes)?;
    let (element_type, big_endian) = header.element_type().map_err(|what| ArrayError::Unreadable {
        path: path.to_owned(),
        key: None,
        what,
    })?;
    bytes.drain(..start);
    let found = bytes.len() as u64;
    let expected = bytes_needed(&header.shape, element_type.size());
    if expected != Some(found) {
        return Err(ArrayError::Size {
            path: path.to_owned(),
            extents: header.shape,
            element: element_type.as_str(),
            expected,
            found,
        });
    }
    Ok(NumberArray {
        path: path.to_owned(),
        element_type,
        big_endian,
        fortran_order: header.fortran_order,
        origin: Origin::NumPy,
        shape: header.shape,
        bytes,
        place: String::new(),
        row_files: Vec::new(),
    })
}

/// Parses the header at the start of an `.npy` file, and returns it with its end.
pub(super) fn header(path: &Path, bytes: &[u8]) -> Result<(Header, usize), ArrayError> {
    let header_error = |detail: &str| ArrayError::Header { path: path.to_owned(), detail: detail.to_owned() };
    if !bytes.starts_with(MAGIC) {
        return Err(other_kind(path, bytes));
    }
    let cut_off = || header_error("the file ends in it");
    let version = *bytes.get(MAGIC.len()).ok_or_else(cut_off)?;
    let length_at = MAGIC.len() + 2;
    let (length, start) = match version {
        1 => {
            let length = bytes.get(length_at..length_at + 2).ok_or_else(cut_off)?;
            (usize::from(u16::from_le_bytes([length[0], length[1]])), length_at + 2)
        }
        2 | 3 => {
            let length = bytes.get(length_at..length_at + 4).ok_or_else(cut_off)?;
            (u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize, length_at + 4)
        }
        _ => return Err(header_error(&format!("version {version} of the format is not supported"))),
    };
    let text = start.checked_add(length).and_then(|end| bytes.get(start..end)).ok_or_else(cut_off)?;
    let text = std::str::from_utf8(text).map_err(|_| header_error("it is not text"))?;
    let header = Header::parse(text).map_err(|detail| header_error(&detail))?;
    Ok((header, start + length))
}

/// Returns the bytes that elements of `size` bytes take in `shape`. Extents of 0 count as 1, because the
/// other extents must be bounded even in an empty array.
pub(super) fn bytes_needed(shape: &[usize], size: usize) -> Option<u64> {
    let bound =
        shape.iter().try_fold(size as u64, |product, &extent| product.checked_mul(extent.max(1) as u64))?;
    // ndarray allows no more elements than an isize can count.
    i64::try_from(bound).ok()?;
    Some(if shape.contains(&0) { 0 } else { bound })
}

fn other_kind(path: &Path, bytes: &[u8]) -> ArrayError {
    let (found, remedy) = match bytes {
        [] => ("an empty file", "save or copy it again"),
        bytes if bytes.starts_with(b"\x89HDF\r\n\x1a\n") => {
            ("an HDF5 file", "convert it with `pathscope dataset import`")
        }
        bytes if bytes.starts_with(b"PK") => {
            ("a zip archive", "if it is an npz, convert it with `pathscope dataset import`")
        }
        bytes if bytes.starts_with(b"version https://git-lfs") => {
            ("a Git LFS pointer", "fetch the file with `git lfs pull`")
        }
        _ => ("something else", "save the array with numpy.save"),
    };
    ArrayError::OtherKind { path: path.to_owned(), expected: "a NumPy array (.npy)", found, remedy }
}

/// A numeric type that can be written.
pub trait NpyElement: Copy {
    /// NumPy's description of the type.
    const DESCRIPTION: &str;
    /// Appends the bytes of the number in little-endian order.
    fn write(self, bytes: &mut Vec<u8>);
}

macro_rules! elements {
    ($($type:ty, $description:literal);+) => {
        $(impl NpyElement for $type {
            const DESCRIPTION: &str = $description;
            fn write(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        })+
    };
}
elements!(u8, "|u1"; i32, "<i4"; f32, "<f4"; f64, "<f8");

/// Returns the bytes of an `.npy` file (version 1, C order) that holds an array, as NumPy writes it.
///
/// # Examples
///
/// ```
/// let bytes = pathscope_core::files::arrays::npy_bytes(&ndarray::arr2(&[[1.0_f32, 2.0, 3.0]]));
/// assert_eq!(bytes.len(), 128 + 3 * 4);
/// assert!(bytes[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }"));
/// ```
pub fn npy_bytes<T, S, D>(array: &ArrayBase<S, D>) -> Vec<u8>
where
    T: NpyElement,
    S: Data<Elem = T>,
    D: Dimension,
{
    let mut bytes = header_bytes::<T>(array.shape());
    bytes.reserve_exact(array.len() * size_of::<T>());
    for &element in array {
        element.write(&mut bytes);
    }
    bytes
}

/// Writes an array to an `.npy` file. The bytes are those of [`npy_bytes`], but the file is never held in
/// memory.
///
/// # Errors
///
/// [`OutputError`]. The file then does not exist or is unchanged.
pub fn write_npy<T, S, D>(path: &Path, array: &ArrayBase<S, D>) -> Result<(), OutputError>
where
    T: NpyElement,
    S: Data<Elem = T>,
    D: Dimension,
{
    let mut file = PendingFile::create(path)?;
    let mut bytes = header_bytes::<T>(array.shape());
    for &element in array {
        element.write(&mut bytes);
        if bytes.len() >= CHUNK {
            file.write_all(&bytes).map_err(|error| OutputError::unfinished(path, error))?;
            bytes.clear();
        }
    }
    file.finish_with(bytes)
}

/// The number of bytes that are written at once.
const CHUNK: usize = 1 << 16;

/// Returns everything before the elements in an `.npy` file.
fn header_bytes<T: NpyElement>(shape: &[usize]) -> Vec<u8> {
    let extents: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let comma = if extents.len() == 1 { "," } else { "" };
    let mut header = format!(
        "{{'descr': '{}', 'fortran_order': False, 'shape': ({}{comma}), }}",
        T::DESCRIPTION,
        extents.join(", ")
    );
    let before = MAGIC.len() + 4;
    let length = (before + header.len() + 1).next_multiple_of(ALIGNMENT) - before;
    header.push_str(&" ".repeat(length - header.len() - 1));
    header.push('\n');
    let mut bytes = Vec::with_capacity(before + length);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[1, 0]);
    // No array has enough axes to exceed 16 bits.
    bytes.extend_from_slice(&(length as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, Axis};

    fn parsed(bytes: Vec<u8>) -> Result<NumberArray, ArrayError> {
        parse(Path::new("a.npy"), bytes)
    }

    #[test]
    fn what_is_written_is_read() {
        let array = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (i * 12 + j * 4 + k) as f32);
        assert_eq!(parsed(npy_bytes(&array)).unwrap().to_f32(), array.clone().into_dyn());
        // Arrays that are not contiguous in memory are covered too.
        let mut turned = array.clone();
        turned.swap_axes(0, 2);
        turned.invert_axis(Axis(1));
        assert_eq!(parsed(npy_bytes(&turned)).unwrap().to_f32(), turned.into_dyn());
    }

    #[test]
    fn what_is_written_in_pieces_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        // Three pieces and a remainder.
        let array = Array3::from_shape_fn((3, 1 << 13, 1), |(i, j, _)| (i * 3 + j) as f64);
        write_npy(&path, &array).unwrap();
        assert!(std::fs::read(&path).unwrap() == npy_bytes(&array));
        assert!(matches!(write_npy(folder.path(), &array), Err(OutputError::Folder { .. })));
    }

    #[test]
    fn fortran_order_and_high_bytes_first() {
        let mut bytes = b"\x93NUMPY\x01\x00\x46\x00".to_vec();
        let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }";
        bytes.extend_from_slice(format!("{header:<69}\n").as_bytes());
        for number in [1_i16, 4, 2, 5, -3, 300] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        let array = parsed(bytes).unwrap();
        assert_eq!(array.element_type().as_str(), "int16");
        assert_eq!(array.to_i32().unwrap(), ndarray::arr2(&[[1, 2, -3], [4, 5, 300]]).into_dyn());
    }

    #[test]
    fn sizes_are_checked_before_anything_is_allocated() {
        for shape in [
            "(4294967295, 4294967295)",
            "(4294967295, 4294967295, 16)",
            "(0, 18446744073709551615, 9)",
            "(7,)",
        ] {
            let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend_from_slice(&[0; 8]);
            assert!(matches!(parsed(bytes), Err(ArrayError::Size { .. })), "{shape}");
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = npy_bytes(&ndarray::arr1(&[1.0_f64, 2.0]));
        for length in 0..whole.len() {
            assert!(parsed(whole[..length].to_vec()).is_err(), "{length}");
        }
    }
}
